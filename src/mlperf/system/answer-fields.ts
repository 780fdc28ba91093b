import { readFile } from "node:fs/promises";
import { parse } from "yaml";
import { type Problem, UsageError } from "../../errors.ts";
import { isAnswered, type SystemDescription } from "./system-fields.ts";

/** Answers by field. */
export type Answers = Readonly<Record<string, string | number>>;

/** Asks a person for one thing; an empty text is no answer. */
export type Ask = (question: string) => Promise<string>;

/** Reads `FIELD=VALUE` words. Throws a UsageError `ANSWER_FORM` with every word that is none. */
export function readAnswerWords(words: readonly string[]): Answers {
  const problems: Problem[] = [];
  const answers: Record<string, string> = {};
  for (const word of words) {
    const [, field, value] = /^([^=\s]+)=(.*)$/s.exec(word) ?? [];
    if (field === undefined || value === undefined)
      problems.push({ where: "--answer", message: `must be FIELD=VALUE, not "${word}"` });
    else answers[field] = value;
  }
  if (problems.length > 0) throw new UsageError("ANSWER_FORM", problems);
  return answers;
}

/**
 * Reads a YAML or JSON file of answers, such as a system's description. Throws a UsageError `ANSWERS_UNREADABLE` or
 * `ANSWERS_FORM`.
 */
export async function readAnswersFile(file: string): Promise<SystemDescription> {
  let content: unknown;
  try {
    content = parse(await readFile(file, "utf8"));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UsageError("ANSWERS_UNREADABLE", [{ where: file, message: `cannot be read: ${reason}` }], {
      cause,
    });
  }
  const isMap = typeof content === "object" && content !== null && !Array.isArray(content);
  if (!isMap)
    throw new UsageError("ANSWERS_FORM", [{ where: file, message: "must hold fields with their values" }]);
  const entries = Object.entries(content as Record<string, unknown>);
  const problems = entries
    .filter(([, value]) => !isPlain(value))
    .map(([field]) => ({ where: `${file}: ${field}`, message: "must be a text or a number" }));
  if (problems.length > 0) throw new UsageError("ANSWERS_FORM", problems);
  return Object.fromEntries(
    entries.map(([field, value]) => [
      field,
      // YAML makes true of an unquoted true; the checkers want a text.
      typeof value === "number" ? value : value === null ? "" : String(value),
    ]),
  );
}

function isPlain(value: unknown): boolean {
  return value === null || ["string", "number", "boolean"].includes(typeof value);
}

/** Asks for each field that is open; those without an answer stay open. */
export async function askFor(
  fields: readonly { name: string; question: string }[],
  ask: Ask,
): Promise<Answers> {
  const answers: Record<string, string> = {};
  for (const { name, question } of fields) {
    const answer = (await ask(`${name} (${question}): `)).trim();
    if (isAnswered(answer)) answers[name] = answer;
  }
  return answers;
}
