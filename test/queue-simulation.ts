import { seededRandom } from "#src/dataset/seeded-random.js";
import { allowedOverLatency } from "#src/loadgen/early-stopping.js";

/** A server with slots: first come, first served. Times in seconds. */
export interface SlotServer {
  slots: number;
  service: number;
  /** Service times spread evenly by this share around their mean. */
  spread: number;
  /** From admission to the first token. */
  firstToken: number;
  ttftLimit: number;
}

/** LoadGen's verdict over `queries` Poisson arrivals, by the wait of every single one. */
export function simulatedVerdict(server: SlotServer, qps: number, queries: number, seed: number): boolean {
  const random = seededRandom(seed, 1);
  const free = new Float64Array(server.slots);
  const allowed = allowedOverLatency(queries, 0.99);
  let now = 0;
  let over = 0;
  for (let query = 0; query < queries; query++) {
    now -= Math.log(1 - random()) / qps;
    const begin = Math.max(now, free[0] ?? 0);
    const end = begin + server.service * (1 + server.spread * (2 * random() - 1));
    replaceFirst(free, end);
    if (begin + server.firstToken - now > server.ttftLimit) over += 1;
    if (over > allowed) return false;
  }
  return true;
}

/** The rate at which half of the runs of `queries` are VALID, by bisection over many runs. */
export function simulatedLimit(server: SlotServer, queries: number, runs: number): number {
  let low = (0.3 * server.slots) / server.service;
  let high = (1.3 * server.slots) / server.service;
  for (let step = 0; step < 9; step++) {
    const qps = (low + high) / 2;
    const valid = Array.from({ length: runs }, (_, run) =>
      simulatedVerdict(server, qps, queries, 7919 * run + 5),
    );
    if (valid.filter(Boolean).length >= runs / 2) low = qps;
    else high = qps;
  }
  return (low + high) / 2;
}

/** Puts a value in the place of the smallest of a heap. */
function replaceFirst(heap: Float64Array, value: number): void {
  let place = 0;
  for (let child = 1; child < heap.length; child = 2 * place + 1) {
    if (child + 1 < heap.length && (heap[child + 1] ?? 0) < (heap[child] ?? 0)) child += 1;
    if ((heap[child] ?? 0) >= value) break;
    heap[place] = heap[child] ?? 0;
    place = child;
  }
  heap[place] = value;
}
