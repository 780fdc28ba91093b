import type * as z from "zod";
import type { AnswerName } from "./answer-schemas.ts";
import { choiceSchema, querySchema, questionSchema } from "./api-schemas.ts";

/** One path of the interface. */
export interface ApiPath {
  summary: string;
  description: string;
  /** What it is sent by POST; null for one that is read by GET. */
  body: z.ZodType | null;
  example: unknown;
  answer: { name: AnswerName; description: string };
}

/** The HTTP interface, by path. */
export const apiPaths: Readonly<Record<string, ApiPath>> = {
  "/api/predict": {
    summary: "Throughput of a system that nobody measured",
    description:
      "Output tokens a second with an 80 % interval, latencies, warnings, and the nearest measured results.",
    body: questionSchema,
    example: {
      ...{ model: "llama2-70b", scenario: "Server", dataType: "fp8" },
      ...{ accelerator: "H200-SXM-141GB", accelerators: 8 },
    },
    answer: {
      name: "PredictAnswer",
      description:
        "The prediction or its refusal (state), the lengths and limits that it holds for (work), and measured results (support).",
    },
  },
  "/api/choose": {
    summary: "Hardware for a need, the cheapest first",
    description: "Nodes, throughput with interval, cost, energy and support of each configuration.",
    body: choiceSchema,
    example: { model: "llama2-70b", scenario: "Server", tokensPerSecond: 50000, dataTypes: ["fp8", "fp4"] },
    answer: {
      name: "ChooseAnswer",
      description: "Configurations, and how many candidates fell out for which reason.",
    },
  },
  "/api/query": {
    summary: "SQL on the Open MLPerf dataset",
    description:
      "Runs in DuckDB without access to files or the network, for up to 10 seconds and 10,000 rows; needs @duckdb/node-api.",
    body: querySchema,
    example: {
      sql: "SELECT accelerator, count(*) AS results FROM results GROUP BY 1 ORDER BY 2 DESC LIMIT 5",
    },
    answer: { name: "QueryAnswer", description: "Names of columns, rows, and whether there were more." },
  },
  "/api/catalog": {
    summary: "What can be asked about",
    description:
      "Chips, models, workloads, engines by vendor, and the results that the predictor learned from.",
    body: null,
    example: null,
    answer: { name: "CatalogAnswer", description: "The catalog." },
  },
};
