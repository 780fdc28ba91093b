/** What stands in the last `\boxed{…}` or `\fbox{…}` of a text, braces balanced; null when there is none. */
export function boxedContent(text: string): string | null {
  const opening = [...text.matchAll(/\\f?boxed\s*\{/g)].at(-1);
  if (opening === undefined) return null;
  const start = opening.index + opening[0].length;
  let depth = 1;
  for (let index = start; index < text.length; index++) {
    const letter = text[index];
    if (letter === "\\") index += 1;
    else if (letter === "{") depth += 1;
    else if (letter === "}") depth -= 1;
    if (depth === 0) return text.slice(start, index);
  }
  return null;
}
