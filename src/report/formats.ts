import { UsageError } from "../errors.ts";
import { readComparedRuns } from "./build-page.ts";
import { endpointsSummary } from "./endpoints-summary.ts";
import { figuresAsCsv, figuresAsParquet } from "./figure-tables.ts";
import { figuresAsMarkdown } from "./markdown.ts";
import { readTimeline } from "./read-run.ts";
import { runFigures } from "./run-figures.ts";
import { vllmBenchResult } from "./vllm-bench.ts";

/** What a report can be written as. */
export const reportFormats = ["html", "md", "csv", "json", "parquet", "vllm-bench", "endpoints"] as const;

export type ReportFormat = (typeof reportFormats)[number];

/** Name and version of the schema of `--format json`. */
export const figuresSchemaName = "flexbench.figures/1";

/**
 * The figures of runs, of sweeps run by run, in a format other than a page; text, or bytes for Parquet. The shapes of
 * other tools hold one run each: several follow one another, a line each, as `vllm bench serve --append-result` writes
 * them. Throws UsageError for what cannot be read.
 */
export async function renderReport(
  folders: readonly string[],
  format: Exclude<ReportFormat, "html">,
): Promise<string | Uint8Array> {
  const runs = await readComparedRuns(folders);
  const figures = runs.map(({ name, record }) => runFigures(name, record));
  switch (format) {
    case "md":
      return figuresAsMarkdown(runs);
    case "csv":
      return figuresAsCsv(figures);
    case "parquet":
      return figuresAsParquet(figures);
    case "json":
      return `${JSON.stringify({ schema: figuresSchemaName, runs: figures }, null, 2)}\n`;
    case "vllm-bench":
    case "endpoints": {
      const results: object[] = [];
      for (const { folder, record } of runs) {
        const timeline = await readTimeline(folder);
        if (timeline === null) throw withoutRequests(folder);
        results.push(
          format === "vllm-bench" ? vllmBenchResult(record, timeline) : endpointsSummary(record, timeline),
        );
      }
      const [only] = results;
      return results.length === 1
        ? `${JSON.stringify(only, null, 2)}\n`
        : results.map((result) => `${JSON.stringify(result)}\n`).join("");
    }
  }
}

function withoutRequests(folder: string): UsageError {
  return new UsageError(
    "REPORT_WITHOUT_REQUESTS",
    [{ where: folder, message: "holds no requests.parquet, from which this format is made" }],
    { hint: "--format json needs the record alone." },
  );
}
