/** Slots of the simulator: so many requests run at once, the others wait in the order of arrival. */
export class Admission {
  readonly #slots: number;
  readonly #waiting = new Set<() => void>();
  #running = 0;

  constructor(slots: number) {
    this.#slots = slots;
  }

  get running(): number {
    return this.#running;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /** Calls `admitted` as soon as a slot is free, at once if there is one. Returns how to give up waiting. */
  enter(admitted: () => void): () => void {
    if (this.#running < this.#slots) {
      this.#running++;
      admitted();
      return () => {};
    }
    this.#waiting.add(admitted);
    return () => this.#waiting.delete(admitted);
  }

  /** Frees a slot and hands it to the one that has waited longest. */
  leave(): void {
    this.#running--;
    const [next] = this.#waiting;
    if (next === undefined) return;
    this.#waiting.delete(next);
    this.#running++;
    next();
  }
}
