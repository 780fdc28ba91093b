import { execFile } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compareEndpoints } from "#src/campaign/compare-endpoints.js";
import { compareFolders } from "#src/campaign/compare-folders.js";
import { type ComparedRun, type Comparison, compareSides, type Side } from "#src/campaign/comparison.js";
import { renderComparison } from "#src/campaign/comparison-table.js";
import type { SweepEvent } from "#src/campaign/sweep-session.js";
import { loadRunConfig } from "#src/config/load-run-config.js";
import { seededRandom } from "#src/dataset/seeded-random.js";
import { buildPage, readComparedRuns } from "#src/report/build-page.js";
import type { RunRecord } from "#src/results/record.js";
import { readRecord } from "#src/results/store.js";
import { run } from "#src/run.js";
import type { RunningServer } from "#src/server/running-server.js";
import { spawnSim } from "#src/server/sim-process.js";
import { TimelineWriter } from "#src/sut/timeline-writer.js";
import { temporaryFolder } from "./child-script.ts";
import { sampleRecord } from "./sample-record.ts";

interface Server {
  /** Mean time to first token, ms, with an exponential part of a tenth. */
  ttftMs: number;
  tpotMs: number;
  /** How much this run is slower as a whole, as a share. */
  drift?: number;
}

/** A run of Poisson arrivals in which neighbours are slow together, as behind a queue. */
function simulatedRun(
  server: Server,
  seed: number,
  changes: Partial<RunRecord> = {},
  count = 600,
): ComparedRun {
  const random = seededRandom(seed, 7);
  const exponential = (mean: number) => -mean * Math.log(1 - random());
  const writer = new TimelineWriter();
  let now = 0;
  let congestion = 0;
  for (let sample = 0; sample < count; sample++) {
    now += exponential(20e6);
    congestion = 0.9 * congestion + exponential(0.01);
    const slow = (1 + (server.drift ?? 0)) * (0.9 + congestion);
    const firstTokenNs = now + slow * (server.ttftMs * 1e6 + exponential(server.ttftMs * 1e5));
    const lastTokenNs = firstTokenNs + 9 * slow * server.tpotMs * 1e6;
    writer.add({
      ...{ sample, endpoint: 0, worker: 0, scheduledNs: now, issuedNs: now, sentNs: now },
      ...{ firstByteNs: firstTokenNs, firstTokenNs, firstAnswerTokenNs: firstTokenNs, lastTokenNs },
      ...{ completedNs: lastTokenNs, promptTokens: 5, outputTokens: 10, tokenEvents: 10 },
      ...{ finishReason: "length", error: null },
    });
  }
  const record = sampleRecord({ id: `run-${seed}`, config: { seed, targetQps: 50 }, ...changes });
  return { record, timeline: writer.finish(0) };
}

const side = (name: string, runs: ComparedRun[]): Side => ({ name, runs });
const usual: Server = { ttftMs: 20, tpotMs: 5 };

function verdictOf(sides: readonly Side[], paired = false): string {
  return compareSides(sides, { paired }).comparisons[0]?.conclusion ?? "none";
}

describe("two runs", () => {
  it("of the same server are rarely told apart", () => {
    const verdicts = Array.from({ length: 20 }, (_, pair) =>
      verdictOf([side("A", [simulatedRun(usual, 2 * pair)]), side("B", [simulatedRun(usual, 2 * pair + 1)])]),
    );
    expect(verdicts.filter((verdict) => verdict !== "not told apart").length).toBeLessThanOrEqual(3);
  });

  it("of which one is 10 % slower are told apart, either way round", () => {
    const fast = side("A", [simulatedRun(usual, 1)]);
    const slow = side("B", [simulatedRun({ ttftMs: 22, tpotMs: 5.5 }, 2)]);
    const { comparisons, basis, notes } = compareSides([fast, slow], { paired: false });
    expect(basis).toBe("requests");
    expect(notes.at(-1)).toMatch(/^Fewer than 3 runs a side/);
    expect(comparisons[0]?.sentence).toMatch(
      /^B is slower than A: TTFT p50 \d+(\.\d)? % more \(.* to .*\), TPOT p50 .* % more \(.*\), latency p50 .*\.$/,
    );
    const ttft = comparisons[0]?.differences.find(({ figure }) => figure === "ttftP50Ns");
    expect(ttft?.change).toBeGreaterThan(0.05);
    expect(ttft?.interval?.low).toBeLessThan(0.1);
    expect(ttft?.interval?.high).toBeGreaterThan(0.1);
    expect(ttft?.familyInterval?.high).toBeGreaterThan(ttft?.interval?.high ?? 0);
    expect(verdictOf([slow, fast])).toBe("faster");
    expect(compareSides([slow, fast], { paired: false }).comparisons[0]?.sentence).toContain("% less (");
  });

  it("of which one is better in one thing and worse in another are said to be so", () => {
    const other = simulatedRun({ ttftMs: 40, tpotMs: 3 }, 2);
    const { conclusion, sentence } = compareSides([side("A", [simulatedRun(usual, 1)]), side("B", [other])], {
      paired: false,
    }).comparisons[0] ?? { conclusion: "", sentence: "" };
    expect(conclusion).toBe("mixed");
    expect(sentence).toMatch(/^B is better than A in TPOT p50 .*, and worse in TTFT p50/);
  });

  it("give the same intervals again", () => {
    const sides = [side("A", [simulatedRun(usual, 1)]), side("B", [simulatedRun(usual, 2)])];
    expect(compareSides(sides, { paired: false })).toEqual(compareSides(sides, { paired: false }));
  });
});

describe("several runs a side", () => {
  const drifts = [0.3, -0.1, 0.15, 0];
  const rounds = (server: Server, seed: number) =>
    drifts.map((drift, round) => simulatedRun({ ...server, drift }, seed + round));

  it("in pairs see through a machine that drifts", () => {
    const sides = [side("A", rounds(usual, 10)), side("B", rounds({ ttftMs: 21, tpotMs: 5.25 }, 20))];
    expect(compareSides(sides, { paired: true })).toMatchObject({ basis: "pairs", notes: [] });
    expect(verdictOf(sides, true)).toBe("slower");
    expect(compareSides(sides, { paired: false }).basis).toBe("runs");
    expect(verdictOf(sides, false)).toBe("not told apart");
  });

  it("of the same server are not told apart by their drift", () => {
    const sides = [side("A", rounds(usual, 10)), side("B", rounds(usual, 30))];
    expect(verdictOf(sides, true)).toBe("not told apart");
  });

  it("compares every side with the first", () => {
    const sides = ["A", "B", "C"].map((name, index) =>
      side(name, rounds({ ttftMs: 20, tpotMs: 5 + index }, 40)),
    );
    const { comparisons } = compareSides(sides, { paired: true });
    expect(comparisons.map(({ name, conclusion }) => [name, conclusion])).toEqual([
      ["B", "slower"],
      ["C", "slower"],
    ]);
  });
});

describe("what weakens a comparison", () => {
  const runOf = (changes: Partial<RunRecord>) => side("B", [simulatedRun(usual, 2, changes)]);
  const base = side("A", [simulatedRun(usual, 1)]);

  it("is noted: other options, other data, another model, a run that is not VALID", () => {
    const other = runOf({
      state: "invalid",
      config: { targetQps: 60, seed: 9, output: "elsewhere" },
      model: { name: "other", module: "generic" },
      dataset: { ...sampleRecord().dataset, name: "prompts" },
    });
    expect(compareSides([base, other], { paired: false }).notes.slice(0, -1)).toEqual([
      "B: run-2 is invalid.",
      "The runs differ in targetQps.",
      "The datasets differ.",
      "The models differ.",
    ]);
  });

  it("is an error where nothing can be compared", () => {
    const loadgen = sampleRecord().loadgen;
    const offline = runOf({ loadgen: loadgen && { ...loadgen, scenario: "Offline" } });
    expect(() => compareSides([base, offline], { paired: false })).toThrow(
      /the scenarios differ: Server, Offline/,
    );
    expect(() => compareSides([base, runOf({ loadgen: null })], { paired: false })).toThrow(
      "B: run-2 holds no performance test",
    );
    expect(() => compareSides([base], { paired: false })).toThrow("two sides");
    const empty = side("B", [{ record: sampleRecord(), timeline: new TimelineWriter().finish(0) }]);
    expect(() => compareSides([base, empty], { paired: false })).toThrow("has no requests");
  });
});

describe("endpoints", () => {
  const folder = temporaryFolder();
  const servers: RunningServer[] = [];
  let result: { comparison: Comparison; folder: string };
  const order: string[] = [];

  const configFor = (endpoint: string[], output: string, flags: Record<string, unknown> = {}) =>
    loadRunConfig({
      flags: {
        ...{ endpoint, targetQps: 80, minQueries: 64, duration: "500ms", percentile: 90, maxTokens: 4 },
        ...{ datasetOption: ["size=32"], output, ...flags },
      },
    });

  beforeAll(async () => {
    // Slower in every way: else the noise of a busy machine may find something in which the slower one is better.
    for (const slowness of [1, 2]) {
      const ttft = { shape: "fixed", ms: 20 * slowness } as const;
      servers.push(await spawnSim({ ttft, itl: { shape: "fixed", ms: 4 * slowness } }));
    }
    const config = configFor(
      servers.map(({ url }) => url),
      join(folder, "endpoints"),
    );
    result = await compareEndpoints(config, {
      repeats: 3,
      coolDownNs: 1e6,
      run: async (runConfig, options) => {
        order.push(runConfig.endpoints.join());
        return run(runConfig, options);
      },
    });
  });
  afterAll(() => Promise.all(servers.map((server) => server.stop())));

  it("run in turns, turned round in every second round, with the same arrivals within a round", async () => {
    const [a, b] = servers.map(({ url }) => url);
    expect(order).toEqual([a, b, b, a, a, b]);
    const folders = readdirSync(result.folder).sort();
    expect(folders).toEqual([
      "comparison-plan.json",
      "comparison.json",
      ...[1, 2, 3].flatMap((round) => [`round-${round}-a`, `round-${round}-b`]),
    ]);
    const seeds = await Promise.all(
      folders.slice(2).map(async (name) => (await readRecord(join(result.folder, name))).config.seed),
    );
    expect(seeds).toEqual([42, 42, 45, 45, 48, 48]);
  });

  it("are told apart, and the comparison is written down", () => {
    const { comparison } = result;
    expect(comparison).toMatchObject({
      schema: "flexbench.comparison/1",
      basis: "pairs",
      base: servers[0]?.url,
      comparisons: [{ name: servers[1]?.url, conclusion: "slower" }],
    });
    expect(comparison.comparisons[0]?.sentence).toContain("TTFT p50");
    const written = JSON.parse(readFileSync(join(result.folder, "comparison.json"), "utf8"));
    expect(written).toEqual(JSON.parse(JSON.stringify(comparison)));
    const table = renderComparison(comparison, "here");
    expect(table).toMatch(/^TTFT p50 +2\d(\.\d+)? ms +4\d(\.\d+)? ms +\+\d/m);
    expect(table).toContain("differences between the runs of each round");
    expect(table.trimEnd().endsWith("Files  here")).toBe(true);
  });

  it("their finished runs can be compared as folders or records", async () => {
    const paths = ["round-1-a", "round-1-b"].map((name) => join(result.folder, name));
    const comparison = await compareFolders(paths);
    expect(comparison).toMatchObject({
      basis: "requests",
      base: "round-1-a",
      comparisons: [{ name: "round-1-b", conclusion: "slower" }],
    });
    const records = await compareFolders(paths.map((path) => join(path, "record.json")));
    expect(records.comparisons[0]?.differences).toEqual(comparison.comparisons[0]?.differences);
  });

  it("every folder that holds no run is named", async () => {
    const bare = join(folder, "bare");
    mkdirSync(bare);
    await expect(compareFolders([bare, join(folder, "absent")])).rejects.toMatchObject({
      code: "COMPARE_UNREADABLE",
      problems: [{ where: join(bare, "record.json") }, { where: join(folder, "absent") }],
    });
    writeFileSync(join(bare, "record.json"), readFileSync(join(result.folder, "round-1-a", "record.json")));
    await expect(compareFolders([bare, bare])).rejects.toMatchObject({
      problems: [{ where: join(bare, "requests.parquet") }, {}],
    });
  });

  it("need to be two, in a folder that holds nothing else and no other plan", async () => {
    const [a = "", b = ""] = servers.map(({ url }) => url);
    const options = { repeats: 1, coolDownNs: 1e6, run };
    const alone = compareEndpoints(configFor([a], join(folder, "alone"), { mode: "all" }), options);
    await expect(alone).rejects.toMatchObject({ problems: [{ where: "--endpoint" }, { where: "--mode" }] });
    const other = compareEndpoints(configFor([b, a], result.folder, { maxTokens: 5 }), options);
    await expect(other).rejects.toMatchObject({
      code: "COMPARE_OTHER_PLAN",
      problems: [
        { where: "repeats", message: "was 3 and is now 1" },
        { where: "config.endpoint", message: `was ["${a}","${b}"] and is now ["${b}","${a}"]` },
        { where: "config.maxTokens", message: "was 4 and is now 5" },
      ],
      hint: expect.stringContaining("holds a comparison of another plan"),
    });
    const foreign = join(folder, "foreign");
    mkdirSync(foreign);
    writeFileSync(join(foreign, "notes.txt"), "mine");
    const there = () => compareEndpoints(configFor([a, b], foreign), options);
    await expect(there()).rejects.toMatchObject({ code: "OUTPUT_NOT_EMPTY" });
    writeFileSync(join(foreign, "comparison-plan.json"), "{");
    await expect(there()).rejects.toMatchObject({ code: "COMPARE_UNREADABLE" });
    writeFileSync(join(foreign, "comparison-plan.json"), "{}");
    await expect(there()).rejects.toMatchObject({ code: "COMPARE_BROKEN" });
    expect(readFileSync(join(foreign, "notes.txt"), "utf8")).toBe("mine");
  });

  it("go on where they were interrupted: what is finished is kept, the rest is run anew", async () => {
    const output = join(folder, "stopped");
    const config = configFor(
      servers.map(({ url }) => url),
      output,
    );
    const stop = new AbortController();
    const messages: string[] = [];
    const options = { repeats: 1, coolDownNs: 1e6, run };
    const isSecondRun = () => messages.at(-1)?.endsWith(servers[1]?.url ?? "none");
    const stopped = compareEndpoints(config, {
      ...options,
      signal: stop.signal,
      listener: {
        onSweepEvent: (event: SweepEvent) => {
          if (event.kind === "message") messages.push(event.message);
          if (event.kind === "run-event" && event.event.kind === "snapshot" && isSecondRun()) stop.abort();
        },
      },
    });
    await expect(stopped).rejects.toHaveProperty("name", "SweepInterrupted");
    expect(messages.at(-1)).toBe(`Interrupted: the same command with --output ${output} goes on.`);
    expect(readdirSync(output)).toEqual(["comparison-plan.json", "round-1-a"]);
    const first = await readRecord(join(output, "round-1-a"));

    // What a comparison that was killed leaves: a run half written, and one that was whole but not noted.
    mkdirSync(join(output, "round-1-b.partial-abc123"));
    mkdirSync(join(output, "round-1-b"));
    writeFileSync(join(output, "round-1-b", "record.json"), "{}");
    writeFileSync(join(output, "comparison-plan.json.1"), "{");
    const made: string[] = [];
    const again = await compareEndpoints(config, {
      ...options,
      run: (runConfig, runOptions) => {
        made.push(...runConfig.endpoints);
        return run(runConfig, runOptions);
      },
    });
    expect(made).toEqual([servers[1]?.url]);
    expect(again.comparison.sides[0]?.runs).toEqual([first.id]);
    expect(readdirSync(output).sort()).toEqual([
      ...["comparison-plan.json", "comparison.json", "round-1-a", "round-1-b"],
    ]);
  });

  it("by the command: finished runs are kept, and the page of the comparison is left", async () => {
    const cli = fileURLToPath(new URL("../dist/cli.js", import.meta.url));
    const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("FLEXBENCH_"));
    const options = {
      ...{ "target-qps": 80, "min-queries": 64, duration: "500ms", percentile: 90, "max-tokens": 4 },
      ...{ "dataset-option": "size=32", output: result.folder, repeats: 3, "cool-down": "1ms" },
    };
    const { stdout, stderr } = await promisify(execFile)(
      process.execPath,
      [
        ...[cli, "compare", ...servers.flatMap(({ url }) => ["--endpoint", url])],
        ...Object.entries(options).flatMap(([name, value]) => [`--${name}`, `${value}`]),
      ],
      { cwd: folder, env: Object.fromEntries(inherited) },
    );
    expect(stderr.match(/finished before$/gm)).toHaveLength(6);
    expect(stdout).toContain(result.comparison.comparisons[0]?.sentence);
    expect(stdout).toMatch(/^Files {2}endpoints\nPage {3}endpoints\/report\.html\n$/m);
    const page = readFileSync(join(result.folder, "report.html"), "utf8");
    expect(page).toBe(await buildPage([result.folder]));
    expect(page).toContain("<h1>2 endpoints compared by 6 runs</h1>");
    expect(page).toContain(`<li>${result.comparison.comparisons[0]?.sentence}</li>`);
    expect(page).toMatch(/<th scope="row">TTFT p50<\/th><td>2\d/);
    const names = (await readComparedRuns([result.folder])).map(({ name }) => name);
    expect(names).toEqual(["a", "b"].flatMap((side) => [1, 2, 3].map((round) => `round-${round}-${side}`)));
  });
});
