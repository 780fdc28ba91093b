import type { ColumnRole } from "../config/columns.ts";

/** Which samples are taken of a dataset, and how prompts are made of its rows. */
export interface DatasetSelection {
  /** Columns by what they stand for; others are recognised by their names. */
  columns: Readonly<Partial<Record<ColumnRole, string>>>;
  /** Text with `{column}` placeholders, or the file that holds it; null: the input column is the prompt. */
  promptTemplate: string | null;
  /** How many samples are taken, after the filters; null: all. */
  samples: number | null;
  /** Whether they are taken in random order, by the seed. */
  shuffle: boolean;
  /** Fewest tokens of a prompt; shorter ones are left out. */
  minInputTokens: number | null;
  /** Most tokens of a prompt; longer ones are left out, or cut where `truncate` says so. */
  maxInputTokens: number | null;
  truncate: boolean;
  /** Branch, tag or commit of a Hub dataset; null: its main branch. */
  revision: string | null;
}

/** Everything as it is. */
export const everySample: DatasetSelection = {
  columns: {},
  promptTemplate: null,
  samples: null,
  shuffle: false,
  minInputTokens: null,
  maxInputTokens: null,
  truncate: false,
  revision: null,
};
