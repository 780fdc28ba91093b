/** Parts of a Markdown text with empty lines between them; null parts are left out. */
export function markdownDocument(parts: readonly (string | null)[]): string {
  return `${parts
    .filter((part) => part !== null)
    .map((part) => part.trimEnd())
    .join("\n\n")}\n`;
}
