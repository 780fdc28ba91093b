import * as z from "zod";
import { needSchema, querySchema, questionSchema } from "./api-schemas.ts";

interface Operation {
  summary: string;
  description: string;
  body: z.ZodType | null;
  example: unknown;
  answer: string;
}

const operations: Readonly<Record<string, Operation>> = {
  "/api/predict": {
    summary: "Throughput of a system that nobody measured",
    description:
      "Output tokens a second with an 80 % interval, latencies, warnings, and the nearest measured results.",
    body: questionSchema,
    example: {
      ...{ model: "llama2-70b", scenario: "Server", dataType: "fp8" },
      ...{ accelerator: "H200-SXM-141GB", accelerators: 8 },
    },
    answer: "The prediction or its refusal (state), and measured results (support).",
  },
  "/api/choose": {
    summary: "Hardware for a need, the cheapest first",
    description: "Nodes, throughput with interval, cost, power and support of each configuration.",
    body: needSchema,
    example: { model: "llama2-70b", scenario: "Server", tokensPerSecond: 50000, dataTypes: ["fp8", "fp4"] },
    answer: "Configurations, and how many candidates fell out for which reason.",
  },
  "/api/query": {
    summary: "SQL on the Open MLPerf dataset",
    description: "Runs in DuckDB without access to files or the network; needs @duckdb/node-api.",
    body: querySchema,
    example: {
      sql: "SELECT accelerator, count(*) AS results FROM results GROUP BY 1 ORDER BY 2 DESC LIMIT 5",
    },
    answer: "Names of columns, and rows.",
  },
  "/api/catalog": {
    summary: "What can be asked about",
    description:
      "Chips, models, workloads, engines by vendor, and the results that the predictor learned from.",
    body: null,
    example: null,
    answer: "The catalog.",
  },
};

/** The HTTP interface as an OpenAPI 3.1 document. */
export function openapiDocument(version: string): Record<string, unknown> {
  const failed = (description: string) => ({
    description,
    content: { "application/json": { schema: { $ref: "#/components/schemas/Problem" } } },
  });
  return {
    openapi: "3.1.0",
    info: {
      title: "FlexBoard",
      version,
      description:
        "Predictions, choices and queries of a FlexBoard. Predictions are not verified by MLCommons.",
    },
    servers: [{ url: "/" }],
    paths: Object.fromEntries(
      Object.entries(operations).map(([path, { summary, description, body, example, answer }]) => [
        path,
        {
          [body === null ? "get" : "post"]: {
            ...{ summary, description, operationId: path.split("/").at(-1) },
            ...(body === null
              ? {}
              : {
                  requestBody: {
                    required: true,
                    content: { "application/json": { schema: schemaOf(body), example } },
                  },
                }),
            responses: {
              200: { description: answer, content: { "application/json": { schema: { type: "object" } } } },
              400: failed("The question is wrong; every problem is listed."),
              404: failed("This board has no predictor, or no dataset."),
            },
          },
        },
      ]),
    ),
    components: {
      schemas: {
        Problem: {
          type: "object",
          required: ["code", "message", "problems"],
          properties: {
            code: { type: "string" },
            message: { type: "string" },
            hint: { type: ["string", "null"] },
            problems: {
              type: "array",
              items: {
                type: "object",
                properties: { where: { type: "string" }, message: { type: "string" } },
              },
            },
          },
        },
      },
    },
  };
}

function schemaOf(body: z.ZodType): Record<string, unknown> {
  const { $schema: _, ...schema } = z.toJSONSchema(body, { io: "input" });
  return schema;
}

/** The same as a page to read and to copy commands from. */
export function openapiPage(origin: string): string {
  const sections = Object.entries(operations).map(
    ([path, { summary, description, body, example, answer }]) => {
      const command =
        body === null
          ? `curl ${origin}${path}`
          : `curl ${origin}${path} -H 'content-type: application/json' \\\n  -d '${JSON.stringify(example)}'`;
      return `<section><h2><code>${body === null ? "GET" : "POST"} ${path}</code></h2><p><strong>${escaped(summary)}.</strong> ${escaped(description)} ${escaped(answer)}</p>${body === null ? "" : fieldTable(body)}<pre tabindex="0">${escaped(command)}</pre></section>`;
    },
  );
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>FlexBoard HTTP interface</title><style>
:root{color-scheme:light dark;--line:light-dark(#d5d9e0,#3b424d)}body{font:15px/1.5 system-ui,sans-serif;max-width:56rem;margin:2rem auto;padding:0 1rem}h1{font-size:1.5rem}h2{font-size:1.1rem;margin-top:2.5rem}pre{border:1px solid var(--line);border-radius:6px;padding:.8rem;overflow-x:auto}table{border-collapse:collapse;width:100%}td,th{border-bottom:1px solid var(--line);padding:.3rem .8rem .3rem 0;text-align:left;vertical-align:top}</style></head><body><main><h1>FlexBoard HTTP interface</h1><p>Answers are JSON; errors carry <code>code</code>, <code>message</code>, <code>hint</code> and every problem at once. As a document for programs: <a href="/openapi.json">openapi.json</a> (OpenAPI 3.1). <a href="/">Back to the board</a>.</p>${sections.join("")}</main></body></html>`;
}

interface FieldSchema {
  type?: string | string[];
  enum?: unknown[];
  description?: string;
  anyOf?: unknown[];
}

function fieldTable(body: z.ZodType): string {
  const { properties, required } = schemaOf(body) as {
    properties: Record<string, FieldSchema>;
    required: string[];
  };
  const rows = Object.entries(properties).map(([name, field]) => {
    const kind =
      field.enum?.join(", ") ?? (field.anyOf === undefined ? String(field.type) : "text or object");
    return `<tr><td><code>${name}</code>${required.includes(name) ? "" : " (optional)"}</td><td>${escaped(kind)}</td><td>${escaped(field.description ?? "")}</td></tr>`;
  });
  return `<table><thead><tr><th>field</th><th>is</th><th>means</th></tr></thead><tbody>${rows.join("")}</tbody></table>`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
