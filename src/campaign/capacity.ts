import type { RunConfig } from "../config/run-config.ts";
import { RunFailedError } from "../errors.ts";
import { probeConfig } from "./point-configs.ts";
import type { SweepRun } from "./sweep-record.ts";
import type { SweepSession } from "./sweep-session.ts";

const firstSamples = 32;
const mostSamples = 200_000;

/** A probe so many times longer than the first one: what fills and drains at its ends then weighs little. */
const wantedTimes = 10;
const fewestSeconds = 2;
const mostSeconds = 30;

/** Samples a second when all requests are there at once: a short Offline run first, then one ten times as long. */
export async function findCapacity(session: SweepSession, config: RunConfig): Promise<number> {
  const first = await probe(session, config, "probe-1", firstSamples, null);
  const firstSeconds = firstSamples / first;
  const wantedSeconds = Math.min(mostSeconds, Math.max(fewestSeconds, wantedTimes * firstSeconds));
  if (firstSeconds >= wantedSeconds / 2) return first;
  const samples = Math.min(mostSamples, Math.ceil(first * wantedSeconds));
  const second = await probe(session, config, "probe-2", samples, null);
  // A server that batches is faster with more requests; the probe was then shorter than meant.
  if (samples / second >= wantedSeconds / 2) return second;
  const more = Math.min(mostSamples, Math.ceil(second * wantedSeconds));
  return probe(session, config, "probe-3", more, null);
}

/** Samples a second with `concurrency` requests under way, from a few of them: it sizes the real run. */
export async function findRate(
  session: SweepSession,
  config: RunConfig,
  concurrency: number,
): Promise<number> {
  const samples = Math.max(16, 4 * concurrency);
  return probe(session, config, `probe-concurrency-${concurrency}`, samples, concurrency);
}

async function probe(
  session: SweepSession,
  config: RunConfig,
  name: string,
  samples: number,
  concurrency: number | null,
): Promise<number> {
  const run = await session.make({
    name,
    role: "probe",
    load: concurrency ?? samples,
    repeat: 0,
    config: probeConfig(config, samples, concurrency),
    endsEarly: false,
  });
  return rateOf(run);
}

function rateOf({ name, folder, state, figures }: SweepRun): number {
  const rate = figures.samplesPerSecond;
  if (rate !== null && rate > 0 && state !== "failed") return rate;
  throw new RunFailedError("PROBE_FAILED", `The Offline run ${name}, which measures the capacity, failed.`, {
    hint: `See ${folder}/record.json in the folder of the sweep.`,
  });
}
