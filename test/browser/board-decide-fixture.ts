import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type BoardServer, startBoardServer } from "#src/board/board-server.js";
import { collectSite } from "#src/board/site.js";
import { writeForms } from "#src/openmlperf/forms/write-forms.js";
import type { Row } from "#src/openmlperf/row.js";
import type { PredictorFile } from "#src/predict/predictor-file.js";
import { trainPredictor } from "#src/predict/train-predictor.js";
import type { ServerLaunch } from "#src/results/server-launch.js";
import { emptyReport } from "../empty-report.ts";
import { madeResults, specTables } from "../made-results.ts";
import { madeTimeline, writeMadeRun } from "../made-run.ts";
import { sampleRecord } from "../sample-record.ts";

/** The result whose cost is reckoned by hand: 8 accelerators give 20,000 tokens/s. */
export const knownResult = "H100-SXM-80GB-llama2-70b-Offline-v6.0-One";

/** Prices of an hour of one accelerator; the others have none. */
export const hourly: Readonly<Record<string, number>> = {
  "H100-SXM-80GB": 2,
  "H200-SXM-141GB": 3,
  MI300X: 2.5,
};

const ownModel = { name: "meta-llama/Llama-2-70b-chat-hf", module: "generic" };

/** Requests of the made run of a real server. */
export const ownTimeline = madeTimeline({ count: 400, perSecond: 20 });

/** A board with a dataset, a predictor trained on it, prices, three runs and a sweep. */
export async function startDecidingBoard(
  folder: string,
): Promise<{ server: BoardServer; predictor: PredictorFile }> {
  const dataset = join(folder, "openmlperf");
  const results = madeResults();
  await writeForms(dataset, {
    rows: results.map(asPublished),
    report: emptyReport,
  });
  const { file: predictor } = trainPredictor(results, specTables);
  writeFileSync(join(dataset, "predictor.json"), JSON.stringify(predictor));
  const prices = join(folder, "prices.yaml");
  writeFileSync(prices, priceTable());
  const runs = join(folder, "runs");
  const { server, metrics } = sampleRecord();
  await writeMadeRun(join(runs, "real"), ownTimeline, {
    id: "2026-real",
    model: ownModel,
    server: { ...server, launch: launchOn("NVIDIA H100 80GB HBM3", 8) },
  });
  await writeMadeRun(join(runs, "sim"), madeTimeline({ count: 100, perSecond: 50, ttftMs: 5 }), {
    ...{ id: "2026-sim", simulated: true, state: "invalid", model: ownModel },
    ...{ config: { scenario: "server", targetQps: 50 }, metrics: { ...metrics, tokensPerSecond: 4970.6 } },
    reasons: [{ reason: "too few queries", remedy: null }],
  });
  await writeMadeRun(join(runs, "torn"), madeTimeline({ count: 3, perSecond: 50 }), { id: "2025-torn" });
  writeFileSync(join(runs, "torn", "requests.parquet"), "no Parquet at all");
  mkdirSync(join(runs, "a-sweep"));
  writeFileSync(join(runs, "a-sweep", "sweep.json"), JSON.stringify(madeSweep()));
  const site = await collectSite({ dataset, prices, runs: [runs], api: "api/" });
  return { server: await startBoardServer(site, { version: "1.2.3" }), predictor };
}

/** How a server would have been started on these accelerators. */
function launchOn(name: string, count: number): ServerLaunch {
  return {
    ...{ kind: "vllm", command: "vllm serve", settings: {}, container: null, device: "cuda" },
    accelerators: Array.from({ length: count }, (_, index) => ({
      ...{ id: String(index), name, memoryBytes: 8e10 },
    })),
    ...{ processor: null, instructionSets: [], startSeconds: 60, warmUpSeconds: 1 },
  };
}

function asPublished(row: Row): Row {
  const published: Row = { ...row, availability: "available", details_url: `https://example.org/${row.id}` };
  if (row.id !== knownResult) return published;
  return { ...published, tokens_per_second: 20_000, tokens_per_second_per_accelerator: 2500 };
}

function priceTable(): string {
  const price = (usd: number) => `{ usd: ${usd}, on: 2026-09-20, source: list }`;
  return [
    "currency: USD",
    "accelerators:",
    ...Object.entries(hourly).map(([name, usd]) => `  ${name}: { hourly: ${price(usd)}, purchase: null }`),
    "sources:",
    "  list: { title: A price list, publisher: Cloud, url: https://example.org/prices }",
    "",
  ].join("\n");
}

/** A sweep whose highest load is not VALID any more. */
function madeSweep(): unknown {
  const runs = [1, 2, 4, 8].map((load) => ({
    ...{ name: `point-${load}`, role: "point", load, repeat: 0, folder: `point-${load}` },
    ...{ state: load === 8 ? "invalid" : "valid", endedEarly: false, cost: null },
    figures: {
      ...{ tokensPerSecond: 100 * load, ttftP50Ns: 2e7 * load, ttftP99Ns: 5e7 * load },
      ...{ tpotP50Ns: 1e7 * load, tpotP99Ns: 2e7 * load, latencyP50Ns: 1e9, latencyP99Ns: 2e9 },
    },
  }));
  return {
    ...{ schema: "flexbench.sweep/1", id: "a-sweep", state: "finished", runs, search: null },
    plan: { kind: "qps" },
    summary: { points: [], highestValid: 4, saturation: null, knee: null },
  };
}
