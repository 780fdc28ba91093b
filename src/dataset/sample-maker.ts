import type { Tokenizer } from "../tokenizer/tokenizer.ts";
import type { ChatMessage, Sample } from "./define-dataset.ts";
import type { FileFormat } from "./file-row.ts";
import { cutToFit, inputTokensOf, isSurelyWithin } from "./input-length.ts";
import { kindOf } from "./json-fields.ts";
import { fillPromptTemplate, type PromptTemplate } from "./prompt-template.ts";
import { type ColumnProblem, rowToSample } from "./row-to-sample.ts";
import { promptFields, type SampleColumns } from "./sample-columns.ts";

/** How samples are made of rows. */
export interface SampleRules {
  columns: SampleColumns;
  /** Column of the system prompt; null: none. */
  systemColumn: string | null;
  template: PromptTemplate | null;
  /** Gives a row the columns that the template and the roles name; null: they are there. */
  derive: RowDerivation | null;
  /** Output token limit of samples that have none of their own; null: the run's. */
  maxTokens: number | null;
  minInputTokens: number | null;
  maxInputTokens: number | null;
  truncate: boolean;
  tokenizer: Tokenizer | null;
}

/** Columns made of other columns. */
export interface RowDerivation {
  /** Columns that are read. */
  from: readonly string[];
  /** New columns of a row, or null for a row that is of no use; `row` tells rows apart, `seed` runs. */
  make(fields: Fields, row: number, seed: number): Fields | null;
}

/** What became of a row. */
export type MadeSample =
  | { sample: Sample }
  | { leftOut: "too short" | "too long" | "of no use" }
  | { problems: ColumnProblem[] };

type Fields = Readonly<Record<string, unknown>>;

/** Of the columns there are, those that the rules look at; all others need not be read. */
export function neededColumns(rules: SampleRules, available: readonly string[]): string[] {
  const { columns, systemColumn, template, derive } = rules;
  const wanted = new Set([
    ...Object.values(columns).flat(),
    ...(template?.columns ?? []),
    ...(systemColumn === null ? [] : [systemColumn]),
    ...(derive?.from ?? []),
  ]);
  // Messages name what a row has, so that a wrong column name is easily put right.
  return canAsk(rules, available) ? available.filter((column) => wanted.has(column)) : [...available];
}

/** Whether the columns that make the prompt are among those there are. */
function canAsk({ columns, template, derive }: SampleRules, available: readonly string[]): boolean {
  if (derive !== null) return derive.from.every((column) => available.includes(column));
  const has = (column: string) => available.includes(column);
  return template === null
    ? promptFields.some((field) => columns[field].some(has))
    : template.columns.every(has);
}

/** Makes a sample of a row: derived columns, template, system prompt, then the limits on its length. */
export function makeSample(fields: Fields, rules: SampleRules, fieldsAre: FileFormat["fields"]): MadeSample {
  const inputColumn = inputColumnOf(fields, rules);
  const build = (input: string | null) =>
    buildSample(input === null ? fields : { ...fields, [inputColumn ?? ""]: input }, rules, fieldsAre);
  const built = build(null);
  if ("problems" in built) return built;
  return withinLimits(built.sample, rules, {
    column: inputColumn,
    cut: (tokenizer, limit) => cutInput(fields, inputColumn, built.sample, build, tokenizer, limit),
  });
}

/** The column whose text is the question itself, and the only one that may be cut. */
function inputColumnOf(fields: Fields, { columns, template }: SampleRules): string | null {
  const named = columns.prompt.filter((column) => Object.hasOwn(fields, column));
  if (template === null) return named[0] ?? null;
  const inTemplate = named.find((column) => template.columns.includes(column));
  return inTemplate ?? (template.columns.length === 1 ? (template.columns[0] ?? null) : null);
}

function buildSample(
  fields: Fields,
  rules: SampleRules,
  fieldsAre: FileFormat["fields"],
): { sample: Sample } | { problems: ColumnProblem[] } {
  const { columns, systemColumn, template, maxTokens } = rules;
  const filled = template === null ? null : fillPromptTemplate(template, fields);
  if (filled !== null && "problems" in filled) return filled;
  const made = rowToSample(fields, columns, fieldsAre, filled?.prompt ?? null);
  if ("problems" in made) return made;
  const sample = { ...(maxTokens === null ? {} : { maxTokens }), ...made.sample };
  if (systemColumn === null) return { sample };
  if (!Object.hasOwn(fields, systemColumn)) {
    const message = `the row lacks it; it has ${Object.keys(fields).join(", ")}`;
    return { problems: [{ column: systemColumn, message }] };
  }
  return withSystemPrompt(sample, systemColumn, fields[systemColumn]);
}

function withSystemPrompt(
  sample: Sample,
  column: string,
  system: unknown,
): { sample: Sample } | { problems: ColumnProblem[] } {
  if (system === null || system === undefined || system === "") return { sample };
  if (typeof system !== "string") {
    return { problems: [{ column, message: `it must be text, but it is ${kindOf(system)}` }] };
  }
  const { prompt, messages, promptTokenIds, ...rest } = sample;
  if (promptTokenIds !== undefined) {
    return { problems: [{ column, message: "a prompt of token ids takes no system prompt" }] };
  }
  const spoken: readonly ChatMessage[] = messages ?? [{ role: "user", content: prompt ?? "" }];
  const withoutOld = spoken.filter(({ role }) => role !== "system");
  return { sample: { ...rest, messages: [{ role: "system", content: system }, ...withoutOld] } };
}

/** How the input of a sample is called and cut. */
interface CuttableInput {
  column: string | null;
  cut(tokenizer: Tokenizer, limit: number): MadeSample;
}

function withinLimits(sample: Sample, rules: SampleRules, input: CuttableInput): MadeSample {
  const { tokenizer, minInputTokens, maxInputTokens, truncate } = rules;
  if (tokenizer === null) return { sample };
  const modelLimit = tokenizer.modelMaxLength;
  const limit = maxInputTokens ?? modelLimit;
  if (
    minInputTokens === null &&
    maxInputTokens === null &&
    (limit === null || isSurelyWithin(sample, limit))
  ) {
    return { sample };
  }
  const tokens = inputTokensOf(sample, tokenizer);
  if (minInputTokens !== null && tokens < minInputTokens) return { leftOut: "too short" };
  if (limit === null || tokens <= limit) return { sample };
  if (truncate) return input.cut(tokenizer, limit);
  if (maxInputTokens !== null) return { leftOut: "too long" };
  const message = `the prompt has ${tokens} tokens, but the model takes ${limit}; leave it out or cut it with --max-input-tokens`;
  return { problems: [{ column: input.column, message }] };
}

function cutInput(
  fields: Fields,
  column: string | null,
  whole: Sample,
  build: (input: string) => ReturnType<typeof buildSample>,
  tokenizer: Tokenizer,
  limit: number,
): MadeSample {
  if (whole.promptTokenIds !== undefined) {
    return { sample: { ...whole, promptTokenIds: whole.promptTokenIds.slice(0, limit) } };
  }
  const text = column === null ? undefined : fields[column];
  if (column === null || typeof text !== "string") {
    const message = `--truncate cannot tell what to cut of it: name its text with --column input=COLUMN`;
    return { problems: [{ column: null, message }] };
  }
  const rebuilt = (input: string): Sample => {
    // A text of nothing is no prompt, and so counts for what stands around it.
    const built = build(input);
    return "sample" in built ? built.sample : { prompt: "" };
  };
  const cut = cutToFit(text, rebuilt, limit, tokenizer);
  if (cut !== null) return { sample: cut };
  const message = `what stands around it has ${limit} tokens or more, which leaves none of --max-input-tokens for it`;
  return { problems: [{ column, message }] };
}
