import { FlexBenchError } from "../errors.ts";

/** One of the samples that are held in memory. Throws `SAMPLE_UNKNOWN` for an index that is not there. */
export function sampleOf<Item>(samples: readonly Item[], index: number): Item {
  const sample = samples[index];
  if (sample === undefined) {
    throw new FlexBenchError(
      "SAMPLE_UNKNOWN",
      `Sample ${index} is asked for, but the dataset has samples 0 to ${samples.length - 1}.`,
    );
  }
  return sample;
}
