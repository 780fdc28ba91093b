const fields = 3;
const outstandingField = 0;
const streakField = 1;
const outField = 2;
/** So many failed connections one after the other take an endpoint out. */
const failuresToTakeOut = 3;

/**
 * What all workers know of the endpoints, on shared memory: requests outstanding, and which endpoint was taken out
 * because nothing could connect to it. The last one is never taken out, and none comes back during a test: its
 * requests would be a gamble.
 */
export class EndpointBoard {
  readonly #values: Int32Array<SharedArrayBuffer>;
  readonly #count: number;

  /** For `count` endpoints, on new memory or on that of another worker's board. */
  constructor(count: number, memory: SharedArrayBuffer = EndpointBoard.memoryFor(count)) {
    this.#count = count;
    this.#values = new Int32Array(memory);
  }

  static memoryFor(count: number): SharedArrayBuffer {
    return new SharedArrayBuffer(count * fields * Int32Array.BYTES_PER_ELEMENT);
  }

  get memory(): SharedArrayBuffer {
    return this.#values.buffer;
  }

  /** The endpoint that is in and has the fewest requests outstanding; it is given one more. */
  take(): number {
    let least = -1;
    for (let i = 0; i < this.#count; i++) {
      if (this.isOut(i)) continue;
      if (least === -1 || this.#outstanding(i) < this.#outstanding(least)) least = i;
    }
    const taken = Math.max(0, least);
    Atomics.add(this.#values, taken * fields + outstandingField, 1);
    return taken;
  }

  /** A request of the endpoint has ended; `connected` says whether anything could connect to it. */
  giveBack(endpoint: number, connected: boolean): void {
    Atomics.sub(this.#values, endpoint * fields + outstandingField, 1);
    const streak = endpoint * fields + streakField;
    if (connected) Atomics.store(this.#values, streak, 0);
    else if (Atomics.add(this.#values, streak, 1) + 1 >= failuresToTakeOut) this.#takeOut(endpoint);
  }

  isOut(endpoint: number): boolean {
    return Atomics.load(this.#values, endpoint * fields + outField) === 1;
  }

  #outstanding(endpoint: number): number {
    return Atomics.load(this.#values, endpoint * fields + outstandingField);
  }

  #takeOut(endpoint: number): void {
    for (let i = 0; i < this.#count; i++) {
      if (i === endpoint || this.isOut(i)) continue;
      Atomics.store(this.#values, endpoint * fields + outField, 1);
      return;
    }
  }
}
