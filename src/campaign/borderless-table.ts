import Table from "cli-table3";

const chars = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
  middle: "  ",
} as const;

/** Rows under a head, columns flush right; with `leftColumns` the first ones are flush left. */
export function borderlessTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  leftColumns = 0,
): string {
  const table = new Table({
    head: [...head],
    colAligns: head.map((_, column) => (column < leftColumns ? ("left" as const) : ("right" as const))),
    chars,
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0 },
  });
  table.push(...rows.map((row) => [...row]));
  return table.toString();
}
