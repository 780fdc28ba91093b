import type { RunConfig } from "../config/run-config.ts";
import { openHub } from "../hub/open-hub.ts";
import { loadTokenizer } from "../tokenizer/load-tokenizer.ts";
import type { Dataset } from "./define-dataset.ts";
import { loadDataset } from "./load-dataset.ts";

/** A file that is downloaded, and how far it has come. */
export type DownloadListener = (progress: {
  label: string;
  receivedBytes: number;
  totalBytes: number;
}) => void;

/**
 * Loads the dataset of a run with the options of its configuration, and with the tokenizer where one is named. Throws
 * what `loadDataset` and `loadTokenizer` throw.
 */
export async function loadRunDataset(
  config: RunConfig,
  onDownload: DownloadListener = () => undefined,
): Promise<Dataset> {
  const hub = openHub({ onProgress: onDownload });
  const { columns, promptTemplate, samples, shuffle, minInputTokens, maxInputTokens, truncate } = config;
  return loadDataset(config.dataset, {
    seed: config.seed,
    maxTokens: config.maxTokens,
    options: config.datasetOptions,
    tokenizer: config.tokenizer === null ? null : await loadTokenizer(config.tokenizer, hub),
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
}
