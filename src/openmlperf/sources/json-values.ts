/** One record of a source, as parsed. */
export type JsonRecord = Readonly<Record<string, unknown>>;

export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Text as published, without blanks around it; null where nothing stands. */
export function textOf(value: unknown): string | null {
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (typeof value !== "string") return null;
  const text = value.trim();
  return text === "" ? null : text;
}

/** A number, or text that is nothing but one; else null. */
export function numberOf(value: unknown): number | null {
  const number = typeof value === "number" ? value : Number(textOf(value) ?? Number.NaN);
  return Number.isFinite(number) ? number : null;
}

/** Truth as sources write it: true, 1 or "true"; null where nothing stands. */
export function flagOf(value: unknown): boolean | null {
  const text = textOf(value)?.toLowerCase() ?? null;
  if (text === null) return null;
  return text === "true" || text === "1" ? true : text === "false" || text === "0" ? false : null;
}

/** All fields as text, for a system description. */
export function textFields(record: JsonRecord): Record<string, string> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, textOf(value) ?? ""]));
}
