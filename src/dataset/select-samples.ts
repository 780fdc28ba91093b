import { UsageError } from "../errors.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";
import type { Dataset } from "./define-dataset.ts";
import { cutToFit, inputTokensOf } from "./input-length.ts";
import type { DatasetSelection } from "./selection.ts";
import { shuffledIndexes } from "./shuffled.ts";

/** What is taken of a dataset that makes its samples itself. */
export interface SampleSelection
  extends Pick<DatasetSelection, "samples" | "shuffle" | "minInputTokens" | "maxInputTokens" | "truncate"> {
  seed: number;
  tokenizer: Tokenizer | null;
}

/**
 * A view on a dataset: its samples in random order where that is asked for, without those outside the limits of length,
 * as many as asked for. Throws a UsageError `DATASET_EMPTY` or `DATASET_TOO_SMALL`.
 */
export async function selectSamples(dataset: Dataset, selection: SampleSelection): Promise<Dataset> {
  const { samples, shuffle, minInputTokens, maxInputTokens } = selection;
  if (samples === null && !shuffle && minInputTokens === null && maxInputTokens === null) return dataset;
  const indexes = await chosenIndexes(dataset, selection);
  if (indexes.length === 0 || indexes.length < (samples ?? 0)) {
    const message =
      indexes.length === 0
        ? `none of its ${dataset.size} samples is within the limits of length`
        : `it gives ${indexes.length} samples, but --samples asks for ${samples}`;
    const code = indexes.length === 0 ? "DATASET_EMPTY" : "DATASET_TOO_SMALL";
    throw new UsageError(code, [{ where: dataset.name, message }]);
  }
  return {
    ...describing(dataset),
    size: indexes.length,
    performanceSampleCount: Math.min(indexes.length, dataset.performanceSampleCount),
    sample: (index) => sampleWithin(dataset, indexes[index] ?? -1, selection),
  };
}

/** A dataset may be of a class, whose getters a spread would lose. */
function describing({ name, source, sha256, metric }: Dataset) {
  return { name, source, sha256, ...(metric === undefined ? {} : { metric }) };
}

async function chosenIndexes(dataset: Dataset, selection: SampleSelection): Promise<number[]> {
  const { samples, shuffle, seed, minInputTokens, maxInputTokens, truncate, tokenizer } = selection;
  const order = shuffle
    ? shuffledIndexes(dataset.size, seed)
    : Array.from({ length: dataset.size }, (_, i) => i);
  const chosen: number[] = [];
  for (const index of order) {
    if (chosen.length === samples) break;
    if (tokenizer !== null && (minInputTokens !== null || maxInputTokens !== null)) {
      const tokens = inputTokensOf(await dataset.sample(index), tokenizer);
      const isTooLong = !truncate && tokens > (maxInputTokens ?? Number.POSITIVE_INFINITY);
      if (tokens < (minInputTokens ?? 0) || isTooLong) continue;
    }
    chosen.push(index);
  }
  return chosen;
}

async function sampleWithin(
  dataset: Dataset,
  index: number,
  { maxInputTokens, truncate, tokenizer }: SampleSelection,
) {
  const sample = await dataset.sample(index);
  const { prompt, promptTokenIds } = sample;
  if (!truncate || tokenizer === null || maxInputTokens === null) return sample;
  if (promptTokenIds !== undefined)
    return { ...sample, promptTokenIds: promptTokenIds.slice(0, maxInputTokens) };
  if (inputTokensOf(sample, tokenizer) <= maxInputTokens) return sample;
  const cut =
    prompt === undefined
      ? null
      : cutToFit(prompt, (text) => ({ ...sample, prompt: text }), maxInputTokens, tokenizer);
  if (cut !== null) return cut;
  throw new UsageError("DATASET_ROW_INVALID", [
    { where: `${dataset.name}, sample ${index + 1}`, message: "messages cannot be cut by --truncate" },
  ]);
}
