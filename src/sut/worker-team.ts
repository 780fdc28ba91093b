import { Worker } from "node:worker_threads";
import { RunFailedError } from "../errors.ts";
import { allowedOverLatency, mostQueries } from "../loadgen/early-stopping.ts";
import type { LoadedBodies } from "../transport/body-store.ts";
import { EndpointBoard } from "../transport/endpoint-board.ts";
import type { TestPlan } from "./plan.ts";
import type { Snapshot } from "./snapshot.ts";
import { WorkerCounters } from "./worker-counters.ts";
import type { WorkerPlan, WorkerReply, WorkerRequest, WorkerResult } from "./worker-messages.ts";

/** What is known of a test before it begins; null where it is not. */
interface Expected {
  mostQueries: number | null;
  allowedOverLatency: number | null;
}

interface Member {
  worker: Worker;
  counters: WorkerCounters;
  /** Answers are awaited in the order of the requests. */
  waiting: { resolve(reply: WorkerReply): void; reject(error: Error): void }[];
  /** Why it answers no more, or null. */
  death: RunFailedError | null;
}

/** The transport workers of one test, asked all at once. */
export class WorkerTeam {
  readonly endpointBoard: EndpointBoard;
  readonly #members: Member[];
  readonly #expected: Expected;
  readonly #onDeath: (error: RunFailedError) => void;

  private constructor(
    members: Member[],
    board: EndpointBoard,
    expected: Expected,
    onDeath: (error: RunFailedError) => void,
  ) {
    this.#members = members;
    this.#expected = expected;
    this.endpointBoard = board;
    this.#onDeath = onDeath;
  }

  /** Starts the workers and waits until each is ready. `onDeath` hears of a worker that ends before it is asked to. */
  static async start(plan: TestPlan, onDeath: (error: RunFailedError) => void): Promise<WorkerTeam> {
    const { transport } = plan;
    const limits = limitsOf(plan);
    const board = new EndpointBoard(transport.endpoints.length);
    const members = Array.from({ length: transport.workers }, (_, index): Member => {
      const counters = new WorkerCounters();
      const share = Math.floor(transport.connections / transport.workers);
      const workerData: WorkerPlan = {
        index,
        transport,
        payload: plan.payload,
        ...(plan.tokenizerFolder === undefined ? {} : { tokenizerFolder: plan.tokenizerFolder }),
        connections: share + (index < transport.connections % transport.workers ? 1 : 0),
        board: board.memory,
        counters: counters.memory,
        ...(limits === null ? {} : { limits }),
      };
      const worker = new Worker(new URL("./worker.js", import.meta.url), { workerData });
      return { worker, counters, waiting: [], death: null };
    });
    const team = new WorkerTeam(members, board, expectedOf(plan), onDeath);
    await Promise.all(members.map((member) => team.#listen(member)));
    return team;
  }

  async load(bodies: LoadedBodies): Promise<void> {
    await this.#askAll(() => ({ kind: "load", bodies }));
  }

  async unload(): Promise<void> {
    await this.#askAll(() => ({ kind: "unload" }));
  }

  /** Sends the samples, dealt out over the workers, and waits for all answers. */
  async warmUp(samples: readonly number[]): Promise<Extract<WorkerReply, { kind: "warm" }>[]> {
    const size = this.#members.length;
    const replies = await this.#askAll((index) => ({
      kind: "warm-up",
      samples: samples.filter((_, i) => i % size === index),
    }));
    return replies.filter((reply) => reply.kind === "warm");
  }

  /** Opens `connections` in all before the test. */
  async preopen(connections: number): Promise<void> {
    const share = Math.ceil(connections / this.#members.length);
    await this.#askAll(() => ({ kind: "preopen", connections: share }));
  }

  async attach(): Promise<void> {
    await this.#askAll(() => ({ kind: "attach" }));
  }

  async finish(startedNs: number, abandon: boolean): Promise<WorkerResult[]> {
    const replies = await this.#askAll(() => ({ kind: "finish", startedNs, abandon }));
    return replies.flatMap((reply) => (reply.kind === "finished" ? [reply.result] : []));
  }

  snapshot(elapsedNs: number): Snapshot {
    const { mostQueries: most, allowedOverLatency: allowed } = this.#expected;
    const all = this.#members.map(({ counters }) => counters);
    const total = (count: (counters: WorkerCounters) => number) =>
      all.reduce((sum, one) => sum + count(one), 0);
    const ttft = all.flatMap((counters) => [...counters.recentTtftNs()]).sort((a, b) => a - b);
    const at = (share: number) => ttft[Math.min(ttft.length - 1, Math.floor(ttft.length * share))] as number;
    return {
      elapsedNs,
      issued: total((counters) => counters.issued),
      completed: total((counters) => counters.completed),
      failed: total((counters) => counters.failed),
      outputTokens: total((counters) => counters.outputTokens),
      recentTtftNs: ttft.length === 0 ? null : { p50: at(0.5), p99: at(0.99) },
      ...(most === null ? {} : { mostQueries: most }),
      ...(allowed === null
        ? {}
        : {
            overLatency: {
              count: Math.max(
                total((counters) => counters.overTtft),
                total((counters) => counters.overTpot),
              ),
              allowed,
            },
          }),
    };
  }

  #listen(member: Member): Promise<WorkerReply> {
    const { worker, waiting } = member;
    let finished = false;
    worker.on("message", (reply: WorkerReply) => {
      finished ||= reply.kind === "finished";
      waiting.shift()?.resolve(reply);
    });
    const die = (cause: unknown): void => {
      // An error is followed by the exit.
      if (finished || member.death !== null) return;
      const error = new RunFailedError("WORKER_DIED", "A transport worker ended before the test did.", {
        cause,
      });
      member.death = error;
      for (const { reject } of waiting.splice(0)) reject(error);
      this.#onDeath(error);
    };
    worker.on("error", die);
    worker.on("exit", (code) => die(new Error(`exit code ${code}`)));
    return this.#answerOf(member);
  }

  #askAll(request: (index: number) => WorkerRequest): Promise<WorkerReply[]> {
    return Promise.all(
      this.#members.map((member, index) => {
        const answer = this.#answerOf(member);
        member.worker.postMessage(request(index));
        return answer;
      }),
    );
  }

  #answerOf({ waiting, death }: Member): Promise<WorkerReply> {
    if (death !== null) return Promise.reject(death);
    return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
  }
}

/** What LoadGen judges each request by; only its Server scenario has limits. */
function limitsOf({ settings, auditConfig }: TestPlan): { ttftNs: number; tpotNs: number } | null {
  if (!isPlainServerTest({ settings, auditConfig }) || !settings.useTokenLatencies) return null;
  return { ttftNs: settings.serverTtftLatency, tpotNs: settings.serverTpotLatency };
}

function expectedOf({ settings, auditConfig }: TestPlan): Expected {
  if (!isPlainServerTest({ settings, auditConfig })) return { mostQueries: null, allowedOverLatency: null };
  const { minQueryCount, minDurationMs, serverTargetQps, serverTargetLatencyPercentile } = settings;
  const queries = mostQueries(minQueryCount, minDurationMs, serverTargetQps);
  return {
    mostQueries: queries,
    allowedOverLatency: settings.useTokenLatencies
      ? allowedOverLatency(queries, serverTargetLatencyPercentile)
      : null,
  };
}

/** Of the performance tests the Server scenario's alone can be foretold, and an audit may change it. */
function isPlainServerTest({ settings, auditConfig }: Pick<TestPlan, "settings" | "auditConfig">): boolean {
  return settings.scenario === "Server" && settings.mode === "PerformanceOnly" && auditConfig === null;
}
