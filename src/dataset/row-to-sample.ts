import { z } from "zod";
import type { Sample } from "./define-dataset.ts";
import type { FileFormat } from "./file-row.ts";
import { kindOf, parseJson } from "./json-fields.ts";
import { promptFields, type SampleColumns, type SampleField } from "./sample-columns.ts";

type Fields = Readonly<Record<string, unknown>>;

/** What is wrong with one column of a row; null where no column is to blame. */
export interface ColumnProblem {
  column: string | null;
  message: string;
}

const messagesSchema = z
  .array(
    z.object(
      {
        role: z.enum(["system", "user", "assistant"], "its role must be system, user or assistant"),
        content: z.string("its content must be text"),
      },
      "it must be an object with role and content",
    ),
    "it must be a list of messages",
  )
  .min(1, "it is an empty list");

const tokenIdsSchema = z
  .array(
    z.int("it must be a whole number").min(0, "it must not be negative"),
    "it must be a list of token ids",
  )
  .min(1, "it is an empty list");

const maxTokensSchema = z
  .int("it must be a whole number of tokens, at least 1")
  .min(1, "it must be a whole number of tokens, at least 1");

/**
 * Makes a sample of a row: one prompt, and the reference and output token limit where there are any. Columns that
 * are absent, null or, as text, empty count as not given; a `madePrompt` takes the place of every prompt of the row.
 * Returns every problem of the row at once.
 */
export function rowToSample(
  fields: Fields,
  columns: SampleColumns,
  fieldsAre: FileFormat["fields"],
  madePrompt: string | null = null,
): { sample: Sample } | { problems: ColumnProblem[] } {
  const problems: ColumnProblem[] = [];
  const report = (column: string | null, message: string): undefined => {
    problems.push({ column, message });
  };

  const find = (field: SampleField): { column: string; value: unknown } | null => {
    for (const column of columns[field]) {
      const value = Object.hasOwn(fields, column) ? fields[column] : undefined;
      if (value !== undefined && value !== null && !(fieldsAre === "text" && value === "")) {
        return { column, value };
      }
    }
    return null;
  };

  const text = (field: "prompt" | "reference"): string | undefined => {
    const found = find(field);
    if (found === null) {
      return undefined;
    }
    if (field === "reference" && ["number", "boolean"].includes(typeof found.value)) {
      return String(found.value);
    }
    if (typeof found.value !== "string") {
      return report(found.column, `it must be text, but it is ${kindOf(found.value)}`);
    }
    return found.value === "" && field === "prompt" ? report(found.column, "it is empty") : found.value;
  };

  const structured = <Value>(field: SampleField, schema: z.ZodType<Value>): Value | undefined => {
    const found = find(field);
    if (found === null) {
      return undefined;
    }
    const parsed = fieldsAre === "text" ? parseJson(String(found.value)) : { value: found.value };
    if ("problem" in parsed) {
      return report(found.column, parsed.problem);
    }
    const checked = schema.safeParse(parsed.value);
    if (checked.success) {
      return checked.data;
    }
    const [issue] = checked.error.issues;
    const item = typeof issue?.path[0] === "number" ? `item ${issue.path[0] + 1}: ` : "";
    return report(found.column, `${item}${issue?.message}`);
  };

  const promptField = madePrompt === null ? promptFields.find((field) => find(field) !== null) : "made";
  if (promptField === undefined) {
    report(null, noPrompt(fields, columns));
  }
  const values = {
    messages: promptField === "messages" ? structured("messages", messagesSchema) : undefined,
    prompt: promptField === "prompt" ? text("prompt") : (madePrompt ?? undefined),
    promptTokenIds:
      promptField === "promptTokenIds" ? structured("promptTokenIds", tokenIdsSchema) : undefined,
    reference: text("reference"),
    maxTokens: structured("maxTokens", maxTokensSchema),
  };
  return problems.length > 0 ? { problems } : { sample: withoutUndefined(values) };
}

function noPrompt(fields: Fields, columns: SampleColumns): string {
  const wanted = promptFields.flatMap((field) => columns[field]);
  const missing = wanted.length === 1 ? `the column ${wanted[0]}` : `a prompt (any of ${wanted.join(", ")})`;
  const present = Object.keys(fields).join(", ") || "nothing";
  return `it lacks ${missing}; it has ${present}. Name yours with --column input=COLUMN`;
}

function withoutUndefined(values: { [Field in SampleField]: Sample[Field] | undefined }): Sample {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
