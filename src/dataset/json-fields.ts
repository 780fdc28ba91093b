type Unreadable = { column: null; problem: string };

/** The value of a JSON text, or why it is none. */
export function parseJson(text: string): { value: unknown } | Unreadable {
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    return { column: null, problem: `it is not JSON: ${error instanceof Error ? error.message : error}` };
  }
}

/** The fields of a JSON object, or what the value is instead; a bare text is a prompt. */
export function fieldsOf(value: unknown): { fields: Readonly<Record<string, unknown>> } | Unreadable {
  if (typeof value === "string") {
    return { fields: { prompt: value } };
  }
  return isObject(value)
    ? { fields: value }
    : { column: null, problem: `it is ${kindOf(value)} and neither an object nor text` };
}

/** What a JSON value is, in words. */
export function kindOf(value: unknown): string {
  if (value === null) {
    return "null";
  }
  if (Array.isArray(value)) {
    return "a list";
  }
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
