import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { readDetailLog } from "#src/loadgen/detail-log.js";
import { runTest } from "#src/loadgen/session.js";
import type { TestSettingsInput } from "#src/loadgen/settings.js";
import { temporaryFolder } from "./child-script.ts";
import { pythonLoadgen, runPythonTest } from "./python-loadgen.ts";

// The addon and PyPI's wheel compile the same sources: with the same settings they must prepare the same test.

interface Comparison {
  name: string;
  scenario: "Server" | "Offline" | "SingleStream" | "MultiStream";
  mode?: "PerformanceOnly" | "AccuracyOnly";
  conf?: string;
  total?: number;
  performance?: number;
  settings?: TestSettingsInput;
}

const seeds: TestSettingsInput = {
  qslRngSeed: 11n,
  sampleIndexRngSeed: 22n,
  scheduleRngSeed: 2n ** 63n + 5n,
};
const short: TestSettingsInput = {
  ...seeds,
  minDurationMs: 300,
  minQueryCount: 120,
  useTokenLatencies: true,
};

const comparisons: Comparison[] = [
  { name: "Server", scenario: "Server", settings: { ...short, serverTargetQps: 400 } },
  {
    name: "Server with equal issue",
    scenario: "Server",
    settings: { ...short, serverTargetQps: 400, sampleConcatenatePermutation: true },
  },
  {
    name: "Server, a part of the samples",
    scenario: "Server",
    total: 1000,
    performance: 64,
    settings: { ...short, serverTargetQps: 400 },
  },
  {
    name: "Server, accuracy",
    scenario: "Server",
    mode: "AccuracyOnly",
    settings: { ...short, serverTargetQps: 400 },
  },
  { name: "Offline", scenario: "Offline", settings: { ...short, offlineExpectedQps: 500 } },
  {
    name: "Offline with equal issue",
    scenario: "Offline",
    settings: { ...short, offlineExpectedQps: 500, sampleConcatenatePermutation: true },
  },
  {
    name: "Offline, unique samples",
    scenario: "Offline",
    settings: { ...short, offlineExpectedQps: 500, performanceIssueUnique: true },
  },
  {
    name: "Offline, accuracy",
    scenario: "Offline",
    mode: "AccuracyOnly",
    total: 100,
    performance: 32,
    settings: short,
  },
  {
    name: "SingleStream",
    scenario: "SingleStream",
    settings: { ...short, maxQueryCount: 120, minDurationMs: 0 },
  },
  {
    name: "MultiStream",
    scenario: "MultiStream",
    settings: { ...short, maxQueryCount: 120, minDurationMs: 0 },
  },
  ...["llama2-70b", "llama3_1-8b-interactive", "gpt-oss-120b", "deepseek-r1"].map(
    (conf): Comparison => ({
      name: `official settings of ${conf}`,
      scenario: "Server",
      conf,
      settings: {
        minDurationMs: 300,
        minQueryCount: 128,
        serverTargetQps: 400,
        performanceSampleCountOverride: 64,
      },
    }),
  ),
];

const comparedKeys =
  /^(requested_|effective_|generated_query_count|generated_samples_per_query|generated_query_duration|loaded_qsl_set|qsl_reported_)/;

function preparedTest(folder: string): Record<string, unknown[]> {
  const found: Record<string, unknown[]> = {};
  for (const { key, value } of readDetailLog(join(folder, "mlperf_log_detail.txt"))) {
    if (comparedKeys.test(key)) found[key] = [...(found[key] ?? []), value];
  }
  return found;
}

const snakeCase = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
/** The Python binding drops the scenario from two names. */
const pythonName = (name: string) =>
  ({ server_ttft_latency: "ttft_latency", server_tpot_latency: "tpot_latency" })[name] ?? name;

describe("the addon and the Python binding", () => {
  const folder = temporaryFolder();

  beforeAll(async () => {
    await pythonLoadgen();
  }, 180_000);

  it.each(comparisons)("prepare the same test: $name", async (comparison) => {
    const {
      name,
      scenario,
      mode = "PerformanceOnly",
      conf,
      total = 64,
      performance = total,
      settings = {},
    } = comparison;
    const ours = join(folder, `${name}-ours`);
    const theirs = join(folder, `${name}-theirs`);
    mkdirSync(theirs, { recursive: true });
    const order: number[] = [];
    const outcome = await runTest({
      settings: { scenario, mode, ...settings },
      ...(conf === undefined ? {} : { conf: { model: conf } }),
      log: { outdir: ours },
      sut: {
        name: "PySUT",
        issue(batch, report) {
          for (let i = 0; i < batch.count; i++) {
            order.push(batch.samples[i] as number);
            report.firstToken(batch.slots[i] as number, new Int32Array([1]));
            report.complete(batch.slots[i] as number, new Int32Array([1, 2, 3]), 3);
          }
        },
      },
      library: { name: "PyQSL", totalSampleCount: total, performanceSampleCount: performance },
    });
    expect(outcome.state).toBe("completed");
    const pythonOrder = await runPythonTest({
      settings: Object.fromEntries(
        Object.entries(settings).map(([field, value]) => [
          pythonName(snakeCase(field)),
          typeof value === "bigint" ? `@${value}@` : value,
        ]),
      ),
      scenario,
      mode,
      conf: conf ?? null,
      outdir: theirs,
      total,
      performance,
    });
    const prepared = preparedTest(ours);
    expect(prepared).toEqual(preparedTest(theirs));
    expect(Object.keys(prepared).length).toBeGreaterThan(30);
    // In the closed loops the number of queries depends on the speed of the answers.
    const common = Math.min(order.length, pythonOrder.length);
    expect(common).toBeGreaterThanOrEqual(mode === "AccuracyOnly" ? total : 64);
    expect(order.slice(0, common)).toEqual(pythonOrder.slice(0, common));
    if (scenario !== "SingleStream" && scenario !== "MultiStream")
      expect(order.length).toBe(pythonOrder.length);
  });
});
