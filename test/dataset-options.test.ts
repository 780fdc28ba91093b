import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parquetWriteBuffer } from "hyparquet-writer";
import { describe, expect, it, vi } from "vitest";
import { stringify } from "yaml";
import { loadRunConfig } from "#src/config/load-run-config.js";
import { maskedConfig } from "#src/config/masked-config.js";
import { UsageError } from "#src/errors.js";
import { run } from "#src/run.js";
import type { RunEvent } from "#src/run-events.js";
import { spawnSim } from "#src/server/sim-process.js";
import { temporaryFolder } from "./child-script.ts";
import { commitOf, startHub } from "./hub-server.ts";

const folder = temporaryFolder();

function problemsOf(flags: Record<string, unknown>): string[] {
  try {
    loadRunConfig({ flags });
  } catch (error) {
    if (error instanceof UsageError) return error.message.split("\n");
    throw error;
  }
  return [];
}

describe("options of datasets", () => {
  it("are as they were without being given", () => {
    expect(loadRunConfig({})).toMatchObject({
      columns: {},
      promptTemplate: null,
      samples: null,
      shuffle: false,
      minInputTokens: null,
      maxInputTokens: null,
      truncate: false,
      datasetRevision: null,
    });
  });

  it("take columns repeated, with commas, from the environment and as a mapping", () => {
    const columns = { input: "question", output: "answer, long", system: "system_prompt" };
    const repeated = { column: ["input=question,system=system_prompt", "output=answer, long"] };
    expect(loadRunConfig({ flags: repeated }).columns).toEqual(columns);
    const env = { FLEXBENCH_COLUMN: "input=question,system=system_prompt\noutput=answer, long" };
    expect(loadRunConfig({ env }).columns).toEqual(columns);
    const file = join(folder, "columns.yaml");
    writeFileSync(file, stringify({ column: columns, promptTemplate: "Q:\n{question}\n", samples: 5 }));
    expect(loadRunConfig({ file })).toMatchObject({
      columns,
      promptTemplate: "Q:\n{question}\n",
      samples: 5,
    });
  });

  it("come back from the configuration that a run keeps", () => {
    const flags = {
      column: ["input=a,token-ids=b"],
      promptTemplate: "{a}\n{b}",
      samples: "7",
      shuffle: true,
      tokenizer: "team/model",
      minInputTokens: "2",
      maxInputTokens: "9",
      truncate: true,
      datasetRevision: "v1",
    };
    const config = loadRunConfig({ flags });
    const kept = maskedConfig(config);
    expect(kept).toMatchObject({
      column: { input: "a", "token-ids": "b" },
      promptTemplate: "{a}\n{b}",
      samples: 7,
      shuffle: true,
      minInputTokens: 2,
      maxInputTokens: 9,
      truncate: true,
      datasetRevision: "v1",
    });
    const file = join(folder, "kept.yaml");
    writeFileSync(file, stringify(kept));
    expect(maskedConfig(loadRunConfig({ file }))).toEqual(kept);
  });

  it("are refused all at once when they make no sense", () => {
    expect(
      problemsOf({
        column: ["inptu=a", "output="],
        samples: "0",
        minInputTokens: "10",
        maxInputTokens: "5",
        promptTemplate: " ",
      }),
    ).toEqual([
      '--column: "inptu" is nothing that a column can be; it can be input, output, system, messages, token-ids, max-tokens; did you mean input?',
      "--column: output needs the name of a column",
      "--prompt-template: needs a value",
      '--samples: must be a whole number of at least 1, not "0"',
      "--min-input-tokens: needs --tokenizer, to count tokens",
      "--max-input-tokens: needs --tokenizer, to count tokens",
      "--max-input-tokens: must be at least the 10 of --min-input-tokens",
    ]);
    expect(problemsOf({ truncate: true })).toEqual([
      "--truncate: needs --max-input-tokens, to know how much to leave",
    ]);
    expect(problemsOf({ column: ["input=a,input=b"] })).toEqual(["--column: input is given twice"]);
  });
});

describe("a run on a dataset of the Hub", async () => {
  const rows = Array.from({ length: 40 }, (_, index) => `question ${index}`);
  const columnData = [
    { name: "frage", data: rows, type: "STRING" as const },
    { name: "antwort", data: rows, type: "STRING" as const },
  ];
  const files = { "data/train-00000-of-00001.parquet": Buffer.from(parquetWriteBuffer({ columnData })) };
  const stand = await startHub([
    { type: "dataset", name: "team/set", files, lfs: Object.keys(files), gatedTo: "hf_member" },
  ]);

  it("pins its commit in the record, downloads once and shows it", async () => {
    vi.stubEnv("HF_ENDPOINT", stand.url);
    vi.stubEnv("HF_HUB_CACHE", join(folder, "hub"));
    vi.stubEnv("HF_TOKEN", "hf_member");
    const sim = await spawnSim({ ttft: { shape: "fixed", ms: 5 }, itl: { shape: "fixed", ms: 1 } });
    try {
      const events: RunEvent[] = [];
      const flags = {
        endpoint: [sim.url],
        dataset: "team/set@train",
        column: ["input=frage,output=antwort"],
        promptTemplate: "Answer this: {frage}",
        samples: "16",
        targetQps: 60,
        duration: "1s",
        minQueries: 64,
        percentile: 90,
        maxTokens: 4,
        output: join(folder, "run"),
      };
      const record = await run(loadRunConfig({ flags }), {
        listener: { onEvent: (event) => events.push(event) },
      });
      expect(record.dataset).toMatchObject({
        name: "team/set",
        source: `team/set@${commitOf(files)} (config default, split train)`,
        size: 16,
        performanceSampleCount: 16,
        sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      });
      expect([record.state, record.requests.failed]).toEqual(["valid", 0]);
      const bytes = files["data/train-00000-of-00001.parquet"].length;
      expect(events.filter(({ kind }) => kind === "download").at(-1)).toEqual({
        kind: "download",
        label: "team/set/data/train-00000-of-00001.parquet",
        receivedBytes: bytes,
        totalBytes: bytes,
      });
      expect(JSON.stringify(record)).not.toContain("hf_member");
    } finally {
      await sim.stop();
      vi.unstubAllEnvs();
    }
  }, 30_000);
});
