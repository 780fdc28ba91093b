import { spawnSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "csv-parse/sync";
import { parquetReadObjects } from "hyparquet";
import { beforeAll, describe, expect, it } from "vitest";
import { endpointsSummary } from "#src/report/endpoints-summary.js";
import { vllmBenchResult } from "#src/report/vllm-bench.js";
import { runFiles } from "#src/results/store.js";
import { temporaryFolder } from "./child-script.ts";
import { madeTimeline, writeMadeRun } from "./made-run.ts";
import { sampleRecord } from "./sample-record.ts";

const folder = temporaryFolder();
const cli = fileURLToPath(new URL("../dist/cli.js", import.meta.url));
const first = join(folder, "first");
const second = join(folder, "second");
const timeline = madeTimeline({ count: 400, perSecond: 100, failEvery: 4 });

beforeAll(async () => {
  await writeMadeRun(first, timeline, { requests: { ...sampleRecord().requests, issued: 400, failed: 100 } });
  await writeMadeRun(second, madeTimeline({ count: 40, perSecond: 10 }), {
    state: "invalid",
    dataset: { ...sampleRecord().dataset, name: 'with, comma and "quotes"' },
    metrics: { ...sampleRecord().metrics, goodput: null },
  });
});

function report(...args: string[]): { code: number | null; stdout: Buffer; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, "report", ...args], { cwd: folder });
  return { code: status, stdout, stderr: stderr.toString() };
}

/** The rows of an array of objects, whatever it is. */
function rowsOf(value: unknown): Record<string, unknown>[] {
  return value as Record<string, unknown>[];
}

describe("formats of our own", () => {
  it("csv holds a row a run, and nothing for what was not measured", () => {
    const { code, stdout } = report(first, second, "--format", "csv");
    const rows = rowsOf(parse(stdout, { columns: true }));
    expect(code).toBe(0);
    expect(rows.map(({ name, state, ttftP99Ns }) => [name, state, ttftP99Ns])).toEqual([
      ["first", "valid", "28574000"],
      ["second", "invalid", "28574000"],
    ]);
    expect(rows[1]).toMatchObject({
      dataset: 'with, comma and "quotes"',
      goodputShare: "",
      energyJoules: "",
    });
  });

  it("json holds the same figures under its schema", () => {
    const { stdout } = report(first, "--format", "json");
    const { schema, runs } = JSON.parse(stdout.toString()) as { schema: string; runs: unknown };
    expect(schema).toBe("flexbench.figures/1");
    expect(rowsOf(runs)[0]).toMatchObject({ name: "first", tokensPerSecond: 9941.2, energyJoules: null });
  });

  it("parquet holds the same, each column of one type", async () => {
    const { code, stdout } = report(first, second, "--format", "parquet");
    expect(code).toBe(0);
    const bytes = new Uint8Array(stdout).buffer;
    const rows = await parquetReadObjects({ file: bytes });
    expect(rows.map(({ name, goodputShare, simulated }) => [name, goodputShare, simulated])).toEqual([
      ["first", 0.9996, false],
      ["second", null, false],
    ]);
  });

  it("md is a table for one run and for several", () => {
    const one = report(first, "--format", "md").stdout.toString();
    expect(one).toContain("| Verdict | **VALID** (not verified by MLCommons) |");
    expect(one).toContain("| TTFT | 20.41 ms |");
    const both = report(first, second, "--format", "md").stdout.toString();
    expect(both).toContain("| second | INVALID |");
  });

  it("goes to a file when asked, and says which", () => {
    const file = join(folder, "figures.csv");
    const { stdout, stderr } = report(first, "--format", "csv", "--output", file);
    expect({ stdout: stdout.toString(), stderr }).toEqual({ stdout: "", stderr: `${file}\n` });
    expect(readFileSync(file, "utf8")).toContain("ttftP50Ns");
  });
});

describe("the shape of vllm bench serve", () => {
  const result = vllmBenchResult(sampleRecord(), timeline);

  it("has the keys that it writes", () => {
    const expected = [
      ...["date", "endpoint_type", "backend", "label", "model_id", "tokenizer_id", "num_prompts"],
      ...["request_rate", "burstiness", "max_concurrency", "duration", "completed", "failed"],
      ...["total_input_tokens", "total_output_tokens", "request_throughput", "request_goodput"],
      ...["output_throughput", "total_token_throughput", "max_concurrent_requests"],
      ...["ttft", "tpot", "itl", "e2el"].flatMap((name) =>
        ["mean", "median", "std", "p90", "p95", "p99"].map((figure) => `${figure}_${name}_ms`),
      ),
    ];
    expect(Object.keys(result).sort()).toEqual(expected.sort());
  });

  it("counts good requests, from the moment of sending, and takes percentiles as NumPy does", () => {
    const { sentNs, firstTokenNs, completedNs } = timeline.columns;
    const good = [...sentNs.keys()].filter((row) => row % 4 !== 0);
    const times = good
      .map((row) => ((firstTokenNs[row] ?? 0) - (sentNs[row] ?? 0)) / 1e6)
      .sort((a, b) => a - b);
    const mean = times.reduce((sum, time) => sum + time, 0) / times.length;
    const between = ((times[149] ?? 0) + (times[150] ?? 0)) / 2;
    const duration = (Math.max(...completedNs) - Math.min(...sentNs)) / 1e9;
    expect(result).toMatchObject({ completed: 300, total_output_tokens: 9600, total_input_tokens: 38_400 });
    expect(result.mean_ttft_ms).toBeCloseTo(mean, 6);
    expect(result.median_ttft_ms).toBeCloseTo(between, 6);
    expect(result.duration).toBeCloseTo(duration, 9);
    expect(result.output_throughput).toBeCloseTo(9600 / duration, 6);
  });

  it("is a line for each of several runs", () => {
    const lines = report(first, second, "--format", "vllm-bench").stdout.toString().trim().split("\n");
    expect(lines.map((line) => (JSON.parse(line) as { completed: number }).completed)).toEqual([300, 40]);
  });
});

describe("the shape of mlcommons/endpoints", () => {
  const summary = endpointsSummary(
    sampleRecord({ requests: { ...sampleRecord().requests, issued: 400 } }),
    timeline,
  );

  it("has the keys of its result_summary.json", () => {
    expect(Object.keys(summary).sort()).toEqual(
      [
        ...["version", "git_sha", "test_started_at", "n_samples_issued", "n_samples_completed"],
        ...["n_samples_failed", "duration_ns", "state", "complete", "ttft", "tpot", "latency"],
        ...["output_sequence_lengths", "input_sequence_lengths", "legacy_loadgen_window_duration_ns"],
        ...["qps", "tps", "finish_reason_counts", "run_config"],
      ].sort(),
    );
    const { percentiles, histogram } = summary.ttft as {
      percentiles: Record<string, number>;
      histogram: { buckets: [number, number][]; counts: number[] };
    };
    expect(Object.keys(percentiles)).toContain("99.9");
    expect(Object.keys(percentiles)).toContain("50.0");
    expect(histogram.counts.reduce((sum, count) => sum + count, 0)).toBe(300);
    expect(histogram.buckets).toHaveLength(histogram.counts.length);
  });

  it("counts only good requests as completed", () => {
    expect(summary).toMatchObject({ n_samples_completed: 300, n_samples_issued: 400, complete: true });
    expect(summary.output_sequence_lengths).toMatchObject({ total: 9600, min: 32, max: 32, std_dev: 0 });
  });
});

describe("what cannot be reported", () => {
  it("names every folder that is none of a run, with exit code 2", () => {
    const { code, stderr } = report(join(folder, "nowhere"));
    expect(code).toBe(2);
    expect(stderr).toContain("RECORD_MISSING");
  });

  it("says so when a format needs requests that are not there", async () => {
    const bare = join(folder, "bare");
    await writeMadeRun(bare, madeTimeline({ count: 3, perSecond: 1 }));
    rmSync(join(bare, runFiles.requests));
    const { code, stderr } = report(bare, "--format", "vllm-bench");
    expect(code).toBe(2);
    expect(stderr).toContain("REPORT_WITHOUT_REQUESTS");
    expect(report(bare, "--format", "json").code).toBe(0);
  });

  it("refuses a format that is none", () => {
    const { code, stderr } = report(first, "--format", "xml");
    expect(code).toBe(2);
    expect(stderr).toContain("vllm-bench");
  });

  it("says so when the file cannot be written", () => {
    const { code, stderr } = report(first, "--output", join(folder, "no", "such", "folder.html"));
    expect(code).toBe(1);
    expect(stderr).toContain("REPORT_NOT_WRITTEN");
  });
});
