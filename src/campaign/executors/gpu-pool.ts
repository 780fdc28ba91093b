/** The GPUs of a machine, divided among jobs that run at once. */
export class GpuPool {
  readonly #count: number;
  #free: string[];

  /** `ids` as the machine calls them; none: nothing is divided. */
  constructor(ids: readonly string[]) {
    this.#count = ids.length;
    this.#free = [...ids];
  }

  /**
   * Takes GPUs, which no other job has until they are given back; null while too few are free. Whoever wants more than the
   * machine has gets all of them, and hears of the rest from its server.
   */
  take(wanted: number): string[] | null {
    const count = Math.min(wanted, this.#count);
    if (count > this.#free.length) return null;
    const taken = this.#free.slice(0, count);
    this.#free = this.#free.slice(count);
    return taken;
  }

  giveBack(ids: readonly string[]): void {
    this.#free.push(...ids);
  }
}
