import type { ComparedSystem } from "./compared-systems.ts";

/** A heading of a column for each compared system. */
export function SystemHeadings({ systems }: { systems: readonly ComparedSystem[] }) {
  return (
    <>
      {systems.map(({ key, label }) => (
        <th key={key} scope="col">
          {label}
        </th>
      ))}
    </>
  );
}
