import type { RunConfig } from "./config/run-config.ts";
import { priceFromBook, type SystemPrice } from "./cost/price-book.ts";
import type { Explanation } from "./loadgen/explain-verdict.ts";
import { readPowerWindow } from "./loadgen/power-window.ts";
import type { RunResources } from "./results/resources.ts";
import type { RunListener } from "./run-events.ts";
import type { RunTarget } from "./run-target.ts";
import { resolveAccess } from "./server/endpoint-client.ts";
import { MetricsScraper, type ScrapeTarget } from "./server/metrics-scrape.ts";
import type { TestMeasurements } from "./sut/process-messages.ts";
import { monotonicNowMs } from "./telemetry/polling.ts";
import { leadHere, type PowerMeter, startPowerMeter } from "./telemetry/power-meter.ts";
import type { PowerSeries } from "./telemetry/power-source.ts";
import { ResourceTeller } from "./telemetry/resource-teller.ts";
import { increase, restarted, type ServerMetricSeries, summariseServer } from "./telemetry/server-report.ts";
import { compareTokens, type TokenTotals, tokenMismatch } from "./telemetry/token-totals.ts";

/** What was observed around a performance test. */
export interface ObservedTest {
  resources: Omit<RunResources, "price">;
  serverMetrics: ServerMetricSeries | null;
  power: { series: readonly PowerSeries[]; startedMs: number } | null;
  /** Why the run fails: the servers counted other tokens than the client. */
  mismatch: Explanation | null;
}

/** Reads the servers' metrics and the power meters, in this process, from before the warm-up of a test until after its end. */
export class RunObservation {
  readonly #config: RunConfig;
  readonly #scraper: MetricsScraper | { why: string };
  readonly #meter: PowerMeter | { why: string };
  readonly #teller: ResourceTeller;
  #startedMs = Number.NaN;
  #wallClockAheadMs = Number.NaN;

  private constructor(
    config: RunConfig,
    scraper: MetricsScraper | { why: string },
    meter: PowerMeter | { why: string },
    listener: RunListener,
  ) {
    this.#config = config;
    this.#scraper = scraper;
    this.#meter = meter;
    this.#teller = new ResourceTeller(monotonicNowMs(), (resources) => {
      const phase = Number.isNaN(this.#startedMs) ? "warmup" : "performance";
      listener.onEvent({ kind: "resources", resources, phase });
    });
    if ("follow" in scraper) scraper.follow((...reading) => this.#teller.addServer(...reading));
    if ("follow" in meter) meter.follow((reading) => this.#teller.addPower(reading));
  }

  static async start(config: RunConfig, target: RunTarget, listener: RunListener): Promise<RunObservation> {
    const [scraper, meter] = await Promise.all([startScraper(config, target), startMeter(config, target)]);
    const warn = (message: string) => listener.onEvent({ kind: "warning", message });
    if ("why" in scraper && config.metricsUrls.length > 0)
      warn(`The server's metrics are not read. ${scraper.why}`);
    const isNamed = config.powerUrls.length > 0 || config.powerCommand !== null;
    if (isNamed && !("stop" in meter)) warn(`Power is not measured. ${meter.why}`);
    return new RunObservation(config, scraper, meter, listener);
  }

  /** The test begins now. */
  testStarted(): void {
    const nowMs = monotonicNowMs();
    // Before the phase changes: what was read until now is the warm-up's.
    this.#teller.restart(nowMs);
    this.#startedMs = nowMs;
    this.#wallClockAheadMs = Date.now() - this.#startedMs;
    if ("end" in this.#scraper) this.#scraper.testStarted();
  }

  /** The test has ended; `logFolder` holds LoadGen's logs. */
  async end(measurements: TestMeasurements | null, logFolder: string): Promise<ObservedTest> {
    const [server, power] = await Promise.all([
      this.#endScraper(measurements),
      this.#endMeter(readPowerWindow(logFolder)),
    ]);
    this.#teller.stop();
    return {
      resources: { serverMetrics: server.report, power: power.resource },
      serverMetrics: server.series,
      power: power.series && { series: power.series, startedMs: this.#startedMs },
      mismatch: "why" in server.report ? null : tokenMismatch(server.report.generationTokens),
    };
  }

  /** The run was interrupted: nothing is waited for. */
  async abandon(): Promise<void> {
    this.#teller.stop();
    await Promise.all([
      "end" in this.#scraper ? this.#scraper.abandon() : null,
      "stop" in this.#meter ? this.#meter.stop(false) : null,
    ]);
  }

  async #endScraper(measurements: TestMeasurements | null): Promise<{
    report: RunResources["serverMetrics"];
    series: ServerMetricSeries | null;
  }> {
    if (!("end" in this.#scraper)) return { report: this.#scraper, series: null };
    const client = clientTokens(measurements);
    const series = await this.#scraper.end(client.tokens);
    const totals = totalsOf(series, client, this.#config.sharedServer);
    return { report: summariseServer(series, measurements?.durationNs ?? 0, totals), series };
  }

  async #endMeter(window: { beginMs: number; endMs: number } | null): Promise<{
    resource: RunResources["power"];
    series: readonly PowerSeries[] | null;
  }> {
    if (!("stop" in this.#meter)) return { resource: this.#meter, series: null };
    const series = await this.#meter.stop(true);
    if (window === null || Number.isNaN(this.#startedMs))
      return {
        resource: { why: "The test did not come to its end, so that LoadGen gave no window." },
        series,
      };
    const beginMs = window.beginMs - this.#wallClockAheadMs;
    const endMs = window.endMs - this.#wallClockAheadMs;
    return { resource: { series, window: { beginMs, endMs } }, series };
  }
}

/** The price of the system, from the flag or the price book; null where neither is given. Throws UsageError. */
export async function readPrice(config: RunConfig): Promise<SystemPrice | null> {
  const { pricePerHour, priceBook, accelerator, accelerators } = config;
  if (pricePerHour !== null) return { perHour: pricePerHour, currency: "USD", source: "--price-per-hour" };
  if (priceBook === null || accelerator === null) return null;
  return priceFromBook(priceBook, accelerator, accelerators);
}

async function startScraper(config: RunConfig, target: RunTarget): Promise<MetricsScraper | { why: string }> {
  if (!config.serverMetrics) return { why: "Not asked for (--no-server-metrics)." };
  const urls =
    config.metricsUrls.length > 0 ? config.metricsUrls : target.endpoints.map((url) => `${url}/metrics`);
  const targets = urls.map((url): ScrapeTarget => {
    return { url, access: resolveAccess({ ...accessTo(url, target), timeoutMs: 5000 }) };
  });
  return MetricsScraper.start(targets);
}

/** How an address of metrics is asked. A key is for the servers it was given for, and for nobody else. */
function accessTo(url: string, { endpoints, headers, tls }: RunTarget): Pick<RunTarget, "headers" | "tls"> {
  const isOfEndpoint = endpoints.some((endpoint) => new URL(endpoint).origin === new URL(url).origin);
  return { headers: isOfEndpoint ? headers : {}, tls };
}

async function startMeter(config: RunConfig, target: RunTarget): Promise<PowerMeter | { why: string }> {
  if (!config.power) return { why: "Not asked for (--no-power)." };
  return startPowerMeter({
    exporters: config.powerUrls.map((url) => ({ url, ...accessTo(url, target) })),
    command: config.powerCommand,
    pattern: config.powerPattern,
    serversAreHere: leadHere(target.endpoints),
  });
}

/** Output tokens of all answers that the client got, or why it does not know them exactly. */
function clientTokens(measurements: TestMeasurements | null): { tokens: number | null; why: string | null } {
  if (measurements === null) return { tokens: null, why: "The test did not come to its end." };
  const { timeline, warmup, tokenSources } = measurements;
  const { error, outputTokens } = timeline.columns;
  const failures = error.filter((code) => !Number.isNaN(code)).length + warmup.failures.length;
  if (failures > 0) {
    const why = `${failures} requests failed, and what the server generated for them is not known.`;
    return { tokens: null, why };
  }
  const hasUsage = tokenSources.usage === timeline.length;
  if (!hasUsage && (warmup.requests > 0 || tokenSources["token-ids"] < timeline.length)) {
    return { tokens: null, why: "The server does not say how many tokens an answer has." };
  }
  return { tokens: outputTokens.reduce((sum, tokens) => sum + tokens, warmup.outputTokens), why: null };
}

function totalsOf(
  series: ServerMetricSeries,
  client: { tokens: number | null; why: string | null },
  shared: boolean,
): TokenTotals {
  const [again] = restarted(series);
  return compareTokens({
    server: again === undefined ? increase(series, "generationTokens") : null,
    serverWhy:
      again === undefined
        ? "The server does not count the tokens it generates, or did not tell at the end."
        : `The counters of ${again} went back: the server was restarted.`,
    client: client.tokens,
    clientWhy: client.why,
    shared,
  });
}
