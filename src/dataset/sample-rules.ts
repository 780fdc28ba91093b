import type { ColumnRole } from "../config/columns.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";
import { invalidOptions, optionPlace } from "./check-options.ts";
import { type PromptTemplate, parsePromptTemplate, readPromptTemplate } from "./prompt-template.ts";
import { columnsFromOptions } from "./sample-columns.ts";
import type { RowDerivation, SampleRules } from "./sample-maker.ts";
import type { DatasetSelection } from "./selection.ts";

/** What is known of a set beforehand; what the user says comes first. */
export interface KnownRules {
  columns: Readonly<Partial<Record<ColumnRole, string>>>;
  template: string | null;
  derive: RowDerivation | null;
  /** Output token limit of its samples; null: the run's or the model's. */
  maxTokens: number | null;
}

/** Nothing is known of files of the user's. */
export const nothingKnown: KnownRules = { columns: {}, template: null, derive: null, maxTokens: null };

/** The dataset option that says the same as a role of `--column`. */
const optionOfRole = {
  input: "prompt",
  output: "reference",
  messages: "messages",
  "token-ids": "promptTokenIds",
  "max-tokens": "maxTokens",
} as const;

/** Roles of which a row needs one alone. */
const promptRoles: readonly ColumnRole[] = ["input", "messages", "token-ids"];

/**
 * The rules by which rows become samples. Throws a UsageError `DATASET_OPTION_INVALID` or `PROMPT_TEMPLATE_INVALID`.
 */
export function sampleRules(
  selection: DatasetSelection,
  options: Readonly<Record<string, string>>,
  known: KnownRules,
  tokenizer: Tokenizer | null,
): SampleRules {
  const given = { ...optionsOf(selection.columns, options), ...options };
  const namesPrompt = promptRoles.some((role) => isSet(role, selection.columns, options));
  // The known template asks for the known columns.
  const ownTemplate = selection.promptTemplate ?? (namesPrompt ? null : known.template);
  const knownColumns = Object.entries(known.columns).filter(
    ([role]) => !(namesPrompt && promptRoles.includes(role as ColumnRole)),
  );
  const columns = columnsFromOptions({ ...optionsOf(Object.fromEntries(knownColumns), {}), ...given });
  return {
    columns,
    systemColumn: selection.columns.system ?? known.columns.system ?? null,
    template: templateOf(selection, ownTemplate, columns.prompt),
    derive: known.derive,
    maxTokens: known.maxTokens,
    minInputTokens: selection.minInputTokens,
    maxInputTokens: selection.maxInputTokens,
    truncate: selection.truncate,
    tokenizer,
  };
}

/** Columns by role as options; a role and an option that say the same contradict each other. */
function optionsOf(
  columns: Readonly<Partial<Record<ColumnRole, string>>>,
  options: Readonly<Record<string, string>>,
): Record<string, string> {
  const made: Record<string, string> = {};
  for (const [role, option] of Object.entries(optionOfRole)) {
    const column = columns[role as ColumnRole];
    if (column === undefined) continue;
    if (options[option] !== undefined) {
      const message = `it is given twice, as --column ${role}=${column} too`;
      throw invalidOptions([{ where: optionPlace(option), message }]);
    }
    made[option] = column;
  }
  return made;
}

function isSet(
  role: ColumnRole,
  columns: Readonly<Partial<Record<ColumnRole, string>>>,
  options: Readonly<Record<string, string>>,
): boolean {
  const option = role === "system" ? undefined : optionOfRole[role];
  return columns[role] !== undefined || (option !== undefined && options[option] !== undefined);
}

/** `{input}` and `{system}` may stand for the columns that have these roles. */
function templateOf(
  { promptTemplate, columns }: DatasetSelection,
  text: string | null,
  promptColumns: readonly string[],
): PromptTemplate | null {
  if (text === null) return null;
  const template = promptTemplate === null ? parsePromptTemplate(text) : readPromptTemplate(text);
  const [promptColumn] = promptColumns.length === 1 ? promptColumns : [];
  const names: Readonly<Record<string, string | undefined>> = {
    input: promptColumn,
    system: columns.system,
    output: columns.output,
  };
  const parts = template.parts.map((part) =>
    typeof part === "string" ? part : { ...part, column: names[part.column] ?? part.column },
  );
  const named = parts.flatMap((part) => (typeof part === "string" ? [] : [part.column]));
  return { parts, columns: [...new Set(named)] };
}
