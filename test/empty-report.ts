import type { BuildReport } from "#src/openmlperf/build-dataset.js";

/** The report of a build that did nothing, for datasets that a test makes by itself. */
export const emptyReport: BuildReport = {
  ...{ sources: [], unmatched: [], otherBenchmarks: [], merged: 0, filled: 0, kept: 0, renewed: 0 },
  ...{ rules: [], changes: [], earlierRepairs: [], unknown: [], flagMeanings: {} },
};
