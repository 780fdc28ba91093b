import { useState } from "preact/hooks";
import { resultCount } from "../wording.ts";
import type { ComparedSystem } from "./compared-systems.ts";

const mostListed = 30;

/** The compared systems, and a search for further ones. The first is what the others are related to. */
export function SystemPicker(props: {
  systems: ReadonlyMap<string, ComparedSystem>;
  chosen: readonly ComparedSystem[];
  choose: (keys: readonly string[]) => void;
}) {
  const { systems, chosen, choose } = props;
  const [search, setSearch] = useState("");
  const keys = chosen.map(({ key }) => key);
  const words = search
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  const found = [...systems.values()].filter(
    ({ key, label }) => !keys.includes(key) && words.every((word) => label.toLowerCase().includes(word)),
  );
  return (
    <section aria-label="Compared systems">
      <ol class="compared">
        {chosen.map(({ key, label }, place) => (
          <li key={key}>
            {place + 1}. {label}
            {place > 0 && (
              <button
                type="button"
                class="quiet"
                aria-label={`Make first: ${label}`}
                onClick={() => choose([key, ...keys.filter((each) => each !== key)])}
              >
                Make first
              </button>
            )}
            <button
              type="button"
              class="quiet"
              aria-label={`Take away ${label}`}
              onClick={() => choose(keys.filter((each) => each !== key))}
            >
              ×
            </button>
          </li>
        ))}
      </ol>
      <label class="choice">
        <span>Add a system or a run: search by name, submitter, round</span>
        <input type="search" value={search} onInput={({ currentTarget }) => setSearch(currentTarget.value)} />
      </label>
      {words.length > 0 && (
        <ul class="found">
          {found.slice(0, mostListed).map(({ key, label, rows }) => (
            <li key={key}>
              <button
                type="button"
                class="link"
                onClick={() => {
                  choose([...keys, key]);
                  setSearch("");
                }}
              >
                {label}
              </button>{" "}
              <span class="soft">{resultCount(rows.length)}</span>
            </li>
          ))}
          {found.length === 0 && (
            <li class="soft">No system of the filtered rows and no run has this in its name.</li>
          )}
          {found.length > mostListed && (
            <li class="soft">{found.length - mostListed} more: search closer.</li>
          )}
        </ul>
      )}
    </section>
  );
}
