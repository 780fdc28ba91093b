import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { type IncomingHttpHeaders, request } from "node:http";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type BoardServer, startBoardServer } from "#src/board/board-server.js";
import { spaceFiles, writeSite } from "#src/board/export-site.js";
import { openapiDocument } from "#src/board/openapi.js";
import { collectSite, type Site } from "#src/board/site.js";
import { writeForms } from "#src/openmlperf/forms/write-forms.js";
import { queryDataset } from "#src/openmlperf/query-dataset.js";
import { trainPredictor } from "#src/predict/train-predictor.js";
import { temporaryFolder } from "./child-script.ts";
import { emptyReport } from "./empty-report.ts";
import { madeResults, specTables } from "./made-results.ts";
import { sampleRecord } from "./sample-record.ts";

const cli = fileURLToPath(new URL("../dist/cli.js", import.meta.url));
const folder = temporaryFolder();
const dataset = join(folder, "openmlperf");
const runs = join(folder, "runs");
let site: Site;
let server: BoardServer;

beforeAll(async () => {
  const rows = madeResults();
  await writeForms(dataset, { rows, report: emptyReport });
  writeFileSync(join(dataset, "predictor.json"), JSON.stringify(trainPredictor(rows, specTables).file));
  for (const [path, id] of [
    ["one", "2026-one"],
    ["a-sweep/points/1", "2026-point-1"],
    ["a-sweep/points/2", "2026-point-2"],
  ] as const) {
    mkdirSync(join(runs, path), { recursive: true });
    writeFileSync(join(runs, path, "record.json"), JSON.stringify(sampleRecord({ id })));
  }
  writeFileSync(join(runs, "one", "requests.parquet"), "PAR1");
  writeFileSync(join(runs, "a-sweep", "sweep.json"), JSON.stringify({ schema: "flexbench.sweep/1" }));
  site = await collectSite({ dataset, runs: [runs], api: "api/" });
  server = await startBoardServer(site, { version: "1.2.3" });
});

afterAll(() => server.close());

const get = (path: string, init: RequestInit = {}) => fetch(new URL(path, server.url), init);
const post = (path: string, body: unknown) =>
  get(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });

/** What answers of the interface may hold. */
interface Told {
  runs: unknown[];
  code: string;
  hint: string;
  problems: { where: string; message: string }[];
  configurations: {
    accelerator: string;
    accelerators: number;
    cost: { perYear: number; perMillionTokens: number };
  }[];
}
const told = async (answer: Promise<Response>) => (await (await answer).json()) as Told;
const question = {
  ...{ model: "llama2-70b", scenario: "Server", dataType: "fp8" },
  ...{ accelerator: "H100-SXM-80GB", accelerators: 8 },
};

describe("a board", () => {
  it("serves the page, its data, and one's own runs and sweeps", async () => {
    expect(await (await get("/")).text()).toContain("<html");
    const settings = await told(get("board.json"));
    expect(settings).toMatchObject({
      datasets: [{ name: "Open MLPerf", url: "data/openmlperf.parquet" }],
      sweeps: [{ id: "a-sweep", runs: ["2026-point-1", "2026-point-2"] }],
      ...{ predictor: "data/predictor.json", prices: "data/prices.json", api: "api/" },
    });
    expect(settings.runs).toContainEqual({
      id: "2026-one",
      record: "runs/2026-one/record.json",
      requests: "runs/2026-one/requests.parquet",
    });
    expect(settings.runs).toContainEqual({
      id: "2026-point-1",
      record: "runs/2026-point-1/record.json",
      requests: null,
    });
    const record = await (await get("runs/2026-one/record.json")).json();
    expect(record).toMatchObject({ id: "2026-one" });
    expect(await (await get("data/prices.json")).json()).toMatchObject({ currency: "USD" });
  });

  it("gives parts of files, as readers of Parquet ask for them", async () => {
    const part = await get("data/openmlperf.parquet", { headers: { range: "bytes=0-3" } });
    expect([part.status, await part.text()]).toEqual([206, "PAR1"]);
    const end = await get("data/openmlperf.parquet", { headers: { range: "bytes=-4" } });
    expect(await end.text()).toBe("PAR1");
    const head = await get("data/openmlperf.parquet", { method: "HEAD" });
    expect(Number(head.headers.get("content-length"))).toBe(
      readFileSync(join(dataset, "openmlperf.parquet")).length,
    );
  });

  it("gives nothing else, and nothing to a page of another site", async () => {
    expect((await get("data/none.parquet")).status).toBe(404);
    expect(await statusOf("/../package.json")).toBe(404);
    expect(await statusOf("/%2e%2e/package.json")).toBe(404);
    expect(await statusOf("/", "board.example")).toBe(403);
    expect((await get("/", { method: "DELETE" })).status).toBe(405);
  });
});

/** The path exactly as given, which fetch would tidy. */
function statusOf(path: string, host?: string): Promise<number | undefined> {
  const { port } = new URL(server.url);
  return new Promise((resolve, reject) => {
    request({ port, host: "127.0.0.1", path, headers: host === undefined ? {} : { host } }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    })
      .on("error", reject)
      .end();
  });
}

/** An answer to a path exactly as given. */
function rawAnswer(
  path: string,
  { method = "GET", headers = {}, body }: RequestInit,
  host?: string,
): Promise<{ status: number | undefined; headers: IncomingHttpHeaders; body: string; hint: unknown }> {
  const { port } = new URL(server.url);
  const all = { ...(headers as Record<string, string>), ...(host === undefined ? {} : { host }) };
  return new Promise((resolve, reject) => {
    request({ port, host: "127.0.0.1", path, method, headers: all }, (answer) => {
      let text = "";
      answer.on("data", (part: Buffer) => {
        text += part.toString();
      });
      answer.on("end", () => {
        const { hint } = JSON.parse(text) as { hint: unknown };
        resolve({ status: answer.statusCode, headers: answer.headers, body: text, hint });
      });
    })
      .on("error", reject)
      .end(body);
  });
}

describe("its HTTP interface", () => {
  it("predicts, with support", async () => {
    const answer = await (await post("api/predict", question)).json();
    expect(answer).toMatchObject({
      prediction: { state: "predicted", basis: "known" },
      support: [{ accelerator: "H100-SXM-80GB" }, {}, {}],
    });
  });

  it("chooses by prices and assumptions of the caller", async () => {
    const need = { model: "llama2-70b", scenario: "Offline", tokensPerSecond: 50_000, dataTypes: ["fp8"] };
    const prices = { L40S: { hourly: 0.01, purchase: null } };
    const { configurations } = await told(post("api/choose", { ...need, prices }));
    expect(configurations[0]).toMatchObject({ accelerator: "L40S", cost: { state: "priced" } });
    const [first] = configurations;
    if (first === undefined) throw new Error("nothing was chosen");
    const { accelerators, cost } = first;
    expect(cost.perYear).toBeCloseTo(accelerators * 0.01 * 8766, 6);
    const half = await told(post("api/choose", { ...need, prices, assumptions: { utilisation: 0.5 } }));
    expect(half.configurations[0]?.cost.perMillionTokens).toBeCloseTo(2 * cost.perMillionTokens, 9);
  });

  it("queries the dataset, and nothing else of this machine", async () => {
    const counted = await (await post("api/query", { sql: "SELECT count(*)::INT AS n FROM results" })).json();
    expect(counted).toEqual({ columns: ["n"], rows: [{ n: madeResults().length }], truncated: false });
    for (const sql of [`SELECT * FROM read_csv('${cli}')`, `COPY results TO '${join(folder, "x.csv")}'`]) {
      const refused = await post("api/query", { sql });
      expect(refused.status).toBe(400);
      expect(await refused.json()).toMatchObject({ code: "DATASET_QUERY" });
    }
  });

  it("lists all problems of a question", async () => {
    const wrong = await post("api/predict", { ...question, scenario: "Fast", accelerators: 0 });
    expect(wrong.status).toBe(400);
    const { code, problems, hint } = (await wrong.json()) as Told;
    expect(code).toBe("BOARD_REQUEST");
    expect(problems.map(({ where }) => where)).toEqual(["scenario", "accelerators"]);
    expect(hint).toContain("openapi.json");
    const impossible = await told(post("api/predict", { ...question, dataType: "fp4" }));
    expect(impossible.problems[0]?.message).toContain("does not compute in fp4");
  });

  it("takes JSON by POST alone, up to a size", async () => {
    expect((await get("api/predict")).status).toBe(405);
    const form = await get("api/predict", { method: "POST", body: "model=x" });
    expect(form.status).toBe(415);
    expect((await post("api/none", {})).status).toBe(405);
    expect((await get("api/none")).status).toBe(404);
    const broken = await get("api/predict", {
      ...{ method: "POST", headers: { "content-type": "application/json" }, body: "{" },
    });
    expect(await broken.json()).toMatchObject({ problems: [{ message: "is no JSON" }] });
    expect((await post("api/predict", { model: "x".repeat(1_100_000) })).status).toBe(400);
  });

  it("is described for programs and for people, with examples that work", async () => {
    const document = openapiDocument("1.2.3") as {
      paths: Record<
        string,
        { post?: { requestBody: { content: { "application/json": { example: unknown } } } } }
      >;
    };
    expect(await (await get("openapi.json")).json()).toEqual(JSON.parse(JSON.stringify(document)));
    for (const [path, { post: operation }] of Object.entries(document.paths)) {
      const { status } =
        operation === undefined
          ? await get(path)
          : await post(path, operation.requestBody.content["application/json"].example);
      expect({ path, status }).toEqual({ path, status: 200 });
    }
    const page = await (await get("api")).text();
    for (const path of Object.keys(document.paths)) expect(page).toContain(path);
  });

  it("takes names in any case, and chips of one's own with their price", async () => {
    const changes = { model: "LLAMA2-70B", accelerator: "h100-sxm-80gb", dataType: "FP8" };
    expect(await (await post("api/predict", { ...question, ...changes })).json()).toMatchObject({
      work: { model: "llama2-70b", workload: "llama2-70b", tpotLimitMs: 200 },
      prediction: { state: "predicted" },
    });
    const unknown = await post("api/predict", { ...question, accelerator: "H101-SXM-80GB" });
    expect(unknown.status).toBe(400);
    expect(((await unknown.json()) as Told).problems).toEqual([
      { where: "accelerator", message: "H101-SXM-80GB is not known; did you mean H100-SXM-80GB?" },
    ]);
    const chip = {
      ...{ name: "H20", vendor: "NVIDIA", family: "Hopper", memoryGb: 96, memory_bandwidth_tbps: 4 },
      ...{ peak_bf16_tflops: 148, peak_fp8_tflops: 296 },
    };
    const need = { model: "llama2-70b", scenario: "Offline", tokensPerSecond: 5000, dataTypes: ["fp8"] };
    const prices = { h20: { hourly: 0.01, purchase: null } };
    const chosen = await told(post("api/choose", { ...need, chips: [chip], prices }));
    expect(chosen.configurations[0]).toMatchObject({ accelerator: "H20", cost: { state: "priced" } });
  });

  it("refuses every number and name of a need that is none, at once", async () => {
    const answer = await post("api/choose", {
      ...{
        model: { parameters: 120e9, experts: 4, expertsActive: 9 },
        scenario: "Offline",
        tokensPerSecond: "many",
      },
      ...{ maxNodes: 0.5, budgetPerYear: -1, framework: "Nonsense", accelerators: ["H9"] },
      assumptions: { years: 0, utilisation: 2, discount: 1 },
      prices: { MI300X: { hourly: 0, purchase: null }, MI300Y: { hourly: 1, purchase: null } },
    });
    expect(answer.status).toBe(400);
    const { code, problems } = (await answer.json()) as Told;
    expect(code).toBe("BOARD_REQUEST");
    expect(problems.map(({ where }) => where).toSorted()).toEqual([
      ...[
        "accelerators",
        "assumptions.discount",
        "assumptions.utilisation",
        "assumptions.years",
        "budgetPerYear",
      ],
      ...[
        "framework",
        "maxNodes",
        "model.expertsActive",
        "prices",
        "prices.MI300X.hourly",
        "tokensPerSecond",
      ],
    ]);
    expect((await told(post("api/choose", [1]))).problems).toEqual([
      { where: "body", message: "must be an object" },
    ]);
  });

  it("bounds what a query takes: rows, bytes, time and memory", async () => {
    const query = async (sql: string) => {
      const answer = await post("api/query", { sql });
      const content = (await answer.json()) as Told & { rows: Record<string, unknown>[]; truncated: boolean };
      return { status: answer.status, ...content };
    };
    const many = await query("SELECT range AS n FROM range(5000000)");
    expect([many.status, many.rows.length, many.truncated]).toEqual([200, 10_000, true]);
    expect(many.rows[1]).toEqual({ n: 1 });
    const large = await query("SELECT repeat('x', 10000000) AS text FROM range(5)");
    expect([large.rows.length, large.truncated]).toEqual([1, true]);
    const whole = await query("SELECT count(*) AS n, 9007199254740993 AS large FROM results");
    expect(whole.rows).toEqual([{ n: madeResults().length, large: "9007199254740993" }]);
    const hungry = await query("SELECT list(range) FROM range(500000000)");
    expect(hungry).toMatchObject({ status: 400, code: "DATASET_QUERY" });
    const wrong = await query("SELECT speed FROM results");
    expect(wrong.problems[0]?.where).toBe("sql");
    expect(JSON.stringify(wrong)).not.toContain(folder);
  });

  it("ends a query that takes too long", async () => {
    const slow = queryDataset(
      join(dataset, "openmlperf.parquet"),
      "SELECT sum(a.range * b.range) FROM range(10000000) a, range(10000000) b",
      {
        sealed: true,
        limits: { rows: 1, bytes: 1000, seconds: 0.2, megabytes: 200, threads: 1 },
      },
    );
    await expect(slow).rejects.toThrow("sql: took longer than 0.2 seconds");
  });

  it("tells no path of this machine", async () => {
    const broken = join(folder, "broken-predictor.json");
    writeFileSync(broken, "{}");
    const other = await startBoardServer(
      await collectSite({ dataset, predictor: broken, runs: [], api: "api/" }),
      { version: "1" },
    );
    try {
      const answer = await (await fetch(new URL("api/catalog", other.url))).text();
      expect(answer).toContain("broken-predictor.json: is no predictor");
      expect(answer).not.toContain(folder);
    } finally {
      await other.close();
    }
  });

  it("answers every refusal as JSON with a code", async () => {
    const json = { headers: { "content-type": "application/json" } };
    const answers: [number, string, string, RequestInit?, string?][] = [
      [400, "BOARD_ADDRESS", "/%"],
      [400, "BOARD_ADDRESS", "/%zz"],
      [400, "BOARD_ADDRESS", "//"],
      [403, "BOARD_HOST", "/", {}, "board.example"],
      [404, "BOARD_NOT_FOUND", "/none"],
      [404, "BOARD_NOT_FOUND", "/api/toString"],
      [405, "BOARD_METHOD", "/", { method: "DELETE" }],
      [405, "BOARD_METHOD", "/api/predict"],
      [415, "BOARD_CONTENT_TYPE", "/api/predict", { method: "POST" }],
      [400, "BOARD_REQUEST", "/api/query", { method: "POST", ...json, body: "{}" }],
      [416, "BOARD_RANGE", "/data/openmlperf.parquet", { headers: { range: "bytes=999999999-" } }],
      [416, "BOARD_RANGE", "/data/openmlperf.parquet", { headers: { range: "bytes=-0" } }],
    ];
    for (const [status, code, path, init = {}, host] of answers) {
      const answer = await rawAnswer(path, init, host);
      expect([path, answer.status, JSON.parse(answer.body)]).toEqual([
        path,
        status,
        { code, message: expect.any(String), hint: answer.hint, problems: expect.any(Array) },
      ]);
      expect(answer.headers["content-type"]).toBe("application/json");
    }
    expect((await get("/api/predict")).headers.get("allow")).toBe("POST");
    const size = readFileSync(join(dataset, "openmlperf.parquet")).length;
    const outside = await get("data/openmlperf.parquet", { headers: { range: `bytes=${size}-` } });
    expect([outside.status, outside.headers.get("content-range")]).toEqual([416, `bytes */${size}`]);
    // A range that is none is passed over.
    const backwards = await get("data/openmlperf.parquet", {
      method: "HEAD",
      headers: { range: "bytes=9-2" },
    });
    expect(backwards.status).toBe(200);
  });

  it("says so where there is no predictor and no dataset", async () => {
    const bare = await startBoardServer(await collectSite({ dataset: null, runs: [], api: "api/" }), {
      version: "1",
    });
    try {
      for (const [path, body] of [
        ["predict", question],
        ["query", { sql: "SELECT 1" }],
      ] as const) {
        const answer = await fetch(new URL(`api/${path}`, bare.url), {
          ...{ method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) },
        });
        expect(answer.status).toBe(404);
      }
    } finally {
      await bare.close();
    }
  });
});

describe("a board for other hosts", () => {
  it("is a folder of files, which an older board may be in and nothing else", async () => {
    const output = join(folder, "static");
    const count = await writeSite(await collectSite({ dataset, runs: [runs], api: null }), output);
    expect(await writeSite(await collectSite({ dataset, runs: [], api: null }), output)).toBeLessThan(count);
    expect(JSON.parse(readFileSync(join(output, "board.json"), "utf8"))).toMatchObject({
      api: null,
      runs: [],
    });
    await expect(writeSite(site, folder)).rejects.toMatchObject({ code: "BOARD_OUTPUT" });
  });

  it("keeps within its folder, whatever a record calls itself", async () => {
    const strange = join(folder, "strange");
    for (const [name, id] of [
      ["deep", "../../../pwned"],
      ["hash", "a#b/c"],
      ["same", "2026-twin"],
      ["twin", "2026-twin"],
    ] as const) {
      mkdirSync(join(strange, name), { recursive: true });
      writeFileSync(join(strange, name, "record.json"), JSON.stringify(sampleRecord({ id })));
    }
    const strangeSite = await collectSite({ dataset: null, runs: [strange], api: null });
    const records = [...strangeSite.files.keys()].filter((name) => name.startsWith("runs/"));
    expect(records.toSorted()).toEqual([
      ...["runs/2026-twin-2/record.json", "runs/2026-twin/record.json"],
      ...["runs/run-deep/record.json", "runs/run-hash/record.json"],
    ]);
    const output = join(folder, "kept-within");
    await writeSite(strangeSite, output);
    expect(existsSync(join(output, "runs/run-deep/record.json"))).toBe(true);
    const outside: Site = { ...strangeSite, files: new Map([["../pwned.json", { content: "{}" }]]) };
    await expect(writeSite(outside, join(folder, "never"))).rejects.toMatchObject({ code: "BOARD_OUTPUT" });
    expect(existsSync(join(folder, "pwned.json"))).toBe(false);
  });

  it("is a static Space of the Hub", async () => {
    const files = await spaceFiles(site);
    const card = await files.find(({ path }) => path === "README.md")?.content.text();
    expect(card).toMatch(/^---\n[\s\S]*sdk: static\n[\s\S]*---/);
    expect(files.map(({ path }) => path)).toContain("index.html");
  });

  it("names data that are not there", async () => {
    const missing = { dataset: join(folder, "none"), runs: [], api: null };
    await expect(collectSite(missing)).rejects.toMatchObject({ code: "BOARD_DATASET" });
    await expect(collectSite({ ...missing, dataset, runs: [join(folder, "x")] })).rejects.toMatchObject({
      code: "BOARD_RUNS",
    });
    await expect(collectSite({ ...missing, dataset, predictor: "none.json" })).rejects.toMatchObject({
      code: "BOARD_PREDICTOR",
    });
  });
});

describe("the command", () => {
  it("serves until it is stopped", async () => {
    const child = spawn(
      process.execPath,
      [cli, "board", "--dataset", dataset, "--runs", runs, "--port", "0", "--json"],
      {
        cwd: folder,
      },
    );
    const { url, runs: count } = JSON.parse(await firstLine(child)) as { url: string; runs: number };
    expect(count).toBe(3);
    expect((await fetch(url)).status).toBe(200);
    child.kill("SIGTERM");
    const code = await new Promise((resolve) => child.once("exit", resolve));
    expect(code).toBe(0);
    await expect(fetch(url)).rejects.toThrow();
  });

  it("builds, and says what it would publish", () => {
    const run = (...args: string[]) =>
      spawnSync(process.execPath, [cli, "board", ...args, "--dataset", dataset], {
        cwd: folder,
        encoding: "utf8",
      });
    expect(run("build", "--output", "out").stdout).toMatch(/out: \d+ files/);
    const dry = run("publish", "owner/space", "--dry-run").stdout;
    expect(dry).toContain("index.html");
    expect(dry).toContain("Nothing was sent");
    const env = { ...process.env, HF_TOKEN: "", HF_TOKEN_PATH: join(folder, "none"), HF_HOME: folder };
    const real = spawnSync(process.execPath, [cli, "board", "publish", "owner/space", "--dataset", dataset], {
      ...{ cwd: folder, encoding: "utf8", env },
    });
    expect(real.stderr).toContain("HF_TOKEN");
    expect(real.status).toBe(2);
  });
});

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    child.stdout?.on("data", (part: Buffer) => {
      text += part.toString();
      if (text.includes("\n")) resolve(text.slice(0, text.indexOf("\n")));
    });
    child.once("exit", (code) => reject(new Error(`ended with ${code}`)));
  });
}
