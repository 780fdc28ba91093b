#!/usr/bin/env node
// Proves `flexbench sweep --find-max` on the simulator, for minutes: the limit that long runs (10,000 queries) show is
// found first, then ten searches with ten seeds must each end within 5 % of it.
//
//   node scripts/find-max-proof.mjs [--seeds 10] [--runs 3] [--lanes 2] [--trial-queries 5000] [--output DIR]
//
// Lanes are searches, or long runs, that go on at the same time, each with a simulator of its own.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { sweep } from "../dist/campaign/run-sweep.js";
import { loadRunConfig } from "../dist/config/load-run-config.js";
import { run } from "../dist/run.js";
import { saturationQps } from "../dist/server/sim-capacity.js";
import { spawnSim } from "../dist/server/sim-process.js";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "10" },
    runs: { type: "string", default: "3" },
    lanes: { type: "string", default: "2" },
    "trial-queries": { type: "string" },
    output: { type: "string" },
  },
});
const seeds = Number(values.seeds);
const longQueries = 10_000;
const tolerance = 0.05;

// 96 slots of 160 ms a request: 600 requests a second at most. Times and limit are far above what the machine's own
// hiccups add.
const outputTokens = 4;
const curve = { ttftMs: 100, itlMs: 20, maxConcurrency: 96, ttftGrowth: 0, itlGrowth: 0 };
const capacity = saturationQps(curve, outputTokens);

const folder = values.output ?? mkdtempSync(join(tmpdir(), "flexbench-find-max-"));
const sims = await Promise.all(
  Array.from({ length: Number(values.lanes) }, () =>
    spawnSim({
      ttft: { shape: "fixed", ms: curve.ttftMs },
      itl: { shape: "fixed", ms: curve.itlMs },
      maxConcurrency: curve.maxConcurrency,
    }),
  ),
);

/** Does every task once, as many at a time as there are simulators; results come in the order of the tasks. */
async function inLanes(tasks) {
  const outcomes = [];
  const waiting = tasks.entries();
  await Promise.all(
    sims.map(async (sim) => {
      for (const [index, task] of waiting) outcomes[index] = await task(sim.url);
    }),
  );
  return outcomes;
}

function configFor(endpoint, flags) {
  return loadRunConfig({
    flags: {
      endpoint,
      maxTokens: outputTokens,
      ttftLimit: "300ms",
      tpotLimit: "1s",
      datasetOption: ["size=256"],
      ...flags,
    },
    decidedLater: ["targetQps"],
  });
}

/** Whether a long run at this rate is VALID; INVALID ends it once it is certain. */
async function isLongRunValid(endpoint, qps, repeat) {
  const output = join(folder, `long-${qps}-${repeat}`);
  const seed = 1_000_000 + 3 * repeat + Math.round(qps * 100);
  const early = new AbortController();
  const config = configFor(endpoint, {
    targetQps: qps,
    minQueries: longQueries,
    duration: "1s",
    seed,
    output,
  });
  const record = await run(config, {
    signal: early.signal,
    listener: {
      onEvent: (event) => {
        if (event.kind !== "snapshot") return;
        const { count, allowed } = event.snapshot.overLatency;
        if (count > allowed) early.abort();
      },
    },
  });
  if (!early.signal.aborted && record.state !== "valid" && record.state !== "invalid")
    throw new Error(`A long run is ${record.state}: ${record.reasons[0]?.reason}`);
  rmSync(output, { recursive: true, force: true });
  return record.state === "valid";
}

/** Whether most long runs at this rate are VALID, each with arrivals of its own. */
async function areLongRunsValid(qps) {
  const repeats = Array.from({ length: Number(values.runs) }, (_, repeat) => repeat);
  const verdicts = await inLanes(
    repeats.map((repeat) => (endpoint) => isLongRunValid(endpoint, qps, repeat)),
  );
  const valid = verdicts.filter(Boolean).length;
  console.log(`  long runs at ${qps} QPS: ${valid} of ${repeats.length} VALID`);
  return valid > repeats.length / 2;
}

/** One search with the arrivals of its seed. */
async function search(endpoint, seed, limit) {
  const output = join(folder, `search-${seed}`);
  const startedAt = performance.now();
  const { record } = await sweep(configFor(endpoint, { seed: 10_000 * seed, output }), {
    task: {
      kind: "find-max",
      resolution: tolerance,
      confirmations: 2,
      trialQueries: values["trial-queries"] === undefined ? null : Number(values["trial-queries"]),
    },
    repeats: 1,
    coolDownNs: 1e8,
    run,
  });
  const { qps, found, limit: believed, trials } = record.search;
  const error = qps / limit - 1;
  const early = record.runs.filter(({ endedEarly }) => endedEarly).length;
  const seconds = (performance.now() - startedAt) / 1000;
  console.log(
    `seed ${seed}: ${qps} QPS, ${(100 * error).toFixed(2)} % from the limit; believed ${believed.low.toFixed(1)} to ${believed.high.toFixed(1)}; ${trials.length} trials, ${early} ended early, ${seconds.toFixed(0)} s`,
  );
  return { seed, qps, found, error, believed, trials: trials.length, early, seconds };
}

let results = [];
try {
  console.log(`The simulator saturates at ${capacity.toFixed(1)} QPS.`);
  let low = 0.85 * capacity;
  let high = 1.08 * capacity;
  while (high / low > 1.015) {
    const qps = Number(Math.sqrt(low * high).toPrecision(4));
    if (await areLongRunsValid(qps)) low = qps;
    else high = qps;
  }
  const limit = Math.sqrt(low * high);
  console.log(`Limit of runs of ${longQueries} queries: ${limit.toFixed(1)} QPS.`);

  const seedNumbers = Array.from({ length: seeds }, (_, index) => index + 1);
  results = await inLanes(seedNumbers.map((seed) => (endpoint) => search(endpoint, seed, limit)));
  writeFileSync(join(folder, "proof.json"), `${JSON.stringify({ capacity, limit, results }, null, 2)}\n`);
} finally {
  await Promise.all(sims.map((sim) => sim.stop()));
  if (values.output === undefined) rmSync(folder, { recursive: true, force: true });
}
const good = results.filter(({ found, error }) => found && Math.abs(error) < tolerance).length;
console.log(`${good} of ${seeds} searches ended within ${100 * tolerance} % of the limit.`);
process.exitCode = good === seeds ? 0 : 1;
