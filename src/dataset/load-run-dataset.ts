import type { RunConfig } from "../config/run-config.ts";
import { openHub } from "../hub/open-hub.ts";
import { loadTokenizer } from "../tokenizer/load-tokenizer.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";
import type { Dataset } from "./define-dataset.ts";
import { loadDataset } from "./load-dataset.ts";

/** A file that is downloaded, and how far it has come. */
export type DownloadListener = (progress: {
  label: string;
  receivedBytes: number;
  totalBytes: number;
}) => void;

/** What a run asks, and the tokenizer that it names; null where it names none. */
export interface RunDataset {
  dataset: Dataset;
  tokenizer: Tokenizer | null;
}

/**
 * Loads the tokenizer of a run, where one is named, and the dataset with the options of its configuration. Throws what
 * `loadDataset` and `loadTokenizer` throw.
 */
export async function loadRunDataset(
  config: RunConfig,
  onDownload: DownloadListener = () => undefined,
): Promise<RunDataset> {
  const hub = openHub({ onProgress: onDownload });
  const { columns, promptTemplate, samples, shuffle, minInputTokens, maxInputTokens, truncate } = config;
  const tokenizer = config.tokenizer === null ? null : await loadTokenizer(config.tokenizer, hub);
  const dataset = await loadDataset(config.dataset, {
    seed: config.seed,
    maxTokens: config.maxTokens,
    options: config.datasetOptions,
    tokenizer,
    selection: {
      columns,
      promptTemplate,
      samples,
      shuffle,
      minInputTokens,
      maxInputTokens,
      truncate,
      revision: config.datasetRevision,
    },
    hub,
  });
  return { dataset, tokenizer };
}
