/** Names of the files of a dataset. */
export const datasetFiles = {
  parquet: "openmlperf.parquet",
  jsonLines: "openmlperf.jsonl",
  csv: "openmlperf.csv",
  schema: "openmlperf.schema.json",
  changes: "changes.jsonl",
  report: "report.md",
  card: "README.md",
} as const;
