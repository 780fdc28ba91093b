import type { Problem } from "../errors.ts";
import { invalidOptions, optionPlace, unknownOptions } from "./check-options.ts";
import type { Sample } from "./define-dataset.ts";

/** Everything a sample can hold. */
export type SampleField = keyof Sample;

/** The column names under which each field of a sample is looked for, first match first. */
export type SampleColumns = Readonly<Record<SampleField, readonly string[]>>;

/** The ways to give a prompt; where a row has several, the first one is taken, as it leaves least to be done. */
export const promptFields = ["promptTokenIds", "messages", "prompt"] as const;

/** Column names that are recognised without being told. */
export const recognisedColumns: SampleColumns = {
  messages: ["messages"],
  prompt: ["prompt", "question", "input", "text"],
  promptTokenIds: ["promptTokenIds", "prompt_token_ids", "tok_input"],
  reference: ["reference", "output", "response", "answer"],
  maxTokens: ["maxTokens", "max_tokens"],
};

const sampleFields = [...promptFields, "reference", "maxTokens"] as const;

/**
 * Columns by options such as `prompt=frage`: a named column replaces the recognised names of its field, and once a
 * kind of prompt is named the other kinds are not looked for. Throws a UsageError `DATASET_OPTION_INVALID`.
 */
export function columnsFromOptions(options: Readonly<Record<string, string>>): SampleColumns {
  const problems: Problem[] = unknownOptions(options, sampleFields);
  for (const field of sampleFields) {
    if (options[field] === "") {
      problems.push({ where: optionPlace(field), message: "it must name a column" });
    }
  }
  const namedPrompts = promptFields.filter((field) => options[field] !== undefined);
  if (namedPrompts.length > 1) {
    const message = `only one kind of prompt can be used, but ${namedPrompts.join(" and ")} are given`;
    problems.push({ where: optionPlace(namedPrompts.join(", ")), message });
  }
  if (problems.length > 0) {
    throw invalidOptions(problems);
  }
  const columnsOf = (field: SampleField): readonly string[] => {
    const named = options[field];
    if (named !== undefined) {
      return [named];
    }
    const replaced = namedPrompts.length > 0 && promptFields.some((prompt) => prompt === field);
    return replaced ? [] : recognisedColumns[field];
  };
  return {
    messages: columnsOf("messages"),
    prompt: columnsOf("prompt"),
    promptTokenIds: columnsOf("promptTokenIds"),
    reference: columnsOf("reference"),
    maxTokens: columnsOf("maxTokens"),
  };
}
