import { readFileSync } from "node:fs";
import { type Problem, UsageError } from "../errors.ts";
import type { ColumnProblem } from "./row-to-sample.ts";
import { isFile } from "./user-module.ts";

/** Something of the row that stands in a prompt. */
interface Placeholder {
  column: string;
  /** `letters`: the items of a list, each on a line with its letter; else as text. */
  form: "text" | "letters";
}

/** A prompt with gaps for columns. */
export interface PromptTemplate {
  parts: readonly (string | Placeholder)[];
  /** Columns that it names, each once. */
  columns: readonly string[];
}

type Fields = Readonly<Record<string, unknown>>;

/** Doubled braces, a placeholder, or a brace that is neither. */
const braces = /\{\{|\}\}|\{([^{}:]+)(?::([^{}]*))?\}|[{}]/g;

/**
 * Reads a template: `{column}` stands for the value of a column, `{column:letters}` for a list as lines that begin with
 * "A. ", "B. " and so on, `{{` and `}}` for braces. Throws a UsageError `PROMPT_TEMPLATE_INVALID`.
 */
export function parsePromptTemplate(text: string, where = "--prompt-template"): PromptTemplate {
  const parts: (string | Placeholder)[] = [];
  const problems: Problem[] = [];
  let end = 0;
  for (const match of text.matchAll(braces)) {
    const [token, column, form] = match;
    parts.push(text.slice(end, match.index));
    end = match.index + token.length;
    if (token === "{{" || token === "}}") {
      parts.push(token.slice(1));
    } else if (column === undefined) {
      const message = `the brace at character ${match.index + 1} has no partner; write it twice to mean itself`;
      problems.push({ where, message });
    } else if (form !== undefined && form !== "letters") {
      problems.push({ where, message: `"${form}" in ${token} is no form; there is only "letters"` });
    } else {
      parts.push({ column: column.trim(), form: form ?? "text" });
    }
  }
  parts.push(text.slice(end));
  const columns = [...new Set(parts.flatMap((part) => (typeof part === "string" ? [] : [part.column])))];
  if (columns.length === 0 && problems.length === 0) {
    problems.push({
      where,
      message: "it names no column, such as {question}: every prompt would be the same",
    });
  }
  if (problems.length > 0) throw new UsageError("PROMPT_TEMPLATE_INVALID", problems);
  return { parts: parts.filter((part) => part !== ""), columns };
}

/** A template given as text, or as the path of a file whose last line end does not count. */
export function readPromptTemplate(textOrFile: string): PromptTemplate {
  return isFile(textOrFile)
    ? parsePromptTemplate(readFileSync(textOrFile, "utf8").replace(/\r?\n$/, ""), textOrFile)
    : parsePromptTemplate(textOrFile);
}

/** The prompt that a row makes, or the columns that it lacks. */
export function fillPromptTemplate(
  { parts, columns }: PromptTemplate,
  fields: Fields,
): { prompt: string } | { problems: ColumnProblem[] } {
  const absent = columns.filter((column) => !Object.hasOwn(fields, column));
  if (absent.length > 0) {
    const present = Object.keys(fields).join(", ") || "nothing";
    const message = `the template names it, but the row has ${present}`;
    return { problems: absent.map((column) => ({ column, message })) };
  }
  return { prompt: parts.map((part) => (typeof part === "string" ? part : fillGap(part, fields))).join("") };
}

function fillGap({ column, form }: Placeholder, fields: Fields): string {
  const value = fields[column];
  if (!Array.isArray(value)) return textOf(value);
  const lines = value.map((item, index) =>
    form === "letters" ? `${letterOf(index)}. ${textOf(item)}` : textOf(item),
  );
  return lines.join("\n");
}

/** "A" for the first choice, "B" for the second. */
export function letterOf(index: number): string {
  return String.fromCharCode("A".charCodeAt(0) + index);
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
