import { maskUrl } from "../config/secrets.ts";
import { monotonicNowMs, type Polling, startPolling } from "../telemetry/polling.ts";
import {
  knownMetricServers,
  readServerMetrics,
  type ServerMetricValues,
} from "../telemetry/server-metric-names.ts";
import { increase, type ServerMetricSeries, type ServerReading } from "../telemetry/server-report.ts";
import { EndpointClient, type ResolvedAccess } from "./endpoint-client.ts";

/** An address of Prometheus text, and how it is asked. */
export interface ScrapeTarget {
  /** The whole address, e.g. `http://127.0.0.1:8000/metrics`. */
  url: string;
  access: ResolvedAccess;
}

/** Gets what each address told, `timeMs` being of the monotonic clock. Must not throw. */
export type MetricsFollower = (url: string, timeMs: number, values: ServerMetricValues) => void;

/** A target that has answered once. */
interface OpenTarget {
  url: string;
  path: string;
  client: EndpointClient;
  server: string;
}

const defaultIntervalMs = 1000;
const restPauseMs = 300;
const restMs = 5000;
const settlePauseMs = 100;
const settleMs = 2000;

/** Reads the metrics of one or more servers every second, from before the warm-up until after the last answer. */
export class MetricsScraper {
  readonly #targets: readonly OpenTarget[];
  readonly #rounds: (ServerReading | null)[][] = [];
  readonly #polling: Polling;
  #testStartedMs = Number.NaN;
  #follower: MetricsFollower = () => undefined;

  private constructor(targets: readonly OpenTarget[], first: readonly ServerReading[], intervalMs: number) {
    this.#targets = targets;
    this.#rounds.push([...first]);
    this.#polling = startPolling(intervalMs, () => this.#scrape());
  }

  /**
   * Takes the first reading, and from then on one every `intervalMs`. Without a first reading of every target there is
   * nothing to compare with: then it resolves with the reason, as one sentence.
   */
  static async start(
    targets: readonly ScrapeTarget[],
    intervalMs: number = defaultIntervalMs,
  ): Promise<MetricsScraper | { why: string }> {
    const asked = await Promise.all(targets.map(firstReading));
    const refusal = asked.flatMap((answer) => ("why" in answer ? [answer] : []))[0];
    const opened = asked.flatMap((answer) => ("why" in answer ? [] : [answer]));
    if (refusal === undefined) {
      const first = opened.map(({ reading }) => reading);
      return new MetricsScraper(opened, first, intervalMs);
    }
    await Promise.all(opened.map(({ client }) => client.close()));
    return refusal;
  }

  /** Tells every reading so far, and from now on each as it comes in. */
  follow(follower: MetricsFollower): void {
    this.#follower = follower;
    for (const round of this.#rounds) this.#tell(round);
  }

  /** The test begins now: times count from here. */
  testStarted(): void {
    this.#testStartedMs = monotonicNowMs();
  }

  /**
   * Ends with one more reading. A server may count a little after it has answered, so it is read again for up to two
   * seconds while it has counted fewer than `expectedTokens`.
   */
  async end(expectedTokens: number | null): Promise<ServerMetricSeries> {
    await this.#polling.stop();
    const deadlineMs = monotonicNowMs() + settleMs;
    await this.#scrape();
    while (monotonicNowMs() < deadlineMs && this.#lacks(expectedTokens)) {
      await new Promise((resolve) => setTimeout(resolve, settlePauseMs));
      this.#rounds.pop();
      await this.#scrape();
    }
    await this.abandon();
    return this.#series();
  }

  /** Ends at once, and no reading counts any more. */
  async abandon(): Promise<void> {
    const stopping = this.#polling.stop();
    await Promise.all(this.#targets.map(({ client }) => client.close()));
    await stopping;
  }

  #lacks(expectedTokens: number | null): boolean {
    const counted = increase(this.#series(), "generationTokens");
    return expectedTokens !== null && counted !== null && counted < expectedTokens;
  }

  async #scrape(): Promise<void> {
    const read = this.#targets.map(async ({ client, path }) => {
      try {
        return readingOf(await client.get(path));
      } catch {
        // One answer that did not come is counted as missed.
        return null;
      }
    });
    const round = await Promise.all(read);
    this.#rounds.push(round);
    this.#tell(round);
  }

  #tell(round: readonly (ServerReading | null)[]): void {
    for (const [index, { url }] of this.#targets.entries()) {
      const reading = round[index];
      if (reading) this.#follower(maskUrl(url), reading.timeNs / 1e6, reading.values);
    }
  }

  #series(): ServerMetricSeries {
    const started = this.#testStartedMs;
    const startNs = (Number.isNaN(started) ? monotonicNowMs() : started) * 1e6;
    return {
      sources: this.#targets.map(({ url, server }) => ({ url: maskUrl(url), server })),
      rounds: this.#rounds.map((round) =>
        round.map((reading) => reading && { ...reading, timeNs: Math.round(reading.timeNs - startNs) }),
      ),
    };
  }
}

async function firstReading({
  url,
  access,
}: ScrapeTarget): Promise<(OpenTarget & { reading: ServerReading }) | { why: string }> {
  const { origin, pathname, search } = new URL(url);
  const path = pathname + search;
  const client = new EndpointClient(origin, access);
  try {
    const answer = await client.get(path);
    const told = answer.status === 200 ? readServerMetrics(answer.body) : null;
    const reading = await restingReading(client, path, readingOf(answer));
    if (told !== null && reading !== null) return { url, path, client, server: told.server, reading };
    await client.close();
    const servers = knownMetricServers.join(", ");
    return {
      why:
        answer.status === 200
          ? `${maskUrl(url)} has none of the metrics of ${servers}.`
          : `${maskUrl(url)} answers ${answer.status}.`,
    };
  } catch (error) {
    await client.close();
    return {
      why: `${maskUrl(url)} could not be read: ${error instanceof Error ? error.message : String(error)}`,
    };
  }
}

/**
 * A server may still work on requests that nobody waits for, such as those of a run that was ended early; their tokens are
 * not this run's. It is read again until it runs nothing or counts no more, for some seconds at most.
 */
async function restingReading(
  client: EndpointClient,
  path: string,
  first: ServerReading | null,
): Promise<ServerReading | null> {
  const deadlineMs = monotonicNowMs() + restMs;
  let reading = first;
  while (reading !== null && reading.values.running > 0 && monotonicNowMs() < deadlineMs) {
    await new Promise((resolve) => setTimeout(resolve, restPauseMs));
    const next = readingOf(await client.get(path));
    const isAtRest = next?.values.generationTokens === reading.values.generationTokens;
    reading = next ?? reading;
    if (isAtRest) break;
  }
  return reading;
}

/** Times are those of the monotonic clock until the series is given out. */
function readingOf({ status, body }: { status: number; body: string }): ServerReading | null {
  const told = status === 200 ? readServerMetrics(body) : null;
  return told && { timeNs: monotonicNowMs() * 1e6, values: told.values };
}
