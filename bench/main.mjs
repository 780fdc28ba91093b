// `npm run bench`: what our client costs and how true it is, beside wrk and bare undici, in one run.
// Flags: --quick (under two minutes; exit 1 on a gross loss), --repeats N, --only cpu,truth,streams,workers,handover,
// --output FILE.
import { mkdirSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { dirname } from "node:path";
import { parseArgs } from "node:util";
import { cpuPerToken, handOver, streamsAtOnce, truth, workers } from "./measurements.mjs";

const { values: flags } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    repeats: { type: "string", default: "3" },
    only: { type: "string", default: "cpu,truth,streams,workers,handover" },
    output: { type: "string" },
  },
});
const repeats = flags.quick ? 1 : Number(flags.repeats);
const parts = new Set(flags.only.split(","));
const known = ["cpu", "truth", "streams", "workers", "handover"];
for (const part of parts)
  if (!known.includes(part)) throw new Error(`--only ${part}: known are ${known.join(", ")}`);
if (!Number.isSafeInteger(repeats) || repeats < 1)
  throw new Error("--repeats must be a whole number above 0");

const plan = {
  cpu: (flags.quick ? [100] : [100, 1000]).map((streams) => () => cpuPerToken({ streams, repeats })),
  truth: (flags.quick ? [10_000] : [10_000, 40_000]).map(
    (tokensPerSecond) => () => truth({ tokensPerSecond, seconds: flags.quick ? 5 : 10, repeats }),
  ),
  streams: (flags.quick ? [1000] : [100, 1000, 10_000]).map((streams) => () => streamsAtOnce({ streams })),
  workers: (flags.quick ? [1] : [1, 2, 4]).map((count) => () => workers({ count })),
  handover: [flags.quick ? 100_000 : 200_000].map((qps) => () => handOver({ qps })),
};

const results = {
  startedAt: new Date().toISOString(),
  machine: { cpu: cpus()[0]?.model, cores: availableParallelism(), node: process.version },
  repeats,
};
for (const [part, measurements] of Object.entries(plan)) {
  if (!parts.has(part)) continue;
  results[part] = [];
  for (const measure of measurements) {
    const result = await measure();
    results[part].push(result);
    console.log(`${part.padEnd(9)} ${flat(result)}`);
  }
}
if (flags.output) {
  mkdirSync(dirname(flags.output), { recursive: true });
  writeFileSync(flags.output, `${JSON.stringify(results, null, 2)}\n`);
}

const losses = flags.quick ? grossLosses(results) : [];
for (const loss of losses) console.error(`gross loss: ${loss}`);
process.exitCode = losses.length === 0 ? 0 : 1;

function flat(result) {
  return Object.entries(result)
    .map(([name, value]) =>
      value !== null && typeof value === "object" ? `${name} { ${flat(value)} }` : `${name} ${value ?? "–"}`,
    )
    .join("  ");
}

/** Three times the aim, and for TTFT ten times, as a busy machine delays the median too. A figure that is missing is a loss too; wrk alone may be absent. */
function grossLosses({ cpu = [], truth: truths = [], streams = [], workers: teams = [], handover = [] }) {
  const within = (value, most) => Number.isFinite(value) && Math.abs(value) <= most;
  return [
    ...cpu
      .filter(({ toUndici }) => !within(toUndici, 3))
      .map((each) => `${each.toUndici} times bare undici's CPU a token`),
    ...cpu
      .filter(({ toWrk }) => toWrk !== null && !within(toWrk, 5.25))
      .map((each) => `${each.toWrk} times wrk's CPU a token`),
    ...truths
      .filter(({ errorMs }) => !within(errorMs.serviceP50, 3))
      .map((each) => `TTFT p50 is ${each.errorMs.serviceP50} ms off the truth`),
    ...[...cpu, ...truths, ...streams, ...teams]
      .filter(({ failed }) => failed !== 0)
      .map((each) => `${each.failed} requests failed`),
    ...handover
      .filter(({ completedQps }) => !(completedQps >= 60_000))
      .map((each) => `hand-over at ${each.completedQps} QPS`),
  ];
}
