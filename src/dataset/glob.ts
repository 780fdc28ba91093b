/** A pattern of paths: `*` and `?` within a folder, `**` across folders, `{a,b}` either. */
export function globPattern(glob: string): RegExp {
  const pattern = glob.replace(/\*\*\/|\*\*|\*|\?|\{[^{}]*\}|\[[^\]]*\]|[\\^$+.()|/]/g, (token) => {
    if (token === "**/") return "(?:.*/)?";
    if (token === "**") return ".*";
    if (token === "*") return "[^/]*";
    if (token === "?") return "[^/]";
    if (token.startsWith("{")) return `(?:${token.slice(1, -1).split(",").map(escaped).join("|")})`;
    return token.startsWith("[") ? token : escaped(token);
  });
  return new RegExp(`^${pattern}$`);
}

function escaped(text: string): string {
  return text.replace(/[\\^$+.()|[\]{}*?/]/g, "\\$&");
}
