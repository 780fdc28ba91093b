import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Validator } from "@seriousme/openapi-schema-validator";
import { Ajv2020 } from "ajv/dist/2020.js";
import { parquetWriteBuffer } from "hyparquet-writer";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type BoardServer, startBoardServer } from "#src/board/board-server.js";
import { openapiDocument } from "#src/board/openapi.js";
import { openapiPage } from "#src/board/openapi-page.js";
import { collectSite } from "#src/board/site.js";
import { trainPredictor } from "#src/predict/train-predictor.js";
import { temporaryFolder } from "./child-script.ts";
import { madeResults, specTables } from "./made-results.ts";

type Schema = Record<string, unknown>;
interface Operation {
  requestBody?: { content: { "application/json": { schema: Schema; example: unknown } } };
  responses: Record<string, { content: { "application/json": { schema: { $ref: string } } } }>;
}
interface Document {
  paths: Record<string, { get?: Operation; post?: Operation }>;
  components: { schemas: Record<string, Schema> };
}

// As a reader of the interface has it: through JSON.
const document = JSON.parse(JSON.stringify(openapiDocument("1.2.3"))) as Document;
const folder = temporaryFolder();
let server: BoardServer;

beforeAll(async () => {
  const dataset = join(folder, "openmlperf");
  mkdirSync(dataset);
  const rows = madeResults();
  const columnData = [
    { name: "accelerator", data: rows.map(({ accelerator }) => accelerator) },
    { name: "tokens_per_second", data: rows.map(({ tokens_per_second: rate }) => rate) },
  ];
  writeFileSync(join(dataset, "openmlperf.parquet"), Buffer.from(parquetWriteBuffer({ columnData })));
  writeFileSync(join(dataset, "predictor.json"), JSON.stringify(trainPredictor(rows, specTables).file));
  server = await startBoardServer(await collectSite({ dataset, runs: [], api: "api/" }), { version: "1" });
});

afterAll(() => server.close());

/** Checks an answer against the schema of its status; every field must be described. */
function checked(path: string, status: number, answer: unknown): string[] {
  const operation = document.paths[path]?.post ?? document.paths[path]?.get;
  const name = operation?.responses[status]?.content["application/json"].schema.$ref.split("/").at(-1) ?? "";
  const schema = document.components.schemas[name];
  if (schema === undefined) throw new Error(`${path} declares no ${status}`);
  const ajv = new Ajv2020({ allErrors: true, strict: false });
  const validate = ajv.compile(closed(schema) as Schema);
  validate(answer);
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
  );
}

/** The same schema, which allows no field that it does not describe. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== "object" || schema === null) return schema;
  const inner = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]));
  return "properties" in inner ? { ...inner, additionalProperties: false } : inner;
}

async function ask(path: string, body: unknown): Promise<{ status: number; answer: unknown }> {
  const post = {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  };
  const response = await fetch(new URL(path, server.url), body === null ? {} : post);
  return { status: response.status, answer: await response.json() };
}

describe("the OpenAPI document", () => {
  it("is one", async () => {
    const { valid, errors } = await new Validator().validate(structuredClone(document) as never);
    expect({ valid, errors }).toEqual({ valid: true, errors: undefined });
    // The validator tells what is none.
    const broken = { ...structuredClone(document), paths: { "/x": { get: { responses: 7 } } } };
    expect((await new Validator().validate(broken as never)).valid).toBe(false);
  });

  it("declares every status, and a field or its meaning for all that is sent", () => {
    for (const [path, { get, post }] of Object.entries(document.paths)) {
      const statuses = Object.keys((post ?? get)?.responses ?? {});
      expect(statuses, path).toEqual(
        expect.arrayContaining(["200", "403", "404", "405", "500", "501", ...(post ? ["400", "415"] : [])]),
      );
    }
    const sent = JSON.stringify(document.paths["/api/choose"]?.post?.requestBody);
    for (const field of ["activeParameters", "pricePerKwh", "hostPowerShare", "purchase", "peak_fp4_tflops"])
      expect(sent).toContain(`"${field}":{`);
    const page = openapiPage("http://localhost");
    for (const field of [
      "assumptions.pricePerKwh",
      "model.activeParameters",
      "prices.NAME.hourly",
      "chips[].tdp_w",
    ])
      expect(page).toContain(`<code>${field}</code>`);
  });

  it("tells what each path answers", async () => {
    for (const [path, { post }] of Object.entries(document.paths)) {
      const example = post?.requestBody?.content["application/json"].example ?? null;
      const { status, answer } = await ask(path, example);
      expect({ path, status, wrong: checked(path, status, answer) }).toEqual({
        path,
        status: 200,
        wrong: [],
      });
    }
  });

  it("tells refusals, other states and failures too", async () => {
    const question = { model: { parameters: 400e9 }, scenario: "Offline", dataType: "bf16" };
    const refused = await ask("/api/predict", { ...question, accelerator: "L40S" });
    expect(refused.answer).toMatchObject({ prediction: { state: "refused" } });
    const limited = {
      ...question,
      model: { parameters: 8e9 },
      scenario: "Interactive",
      accelerator: "H100-SXM-80GB",
    };
    const bought = {
      ...{ model: "llama2-70b", scenario: "Server", tokensPerSecond: 900 },
      ...{ assumptions: { pay: "purchase" }, accelerators: ["H100-SXM-80GB", "TPU-v5e"] },
    };
    const answers = [
      ["/api/predict", 200, refused],
      ["/api/predict", 200, await ask("/api/predict", limited)],
      ["/api/choose", 200, await ask("/api/choose", bought)],
      ["/api/predict", 400, await ask("/api/predict", {})],
      ["/api/query", 400, await ask("/api/query", { sql: "SELECT" })],
      ["/api/query", 200, await ask("/api/query", { sql: "SELECT *, [1, 2] AS list FROM results LIMIT 3" })],
    ] as const;
    for (const [path, status, { status: got, answer }] of answers)
      expect({ path, got, wrong: checked(path, got, answer) }).toEqual({ path, got: status, wrong: [] });
    // A check that cannot fail would be none.
    expect(checked("/api/predict", 200, { work: {}, other: 1 }).length).toBeGreaterThan(5);
  });

  it("takes the bodies that it declares, and no others", () => {
    const ajv = new Ajv2020({ allErrors: true, strict: false });
    const schemaOf = (path: string): Schema =>
      document.paths[path]?.post?.requestBody?.content["application/json"].schema ?? {};
    const accepts = (path: string, body: object): boolean => ajv.compile(schemaOf(path))(body);
    const question = { model: "m", scenario: "Server", dataType: "fp8", accelerator: "c" };
    expect(accepts("/api/predict", question)).toBe(true);
    expect(accepts("/api/predict", { ...question, accelerators: 0 })).toBe(false);
    expect(accepts("/api/predict", { ...question, colour: "red" })).toBe(false);
    const need = { model: "m", scenario: "Server", tokensPerSecond: 5 };
    expect(accepts("/api/choose", { ...need, assumptions: { years: 2 } })).toBe(true);
    expect(accepts("/api/choose", { ...need, assumptions: { years: 0 } })).toBe(false);
  });
});
