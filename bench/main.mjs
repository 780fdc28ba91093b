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

/** Three times the aim: what no noise explains. */
function grossLosses({ cpu = [], truth: truths = [], streams = [], handover = [] }) {
  return [
    ...cpu
      .filter(({ toUndici }) => toUndici > 3)
      .map(({ toUndici }) => `${toUndici} times bare undici's CPU a token`),
    ...cpu
      .filter(({ failed }) => failed > 0)
      .map(({ failed }) => `${failed} requests failed in the closed loop`),
    ...truths
      .filter(({ errorMs }) => errorMs.serviceP50 > 0.9)
      .map(({ errorMs }) => `TTFT is ${errorMs.serviceP50} ms (p50) off the truth`),
    ...streams
      .filter(({ failed }) => failed > 0)
      .map((each) => `${each.failed} of ${each.streams} streams failed`),
    ...handover
      .filter(({ completedQps }) => completedQps < 60_000)
      .map((each) => `hand-over at ${each.completedQps} QPS`),
  ];
}
