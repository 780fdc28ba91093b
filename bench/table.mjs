import Table from "cli-table3";

/** The results of one part side by side: a line a figure, a column a result. */
export function table(part, results) {
  const columns = results.map((result) => new Map(flat(result)));
  // A long message is printed on its own.
  const names = [...new Set(columns.flatMap((column) => [...column.keys()]))].filter(
    (name) => name !== "problem",
  );
  const drawn = new Table({
    head: [part, ...results.map(() => "")],
    style: { head: [], border: [], compact: true },
  });
  for (const name of names) drawn.push([name, ...columns.map((column) => String(column.get(name) ?? "–"))]);
  return drawn.toString();
}

function flat(value, prefix = "") {
  return Object.entries(value).flatMap(([name, each]) =>
    each !== null && typeof each === "object" ? flat(each, `${prefix}${name}.`) : [[prefix + name, each]],
  );
}
