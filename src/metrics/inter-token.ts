import type { GapHistogram } from "../sut/snapshot.ts";
import type { Distribution } from "./distribution.ts";

const bucketsPerOctave = 16;

/**
 * Distribution of the gaps between token events (ITL) from the histograms of the workers, added up; ns. Every gap
 * counts with the geometric middle of its bucket, which is off by at most 2.2 %. Null when no gap was counted.
 */
export function interTokenDistribution(histograms: readonly GapHistogram[]): Distribution | null {
  const counts = addedUp(histograms);
  const filled = [...counts.entries()].filter(([, count]) => count > 0);
  const first = filled[0];
  const last = filled.at(-1);
  if (first === undefined || last === undefined) return null;
  const total = filled.reduce((sum, [, count]) => sum + count, 0);
  const weighted = filled.reduce((sum, [bucket, count]) => sum + bucketMiddleNs(bucket) * count, 0);
  const at = (fraction: number): number =>
    Math.round(bucketMiddleNs(bucketAt(filled, Math.floor(total * fraction)) ?? last[0]));
  return {
    min: Math.round(bucketMiddleNs(first[0])),
    mean: Math.round(weighted / total),
    max: Math.round(bucketMiddleNs(last[0])),
    p50: at(0.5),
    p90: at(0.9),
    p95: at(0.95),
    p97: at(0.97),
    p99: at(0.99),
    p999: at(0.999),
  };
}

/** Bucket `i` holds gaps from 2^(i/16) up to 2^((i+1)/16) ns. */
function bucketMiddleNs(bucket: number): number {
  return 2 ** ((bucket + 0.5) / bucketsPerOctave);
}

function addedUp(histograms: readonly GapHistogram[]): Float64Array {
  const total = new Float64Array(Math.max(0, ...histograms.map(({ length }) => length)));
  for (const histogram of histograms) {
    for (const [bucket, count] of histogram.entries()) total[bucket] = (total[bucket] ?? 0) + count;
  }
  return total;
}

/** The bucket that holds the gap of rank `rank`, counted from 0. */
function bucketAt(filled: readonly [number, number][], rank: number): number | null {
  let seen = 0;
  for (const [bucket, count] of filled) {
    seen += count;
    if (rank < seen) return bucket;
  }
  return null;
}
