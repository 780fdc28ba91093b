/**
 * Rows as CSV in the quoting of RFC 4180; null is an empty cell.
 * @param lineEnd What ends a line, the last one too.
 */
export function csvText(rows: readonly (readonly unknown[])[], lineEnd: string): string {
  return rows.map((row) => `${row.map(csvField).join(",")}${lineEnd}`).join("");
}

function csvField(value: unknown): string {
  const text = value === null ? "" : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
