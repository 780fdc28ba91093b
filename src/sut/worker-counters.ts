const issued = 0;
const completed = 1;
const failed = 2;
const outputTokens = 3;
const connectionWaits = 4;
const ttftCount = 5;
const overTtft = 6;
const overTpot = 7;
const firstTtft = 8;
const ttftSlots = 512;

/** Bytes of one worker's counters. */
const bytes = (firstTtft + ttftSlots) * Float64Array.BYTES_PER_ELEMENT;

/**
 * Counters of one worker on shared memory: the worker alone writes, the child's main thread reads for snapshots.
 * Without locks, as each is one aligned 64-bit write and only shown, never added up into results.
 */
export class WorkerCounters {
  readonly #values: Float64Array<SharedArrayBuffer>;

  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(bytes)) {
    this.#values = new Float64Array(memory);
  }

  get memory(): SharedArrayBuffer {
    return this.#values.buffer;
  }

  get issued(): number {
    return this.#values[issued] as number;
  }
  get completed(): number {
    return this.#values[completed] as number;
  }
  get failed(): number {
    return this.#values[failed] as number;
  }
  get outputTokens(): number {
    return this.#values[outputTokens] as number;
  }
  get connectionWaits(): number {
    return this.#values[connectionWaits] as number;
  }
  set connectionWaits(count: number) {
    this.#values[connectionWaits] = count;
  }

  addIssued(count: number): void {
    this.#values[issued] = this.issued + count;
  }
  addCompleted(): void {
    this.#values[completed] = this.completed + 1;
  }
  addFailed(): void {
    this.#values[failed] = this.failed + 1;
  }
  addTokens(count: number): void {
    this.#values[outputTokens] = this.outputTokens + count;
  }

  /** Requests whose TTFT, and whose TPOT, was over the limit. */
  get overTtft(): number {
    return this.#values[overTtft] as number;
  }
  get overTpot(): number {
    return this.#values[overTpot] as number;
  }
  addOverTtft(): void {
    this.#values[overTtft] = this.overTtft + 1;
  }
  addOverTpot(): void {
    this.#values[overTpot] = this.overTpot + 1;
  }

  addTtft(ttftNs: number): void {
    const count = this.#values[ttftCount] as number;
    this.#values[firstTtft + (count % ttftSlots)] = ttftNs;
    this.#values[ttftCount] = count + 1;
  }

  /** The latest times to first token, ns; a copy, in no order. */
  recentTtftNs(): Float64Array {
    const count = Math.min(this.#values[ttftCount] as number, ttftSlots);
    return new Float64Array(this.#values.subarray(firstTtft, firstTtft + count));
  }
}
