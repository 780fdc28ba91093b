import type { RunConfig } from "../config/run-config.ts";

/** Which samples are taken of a dataset, and how prompts are made of its rows. */
export interface DatasetSelection
  extends Readonly<
    Pick<
      RunConfig,
      "columns" | "promptTemplate" | "samples" | "shuffle" | "minInputTokens" | "maxInputTokens" | "truncate"
    >
  > {
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
