import { cpuPerToken } from "./measurements/cpu.mjs";
import { handOver } from "./measurements/handover.mjs";
import { openLoopCpu, truth } from "./measurements/open-loop.mjs";
import { cpuPerRequest } from "./measurements/requests.mjs";
import { streamsAtOnce } from "./measurements/streams.mjs";
import { workerCounts, workers } from "./measurements/workers.mjs";

/** Every part of the bench in its order: a list of measurements, each of which gives one result or several. */
export function fullPlan({ repeats, python }) {
  return {
    cpu: [
      () => cpuPerToken({ streams: 100, repeats, rounds: [3, 10], python }),
      () => cpuPerToken({ streams: 1000, repeats, rounds: [1, 4], python }),
    ],
    requests: [() => cpuPerRequest({ repeats })],
    open: [() => openLoopCpu({ tokensPerSecond: 10_000, repeats })],
    truth: [10_000, 40_000].map((tokensPerSecond) => () => truth({ tokensPerSecond, seconds: 7, repeats })),
    streams: [100, 1000, 10_000].map((streams) => () => streamsAtOnce({ streams })),
    workers: [() => workers({ counts: workerCounts(), repeats })],
    handover: [() => handOver({ qps: 50_000, python })],
  };
}

/** Less of each, for a look in under two minutes: what our client costs and whether it is true. */
export function quickPlan() {
  return {
    cpu: [() => cpuPerToken({ streams: 100, repeats: 1, rounds: [1, 4], python: false })],
    truth: [() => truth({ tokensPerSecond: 10_000, seconds: 5, repeats: 1 })],
    streams: [() => streamsAtOnce({ streams: 1000 })],
    workers: [() => workers({ counts: [1], repeats: 1 })],
    handover: [() => handOver({ qps: 100_000, python: false })],
  };
}
