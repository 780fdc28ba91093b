import { MessageChannel, type MessagePort, Worker } from "node:worker_threads";

/** What the pacer and its thread share. */
export interface ClockMemory {
  /** Changed with every new deadline; negative ends the thread. */
  signal: Int32Array;
  /** When to wake the pacer, ms on the monotonic clock. */
  deadline: Float64Array;
  port: MessagePort;
}

/** Something that goes on when its time has come. */
export interface PacedTask {
  resume(): void;
}

/** Wake-ups are at least this far apart, ms: under load many tokens share one. */
const tickMs = 0.2;

/** Monotonic clock of all threads of this process, ms. */
export function clockMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** Resumes tasks when they are due: one heap and one precise timer, however many streams there are. */
export class Pacer {
  readonly #dueTimes: number[] = [];
  readonly #tasks: PacedTask[] = [];
  readonly #memory: Pick<ClockMemory, "signal" | "deadline">;
  readonly #worker: Worker;
  #armedForMs = Infinity;
  #lastTickMs = 0;
  #ticking = false;

  constructor() {
    const { port1: incoming, port2: port } = new MessageChannel();
    this.#memory = {
      signal: new Int32Array(new SharedArrayBuffer(4)),
      deadline: new Float64Array(new SharedArrayBuffer(8)).fill(Infinity),
    };
    this.#worker = new Worker(new URL("./sim-clock-thread.js", import.meta.url), {
      workerData: { ...this.#memory, port } satisfies ClockMemory,
      transferList: [port],
    });
    this.#worker.unref();
    incoming.on("message", () => this.#tick());
    incoming.unref();
  }

  /** Resumes `task` at `dueMs` on `clockMs`; a time in the past means as soon as possible. */
  resumeAt(dueMs: number, task: PacedTask): void {
    this.#insert(dueMs, task);
    if (!this.#ticking && dueMs < this.#armedForMs) this.#arm();
  }

  /** Ends the timer's thread; tasks that are still due are never resumed. */
  async close(): Promise<void> {
    this.#dueTimes.length = 0;
    this.#tasks.length = 0;
    Atomics.store(this.#memory.signal, 0, -1);
    Atomics.notify(this.#memory.signal, 0);
    await this.#worker.terminate();
  }

  #tick(): void {
    this.#armedForMs = Infinity;
    const nowMs = clockMs();
    this.#lastTickMs = nowMs;
    this.#ticking = true;
    while ((this.#dueTimes[0] ?? Infinity) <= nowMs) this.#removeFirst()?.resume();
    this.#ticking = false;
    this.#arm();
  }

  #arm(): void {
    const firstMs = this.#dueTimes[0];
    if (firstMs === undefined) return;
    const wakeMs = Math.max(firstMs, this.#lastTickMs + tickMs);
    if (wakeMs >= this.#armedForMs) return;
    this.#armedForMs = wakeMs;
    this.#memory.deadline[0] = wakeMs;
    const next = ((this.#memory.signal[0] ?? 0) + 1) & 0x7fffffff;
    Atomics.store(this.#memory.signal, 0, next);
    Atomics.notify(this.#memory.signal, 0);
  }

  #insert(dueMs: number, task: PacedTask): void {
    const dueTimes = this.#dueTimes;
    let index = dueTimes.length;
    dueTimes.push(dueMs);
    this.#tasks.push(task);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if ((dueTimes[parent] as number) <= dueMs) break;
      this.#move(parent, index);
      index = parent;
    }
    dueTimes[index] = dueMs;
    this.#tasks[index] = task;
  }

  #removeFirst(): PacedTask | undefined {
    const first = this.#tasks[0];
    const dueMs = this.#dueTimes.pop();
    const task = this.#tasks.pop();
    const length = this.#dueTimes.length;
    if (dueMs === undefined || task === undefined || length === 0) return first;
    let index = 0;
    for (let child = 1; child < length; child = 2 * index + 1) {
      const right = child + 1;
      if (right < length && (this.#dueTimes[right] as number) < (this.#dueTimes[child] as number))
        child = right;
      if ((this.#dueTimes[child] as number) >= dueMs) break;
      this.#move(child, index);
      index = child;
    }
    this.#dueTimes[index] = dueMs;
    this.#tasks[index] = task;
    return first;
  }

  #move(from: number, to: number): void {
    this.#dueTimes[to] = this.#dueTimes[from] as number;
    this.#tasks[to] = this.#tasks[from] as PacedTask;
  }
}
