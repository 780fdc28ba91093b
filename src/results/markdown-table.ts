/** A table in Markdown; every line of it ends with a line break. */
export function markdownTable(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|").replaceAll("\n", " ")).join(" | ")} |\n`;
  return [line(titles), line(titles.map(() => "---")), ...rows.map(line)].join("");
}
