import { monitorEventLoopDelay, performance } from "node:perf_hooks";
import { parentPort, workerData } from "node:worker_threads";
import { nativeBinding, reportResults } from "../loadgen/binding.ts";
import { attachConsumer, type Batch } from "../loadgen/consumer.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";
import { type BodyView, viewBodies } from "../transport/body-store.ts";
import { StreamClient } from "../transport/client.ts";
import { EndpointBoard } from "../transport/endpoint-board.ts";
import type { RequestError } from "../transport/request-error.ts";
import type { StreamRequest } from "../transport/stream-request.ts";
import { gapBucket, gapBuckets } from "./snapshot.ts";
import { TimelineWriter } from "./timeline-writer.ts";
import { WorkerCounters } from "./worker-counters.ts";
import type {
  TokenSources,
  WorkerPlan,
  WorkerReply,
  WorkerRequest,
  WorkerResult,
} from "./worker-messages.ts";

/** A sample on its way: LoadGen's slot, or null for a warm-up request. */
interface SampleTag {
  slot: number | null;
  sample: number;
  scheduledNs: number;
  issuedNs: number;
  endpoint: number;
  /** Of text that is reported as token ids: what was reported so far. */
  encoded: { characters: number; ids: readonly number[] };
}

const nothingEncoded = { characters: 0, ids: [] };

/** LoadGen reads clocks of its own, a little apart from ours: a latency counts as over its limit when it is clearly so. */
const clearlyNs = 100_000;

/** Each look costs a turn of the event loop. */
const delayResolutionMs = 20;

type SampleRequest = StreamRequest<SampleTag>;

/**
 * A transport worker: takes samples from LoadGen, streams them from the endpoints, and reports first tokens and
 * completions to LoadGen from the socket's own callback. One worker owns a sample from end to end.
 */
class TransportWorker {
  readonly #native = nativeBinding();
  readonly #plan: WorkerPlan;
  readonly #tokenizer: Tokenizer | null;
  readonly #counters: WorkerCounters;
  readonly #client: StreamClient<SampleTag>;
  readonly #timeline = new TimelineWriter();
  readonly #gaps = new Float64Array(gapBuckets);
  readonly #tokenSources: TokenSources = { usage: 0, "token-ids": 0, tokenizer: 0, events: 0 };
  readonly #delay = monitorEventLoopDelay({ resolution: delayResolutionMs });
  #utilization = performance.eventLoopUtilization();
  #endsWithoutDone = 0;
  #bodies: BodyView | null = null;
  #consumer: { detach(): void } | null = null;
  #onWarm: ((request: SampleRequest) => void) | null = null;

  /** `tokenizer` counts tokens where the server does not. */
  constructor(plan: WorkerPlan, tokenizer: Tokenizer | null) {
    this.#plan = plan;
    this.#tokenizer = tokenizer;
    this.#counters = new WorkerCounters(plan.counters);
    this.#client = new StreamClient<SampleTag>({
      plan: plan.transport,
      payload: plan.payload === "token-ids" ? "token-ids" : "text",
      connections: plan.connections,
      board: new EndpointBoard(plan.transport.endpoints.length, plan.board),
      now: monotonicClock(),
      listener: {
        onFirstToken: (request) => this.#onFirstToken(request),
        onTokenGap: (gapNs) => {
          const bucket = gapBucket(gapNs);
          this.#gaps[bucket] = (this.#gaps[bucket] as number) + 1;
          this.#counters.addTokens(1);
        },
        onEnd: (request) => this.#onEnd(request),
      },
    });
  }

  async answer(request: WorkerRequest): Promise<WorkerReply> {
    switch (request.kind) {
      case "load":
        this.#bodies = viewBodies(request.bodies);
        return { kind: "loaded" };
      case "unload":
        this.#bodies = null;
        return { kind: "unloaded" };
      case "warm-up":
        return this.#warmUp(request.samples);
      case "preopen":
        await this.#client.preopen(request.connections);
        return { kind: "preopened" };
      case "attach":
        this.#consumer = attachConsumer({ issue: (batch) => this.#issue(batch) }, (error) => {
          throw error;
        });
        this.#delay.enable();
        this.#utilization = performance.eventLoopUtilization();
        return { kind: "attached" };
      case "finish":
        return { kind: "finished", result: await this.#finish(request) };
    }
  }

  #issue(batch: Batch): void {
    this.#counters.addIssued(batch.count);
    for (let i = 0; i < batch.count; i++) {
      this.#send({
        slot: batch.slots[i] as number,
        sample: batch.samples[i] as number,
        scheduledNs: batch.scheduledNs[i] as number,
        issuedNs: batch.issuedNs[i] as number,
        endpoint: 0,
        encoded: nothingEncoded,
      });
    }
  }

  #send(tag: SampleTag): void {
    const body = this.#bodies?.body(tag.sample);
    if (body) this.#client.send(tag, body);
    else if (tag.slot !== null) this.#native.fail(tag.slot);
  }

  #onFirstToken(request: SampleRequest): void {
    const { slot, scheduledNs } = request.tag;
    if (slot === null) return;
    const data = this.#payload(request);
    this.#native.firstToken(slot, data, data.byteLength);
    this.#counters.addTokens(1);
    const ttftNs = request.firstTokenNs - scheduledNs;
    this.#counters.addTtft(ttftNs);
    if (ttftNs - clearlyNs > (this.#plan.limits?.ttftNs ?? Number.POSITIVE_INFINITY))
      this.#counters.addOverTtft();
  }

  #onEnd(request: SampleRequest): void {
    const { slot } = request.tag;
    if (slot === null) {
      this.#onWarm?.(request);
      return;
    }
    let { error } = request;
    let tokens = Number.NaN;
    if (error === null) {
      const data = this.#payload(request);
      tokens = this.#countTokens(request);
      const result = this.#native.complete(slot, data, data.byteLength, tokens);
      if (result !== reportResults.accepted) error = refused(result);
    } else this.#native.fail(slot);
    this.#record(request, error, tokens);
  }

  /** What is reported to LoadGen: int32 token ids, or UTF-8 text. */
  #payload({ answer, tag }: SampleRequest): ArrayBufferView {
    if (this.#plan.payload === "token-ids") return answer.tokenIds;
    const { text } = answer;
    if (this.#plan.payload === "text" || this.#tokenizer === null) return Buffer.from(text);
    // The ids of the first token stay as they were reported; only what came since is encoded.
    const { characters, ids } = tag.encoded;
    const since = this.#tokenizer.encode(text.slice(characters), { addSpecialTokens: false });
    tag.encoded = { characters: text.length, ids: [...ids, ...since] };
    return Int32Array.from(tag.encoded.ids);
  }

  #countTokens({ answer, tag }: SampleRequest): number {
    if (this.#plan.payload === "encoded-text") {
      this.#tokenSources.tokenizer += 1;
      return tag.encoded.ids.length;
    }
    // Ids and usage agree here: a request on which they differ has failed.
    if (answer.completionTokens >= 0) {
      this.#tokenSources.usage += 1;
      return answer.completionTokens;
    }
    if (answer.tokenIds.length > 0) {
      this.#tokenSources["token-ids"] += 1;
      return answer.tokenIds.length;
    }
    if (this.#tokenizer !== null && answer.text !== "") {
      this.#tokenSources.tokenizer += 1;
      return this.#tokenizer.encode(answer.text, { addSpecialTokens: false }).length;
    }
    this.#tokenSources.events += 1;
    return answer.tokenEvents;
  }

  #record(request: SampleRequest, error: RequestError | null, tokens: number): void {
    const { answer, tag } = request;
    if (error === null) {
      this.#counters.addCompleted();
      this.#counters.addTokens(tokens - answer.tokenEvents);
      if (request.lacksDone) this.#endsWithoutDone += 1;
      const tokensNs = request.endNs - request.firstTokenNs - clearlyNs;
      if (tokens >= 2 && tokensNs > (tokens - 1) * (this.#plan.limits?.tpotNs ?? Number.POSITIVE_INFINITY))
        this.#counters.addOverTpot();
    } else this.#counters.addFailed();
    this.#timeline.add({
      sample: tag.sample,
      endpoint: tag.endpoint,
      worker: this.#plan.index,
      scheduledNs: tag.scheduledNs,
      issuedNs: tag.issuedNs,
      sentNs: request.sentNs,
      firstByteNs: request.firstByteNs,
      firstTokenNs: request.firstTokenNs,
      firstAnswerTokenNs: request.firstAnswerTokenNs,
      lastTokenNs: request.lastTokenNs,
      completedNs: request.endNs,
      promptTokens: answer.promptTokens < 0 ? Number.NaN : answer.promptTokens,
      outputTokens: tokens,
      tokenEvents: answer.tokenEvents,
      finishReason: answer.finishReason,
      error,
    });
  }

  async #warmUp(samples: readonly number[]): Promise<WorkerReply> {
    const failures: { code: string; message: string }[] = [];
    const latenciesNs: number[] = [];
    let outputTokens = 0;
    await new Promise<void>((resolve) => {
      let open = samples.length;
      if (open === 0) resolve();
      this.#onWarm = ({ error, answer, sentNs, endNs }) => {
        if (error) failures.push(error);
        else {
          outputTokens += Math.max(answer.completionTokens, 0);
          latenciesNs.push(endNs - sentNs);
        }
        open -= 1;
        if (open === 0) resolve();
      };
      for (const sample of samples)
        this.#send({
          slot: null,
          sample,
          scheduledNs: 0,
          issuedNs: 0,
          endpoint: 0,
          encoded: nothingEncoded,
        });
    });
    this.#onWarm = null;
    return { kind: "warm", failures, outputTokens, latenciesNs };
  }

  async #finish({ startedNs, abandon }: { startedNs: number; abandon: boolean }): Promise<WorkerResult> {
    const { utilization } = performance.eventLoopUtilization(this.#utilization);
    this.#delay.disable();
    if (abandon) this.#client.abandonAll({ code: "ABORTED", message: "the run was aborted" });
    this.#consumer?.detach();
    const { staleRetries, connectionWaits } = this.#client;
    this.#client.close();
    return {
      timeline: this.#timeline.finish(startedNs),
      gaps: this.#gaps,
      tokenSources: this.#tokenSources,
      staleRetries,
      connectionWaits,
      endsWithoutDone: this.#endsWithoutDone,
      eventLoopDelayNs: {
        p50: beyondResolution(this.#delay.percentile(50)),
        p99: beyondResolution(this.#delay.percentile(99)),
        max: beyondResolution(this.#delay.max),
      },
      utilization,
    };
  }
}

/** performance.now() on the scale of LoadGen's monotonic clock: the same clock, read without leaving JavaScript. */
function monotonicClock(): () => number {
  const native = nativeBinding();
  let offsetNs = Number.POSITIVE_INFINITY;
  // The shortest way between the two readings is the truest.
  for (let i = 0; i < 20; i++)
    offsetNs = Math.min(offsetNs, native.monotonicNowNs() - performance.now() * 1e6);
  return () => performance.now() * 1e6 + offsetNs;
}

/** Node's histogram holds the whole interval between two looks at the clock. */
function beyondResolution(intervalNs: number): number {
  return Math.max(0, Math.round(intervalNs - delayResolutionMs * 1e6));
}

function refused(result: number): RequestError {
  const name = Object.entries(reportResults).find(([, value]) => value === result)?.[0] ?? String(result);
  return { code: "REPORT_REFUSED", message: `LoadGen's slot refused the completion: ${name}` };
}

/** The tokenizer's code and vocabulary take time and memory, and most runs need neither. */
async function loadCounter({ tokenizerFolder }: WorkerPlan): Promise<Tokenizer | null> {
  if (tokenizerFolder === undefined) return null;
  const { loadTokenizerFolder } = await import("../tokenizer/load-tokenizer.ts");
  return loadTokenizerFolder(tokenizerFolder);
}

const port = parentPort;
if (port) {
  const plan = workerData as WorkerPlan;
  const worker = new TransportWorker(plan, await loadCounter(plan));
  port.on("message", (request: WorkerRequest) => {
    void worker.answer(request).then((reply) => {
      port.postMessage(reply);
      if (reply.kind === "finished") port.close();
    });
  });
  port.postMessage({ kind: "ready" } satisfies WorkerReply);
}
