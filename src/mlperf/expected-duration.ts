import type { TestSettings } from "../loadgen/settings.ts";

/** How much a performance test asks, and how long that lasts. */
export interface ExpectedTest {
  /** Samples that LoadGen issues at the least; null in the closed loops, where the server's speed decides. */
  samples: number | null;
  /** Seconds of the performance test; the least ones where the server's speed decides. */
  seconds: number;
}

/** Offline asks for a tenth more than the expected rate needs. */
const offlineMargin = 1.1;

/**
 * What a performance test with these settings asks, as LoadGen generates it: Server until both minima are met, then up to
 * a whole number of copies of the set; Offline one query for the least duration at the expected rate.
 */
export function expectedTest(settings: TestSettings, setSize: number): ExpectedTest {
  const { scenario, minDurationMs, minQueryCount } = settings;
  const leastSeconds = minDurationMs / 1000;
  if (scenario === "Server") {
    const { serverTargetQps } = settings;
    const samples = inWholeSets(settings, Math.max(minQueryCount, serverTargetQps * leastSeconds), setSize);
    return { samples, seconds: samples / serverTargetQps };
  }
  if (scenario === "Offline") {
    const { offlineExpectedQps } = settings;
    const wanted = Math.max(minQueryCount, offlineMargin * offlineExpectedQps * leastSeconds);
    const samples = inWholeSets(settings, wanted, setSize);
    return { samples, seconds: samples / offlineExpectedQps };
  }
  return { samples: null, seconds: leastSeconds };
}

function inWholeSets(
  { sampleConcatenatePermutation }: TestSettings,
  samples: number,
  setSize: number,
): number {
  return sampleConcatenatePermutation ? Math.ceil(samples / setSize) * setSize : Math.ceil(samples);
}

/** The rate from which on the least duration decides in the Server scenario, and no longer the size of the set. */
export function leastUsefulQps({ minDurationMs }: TestSettings, setSize: number): number {
  return setSize / (minDurationMs / 1000);
}

/** "3 h 43 min", "11 min", "42 s". */
export function roughDuration(seconds: number): string {
  const minutes = Math.round(seconds / 60);
  if (seconds < 120) return `${Math.ceil(seconds)} s`;
  return minutes < 120 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
