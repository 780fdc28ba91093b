/** Lines of a CSV file as RFC 4180 says; null is an empty cell. */
export function csvText(head: readonly string[], lines: readonly (readonly unknown[])[]): string {
  return [head, ...lines].map((line) => `${line.map(csvCell).join(",")}\r\n`).join("");
}

function csvCell(value: unknown): string {
  const text = value === null ? "" : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
