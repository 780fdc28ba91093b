#!/usr/bin/env node
// Proves `flexbench sweep --find-max` on the simulator, for minutes: the limit that long runs (10,000 queries) show is
// found first, then ten searches with ten seeds must each end within 5 % of it.
//
//   node scripts/find-max-proof.mjs [--seeds 10] [--runs 3] [--trial-queries 5000] [--output DIR]

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
    "trial-queries": { type: "string" },
    output: { type: "string" },
  },
});
const seeds = Number(values.seeds);
const longQueries = 10_000;
const tolerance = 0.05;

// 48 slots of 160 ms a request: 300 requests a second at most. Times and limit are far above what the machine's own
// hiccups add.
const outputTokens = 4;
const curve = { ttftMs: 100, itlMs: 20, maxConcurrency: 48, ttftGrowth: 0, itlGrowth: 0 };
const capacity = saturationQps(curve, outputTokens);

const folder = values.output ?? mkdtempSync(join(tmpdir(), "flexbench-find-max-"));
const sim = await spawnSim({
  ttft: { shape: "fixed", ms: curve.ttftMs },
  itl: { shape: "fixed", ms: curve.itlMs },
  maxConcurrency: curve.maxConcurrency,
});

function configFor(flags) {
  return loadRunConfig({
    flags: {
      endpoint: sim.url,
      maxTokens: outputTokens,
      ttftLimit: "500ms",
      tpotLimit: "1s",
      datasetOption: ["size=256"],
      ...flags,
    },
    decidedLater: ["targetQps"],
  });
}

/** Whether most long runs at this rate are VALID, each with arrivals of its own; INVALID ends a run once it is certain. */
async function isLongValid(qps) {
  const runs = Number(values.runs);
  let valid = 0;
  for (let repeat = 0; repeat < runs; repeat++) {
    const output = join(folder, `long-${qps}-${repeat}`);
    const seed = 1_000_000 + 3 * repeat + Math.round(qps * 100);
    const early = new AbortController();
    const record = await run(
      configFor({ targetQps: qps, minQueries: longQueries, duration: "1s", seed, output }),
      {
        signal: early.signal,
        listener: {
          onEvent: (event) => {
            if (event.kind !== "snapshot") return;
            const { count, allowed } = event.snapshot.overLatency;
            if (count > allowed) early.abort();
          },
        },
      },
    );
    if (!early.signal.aborted && record.state !== "valid" && record.state !== "invalid")
      throw new Error(`A long run is ${record.state}: ${record.reasons[0]?.reason}`);
    if (record.state === "valid") valid += 1;
    rmSync(output, { recursive: true, force: true });
  }
  console.log(`  long runs at ${qps} QPS: ${valid} of ${runs} VALID`);
  return valid > runs / 2;
}

const results = [];
try {
  console.log(`The simulator saturates at ${capacity.toFixed(1)} QPS.`);
  let low = 0.85 * capacity;
  let high = 1.08 * capacity;
  while (high / low > 1.015) {
    const qps = Number(Math.sqrt(low * high).toPrecision(4));
    if (await isLongValid(qps)) low = qps;
    else high = qps;
  }
  const limit = Math.sqrt(low * high);
  console.log(`Limit of runs of ${longQueries} queries: ${limit.toFixed(1)} QPS.`);

  for (let seed = 1; seed <= seeds; seed++) {
    const output = join(folder, `search-${seed}`);
    const startedAt = performance.now();
    const { record } = await sweep(configFor({ seed: 10_000 * seed, output }), {
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
    results.push({ seed, qps, found, error, believed, trials: trials.length, early, seconds });
    console.log(
      `seed ${seed}: ${qps} QPS, ${(100 * error).toFixed(2)} % from the limit; believed ${believed.low.toFixed(1)} to ${believed.high.toFixed(1)}; ${trials.length} trials, ${early} ended early, ${seconds.toFixed(0)} s`,
    );
  }
  writeFileSync(join(folder, "proof.json"), `${JSON.stringify({ capacity, limit, results }, null, 2)}\n`);
} finally {
  await sim.stop();
  if (values.output === undefined) rmSync(folder, { recursive: true, force: true });
}
const good = results.filter(({ found, error }) => found && Math.abs(error) < tolerance).length;
console.log(`${good} of ${seeds} searches ended within ${100 * tolerance} % of the limit.`);
process.exitCode = good === seeds ? 0 : 1;
