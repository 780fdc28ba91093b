import { z } from "zod";
import type { Problem } from "../errors.ts";
import type { ChatMessage, Sample } from "./define-dataset.ts";

/** Names under which datasets keep the same thing; the first one that a row has counts. */
const columnNames = {
  prompt: ["prompt", "question", "input", "text"],
  messages: ["messages"],
  promptTokenIds: ["promptTokenIds", "prompt_token_ids", "tok_input"],
  reference: ["reference", "output", "response", "answer"],
  maxTokens: ["maxTokens", "max_tokens"],
} as const;

const messagesSchema: z.ZodType<ChatMessage[]> = z
  .array(z.object({ role: z.enum(["system", "user", "assistant"]), content: z.string() }))
  .min(1);

/** Reads one row; what is wrong with it is added to `problems`, and then there is no sample. */
export function readSample(row: unknown, where: string, problems: Problem[]): Sample | null {
  if (typeof row === "string") return { prompt: row };
  if (typeof row !== "object" || row === null || Array.isArray(row)) {
    problems.push({ where, message: "is neither an object nor a string" });
    return null;
  }
  const before = problems.length;
  const columns = new Map(Object.entries(row).filter(([, value]) => value !== null && value !== ""));
  const read = <Value>(
    names: readonly string[],
    accept: (value: unknown) => Value | null,
    expected: string,
  ) => {
    const name = names.find((candidate) => columns.has(candidate));
    if (name === undefined) return undefined;
    const value = accept(columns.get(name));
    if (value !== null) return value;
    problems.push({ where: `${where}, column ${name}`, message: `must be ${expected}` });
    return undefined;
  };
  const messages = read(columnNames.messages, asMessages, "an array of { role, content }");
  const promptTokenIds = read(columnNames.promptTokenIds, asTokenIds, "an array of token ids");
  const prompt = read(columnNames.prompt, asText, "text");
  const reference = read(columnNames.reference, asText, "text");
  const maxTokens = read(columnNames.maxTokens, asCount, "a whole number above 0");
  if (problems.length > before) return null;
  const rest = {
    ...(reference === undefined ? {} : { reference }),
    ...(maxTokens === undefined ? {} : { maxTokens }),
  };
  // Where a row has the prompt in several forms, the one that leaves least to be done counts.
  if (promptTokenIds !== undefined) return { promptTokenIds, ...rest };
  if (messages !== undefined) return { messages, ...rest };
  if (prompt !== undefined) return { prompt, ...rest };
  const known = [...columnNames.prompt, ...columnNames.messages, columnNames.promptTokenIds[0]].join(", ");
  problems.push({ where, message: `has no prompt: none of the columns ${known}` });
  return null;
}

function asText(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

function asCount(value: unknown): number | null {
  const count = typeof value === "string" ? Number(value) : value;
  return Number.isSafeInteger(count) && (count as number) > 0 ? (count as number) : null;
}

function asTokenIds(value: unknown): number[] | null {
  const ids = typeof value === "string" ? parsed(value) : value;
  return Array.isArray(ids) && ids.length > 0 && ids.every((id) => Number.isSafeInteger(id) && id >= 0)
    ? ids
    : null;
}

function asMessages(value: unknown): ChatMessage[] | null {
  return messagesSchema.safeParse(typeof value === "string" ? parsed(value) : value).data ?? null;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
