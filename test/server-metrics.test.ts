import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { loadRunConfig } from "#src/config/load-run-config.js";
import type { RunRecord } from "#src/results/record.js";
import { readServerMetricRows } from "#src/results/series-parquet.js";
import { run } from "#src/run.js";
import type { RunEvent } from "#src/run-events.js";
import { resolveAccess } from "#src/server/endpoint-client.js";
import { MetricsScraper } from "#src/server/metrics-scrape.js";
import type { RunningServer } from "#src/server/running-server.js";
import { spawnSim } from "#src/server/sim-process.js";
import { parsePrometheusText } from "#src/telemetry/prometheus-text.js";
import { readServerMetrics, serverMetrics } from "#src/telemetry/server-metric-names.js";
import {
  increase,
  restarted,
  type ServerMetricSeries,
  type ServerReading,
  summariseServer,
} from "#src/telemetry/server-report.js";
import { compareTokens, tokenMismatch } from "#src/telemetry/token-totals.js";
import { temporaryFolder } from "./child-script.ts";

const fixture = (name: string) => readFileSync(join(import.meta.dirname, "fixtures/metrics", name), "utf8");
const folder = temporaryFolder();

describe("Prometheus' text format", () => {
  test.each([
    ["a 1", { name: "a", labels: {}, value: 1 }],
    ["a:b_c{} 2.5e3", { name: "a:b_c", labels: {}, value: 2500 }],
    ['a{x="1",y="2",} 3', { name: "a", labels: { x: "1", y: "2" }, value: 3 }],
    ['a {x = "1"}   -4 1700000000000', { name: "a", labels: { x: "1" }, value: -4 }],
    [
      'a{path="C:\\\\DIR\\n",say="\\"hi\\"",brace="}"} 5',
      { name: "a", labels: { path: "C:\\DIR\n", say: '"hi"', brace: "}" }, value: 5 },
    ],
    ["a +Inf", { name: "a", labels: {}, value: Number.POSITIVE_INFINITY }],
    ["a -Inf", { name: "a", labels: {}, value: Number.NEGATIVE_INFINITY }],
    ["a NaN", { name: "a", labels: {}, value: Number.NaN }],
    [
      'a_bucket{le="+Inf"} 6 # {trace_id="x"} 0.67 1700000000.1',
      { name: "a_bucket", labels: { le: "+Inf" }, value: 6 },
    ],
    ["a 7\r", { name: "a", labels: {}, value: 7 }],
  ])("reads %s", (line, sample) => {
    expect(parsePrometheusText(`# TYPE a counter\n${line}\n`)).toEqual([sample]);
  });

  test.each(["", "# HELP a b", "<html>", "a", 'a{x="1} 2', "a one", "1a 2", '{"json": 1}'])(
    "skips %j, which is no sample",
    (line) => {
      expect(parsePrometheusText(`${line}\nb 1\n`).map(({ name }) => name)).toEqual(["b"]);
    },
  );

  test("gives back any label", () => {
    const escaped = (value: string) =>
      value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.string(), fc.double({ noNaN: true }), (x, y, value) => {
        const isOneLine = !/[\r\u2028\u2029]/.test(x + y);
        fc.pre(isOneLine);
        const text = `m{x="${escaped(x)}",y="${escaped(y)}"} ${value === Number.POSITIVE_INFINITY ? "+Inf" : value === Number.NEGATIVE_INFINITY ? "-Inf" : value}\n`;
        expect(parsePrometheusText(text)).toEqual([{ name: "m", labels: { x, y }, value: value + 0 }]);
      }),
    );
  });
});

describe("names of metrics", () => {
  const isNot = Number.NaN;

  test.each([
    ["vllm-0.32.txt", "vLLM", [0, 0, 0, 0, 492, 0, 492, 230]],
    ["llamacpp.txt", "llama.cpp", [0, 0, isNot, isNot, isNot, 354, 1887, 2572]],
  ])("captured: %s", (file, server, values) => {
    const read = readServerMetrics(fixture(file));
    expect(read?.server).toBe(server);
    expect(serverMetrics.map((metric) => read?.values[metric])).toEqual(values);
  });

  test("SGLang: ranks are added, their shares averaged", () => {
    const text = [0, 1]
      .map((rank) => {
        const labels = `{dp_rank="${rank}",model_name="m"}`;
        return `sglang:num_running_reqs${labels} 3\nsglang:num_queue_reqs${labels} 1\nsglang:token_usage${labels} 0.${rank + 2}\n`;
      })
      .join("");
    const counters =
      'sglang:prompt_tokens_total{m="m"} 8.1e+06\nsglang:generation_tokens_total{m="m"} 7557572\n';
    const read = readServerMetrics(`${text}${counters}sglang:cached_tokens_total{m="m"} 81000\n`);
    expect(read).toMatchObject({
      server: "SGLang",
      values: {
        running: 6,
        waiting: 2,
        promptTokens: 8.1e6,
        generationTokens: 7_557_572,
        prefixCacheHits: 81_000,
      },
    });
    expect(read?.values.kvCacheUse).toBeCloseTo(0.25);
  });

  test("TGI: tokens are sums of histograms", () => {
    const text =
      "tgi_queue_size 3\ntgi_batch_current_size 4\ntgi_request_generated_tokens_sum 50000\ntgi_request_generated_tokens_count 100\ntgi_request_input_length_sum 900\n";
    expect(readServerMetrics(text)).toMatchObject({
      server: "TGI",
      values: {
        running: 4,
        waiting: 3,
        generationTokens: 50_000,
        promptTokens: 900,
        preemptions: Number.NaN,
      },
    });
  });

  test("vLLM's older names, where the newer ones are missing", () => {
    const text = "vllm:gpu_cache_usage_perc 0.4\nvllm:generation_tokens_total 5\n";
    expect(readServerMetrics(text)?.values).toMatchObject({ kvCacheUse: 0.4, generationTokens: 5 });
  });

  test("none of them", () => {
    expect(readServerMetrics("python_info 1\n")).toBeNull();
    expect(readServerMetrics("<html>Not Found</html>")).toBeNull();
  });
});

describe("what a series says", () => {
  const nothing = Object.fromEntries(serverMetrics.map((metric) => [metric, Number.NaN]));
  const reading = (timeNs: number, values: Partial<ServerReading["values"]>): ServerReading => ({
    timeNs,
    values: { ...(nothing as ServerReading["values"]), ...values },
  });
  const totals = compareTokens({ server: 5, serverWhy: null, client: 5, clientWhy: null, shared: false });
  const sources = [
    { url: "http://a/metrics", server: "vLLM" },
    { url: "http://b/metrics", server: "vLLM" },
  ];
  const at = (
    timeNs: number,
    a: Partial<ServerReading["values"]>,
    b: Partial<ServerReading["values"]> | null,
  ) => [reading(timeNs, a), b && reading(timeNs, b)];

  test("two servers: requests and tokens are added, shares of the cache averaged; a missed answer is counted", () => {
    const series: ServerMetricSeries = {
      sources,
      rounds: [
        at(-5, { running: 90, generationTokens: 100 }, { running: 90, generationTokens: 10 }),
        at(10, { running: 2, kvCacheUse: 0.2, generationTokens: 150 }, null),
        at(
          20,
          { running: 4, kvCacheUse: 0.2, generationTokens: 160 },
          { running: 6, kvCacheUse: 0.6, generationTokens: 20 },
        ),
        at(
          30,
          { running: 1, kvCacheUse: 0.1, generationTokens: 170 },
          { running: 1, kvCacheUse: 0.1, generationTokens: 30 },
        ),
        at(99, { running: 50, generationTokens: 200 }, { running: 50, generationTokens: 40 }),
      ],
    };
    const report = summariseServer(series, 40, totals);
    expect(report.sources.map(({ scrapes, missed }) => [scrapes, missed])).toEqual([
      [5, 0],
      [4, 1],
    ]);
    expect(report.running).toEqual({ mean: 6, max: 10 });
    expect(report.kvCacheUse?.max).toBeCloseTo(0.4);
    expect(report.waiting).toBeNull();
    expect(report.preemptions).toBeNull();
    expect(increase(series, "generationTokens")).toBe(130);
  });

  test("hits in the prefix cache are a share of what was looked up", () => {
    const series: ServerMetricSeries = {
      sources: sources.slice(0, 1),
      rounds: [
        [reading(0, { prefixCacheQueries: 100, prefixCacheHits: 50 })],
        [reading(1, { prefixCacheQueries: 300, prefixCacheHits: 100 })],
      ],
    };
    expect(summariseServer(series, 2, totals).prefixHitShare).toBe(0.25);
  });

  test("a counter that goes back is a restart, even when it ends higher than it began", () => {
    const series: ServerMetricSeries = {
      sources: sources.slice(0, 1),
      rounds: [100, 150, 3, 400].map((generationTokens, timeNs) => [reading(timeNs, { generationTokens })]),
    };
    expect(increase(series, "generationTokens")).toBeNull();
    expect(restarted(series)).toEqual(["http://a/metrics"]);
  });
});

describe("token totals", () => {
  const counted = { serverWhy: "no counter", clientWhy: "no usage", shared: false };

  test("agree", () => {
    const totals = compareTokens({ ...counted, server: 10, client: 10 });
    expect(totals).toEqual({ server: 10, client: 10, difference: 0, checked: true, why: null });
    expect(tokenMismatch(totals)).toBeNull();
  });

  test.each([
    [12, 10, "2 went elsewhere", "--shared-server"],
    [7, 10, "3 tokens came from somewhere else", "--metrics-url"],
  ])("of %i at the server and %i at the client fail the run", (server, client, reason, remedy) => {
    const mismatch = tokenMismatch(compareTokens({ ...counted, server, client }));
    expect(mismatch?.reason).toContain(reason);
    expect(mismatch?.remedy).toContain(remedy);
  });

  test("that are not known are null, with the reason, and fail nothing", () => {
    const totals = compareTokens({ ...counted, server: null, client: null });
    expect(totals).toMatchObject({ difference: null, checked: false, why: "no counter no usage" });
    expect(tokenMismatch(totals)).toBeNull();
  });

  test("of a shared server are told and not checked", () => {
    const totals = compareTokens({ ...counted, server: 12, client: 10, shared: true });
    expect(totals).toMatchObject({ difference: 2, checked: false });
    expect(totals.why).toContain("--shared-server");
    expect(tokenMismatch(totals)).toBeNull();
  });
});

/** A server of the test's own in front of something; gives its address. */
async function listen(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<{ url: string; close: () => Promise<void> }> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

describe("scraping", () => {
  const access = resolveAccess({ timeoutMs: 300 });

  test("reads again while the server has not counted all, and then no more", async () => {
    let asked = 0;
    const server = await listen((_, response) => {
      asked += 1;
      response.end(`vllm:generation_tokens_total ${asked === 1 ? 5 : Math.min(15, 5 + 2 * asked)}\n`);
    });
    const scraper = await MetricsScraper.start([{ url: `${server.url}/metrics`, access }], 60_000);
    if ("why" in scraper) throw new Error(scraper.why);
    scraper.testStarted();
    const series = await scraper.end(10);
    expect(increase(series, "generationTokens")).toBe(10);
    expect(asked).toBe(5);
    expect(series.rounds.length).toBe(2);
    await server.close();
  });

  test("begins when the server has come to rest", async () => {
    let asked = 0;
    const server = await listen((_, response) => {
      asked += 1;
      const running = asked < 4 ? 2 : 0;
      response.end(`vllm:num_requests_running ${running}\nvllm:generation_tokens_total ${10 * asked}\n`);
    });
    const scraper = await MetricsScraper.start([{ url: `${server.url}/metrics`, access }], 60_000);
    if ("why" in scraper) throw new Error(scraper.why);
    const { rounds } = await scraper.end(null);
    expect(rounds[0]?.[0]?.values).toMatchObject({ running: 0, generationTokens: 40 });
    expect(increase({ sources: [{ url: "", server: "" }], rounds }, "generationTokens")).toBe(10);
    await server.close();
  });

  test("an answer that takes too long is missed, and the next one counts", async () => {
    let asked = 0;
    const server = await listen((_, response) => {
      asked += 1;
      if (asked !== 2) response.end("vllm:generation_tokens_total 5\n");
    });
    const scraper = await MetricsScraper.start([{ url: `${server.url}/metrics`, access }], 50);
    if ("why" in scraper) throw new Error(scraper.why);
    await vi.waitFor(() => expect(asked).toBeGreaterThan(3), { timeout: 5000 });
    const report = summariseServer(
      await scraper.end(null),
      1e9,
      compareTokens({ server: 0, serverWhy: null, client: 0, clientWhy: null, shared: false }),
    );
    expect(report.sources[0]?.missed).toBe(1);
    expect(report.sources[0]?.scrapes).toBeGreaterThan(2);
    await server.close();
  });

  test.each([
    ["a status", (response: ServerResponse) => response.writeHead(404).end(), "answers 404"],
    [
      "no known metric",
      (response: ServerResponse) => response.end("up 1\n"),
      "none of the metrics of vLLM, SGLang",
    ],
    ["a cut", (response: ServerResponse) => response.socket?.destroy(), "could not be read"],
    ["silence", () => undefined, "did not answer within 300 ms"],
  ])("at first met by %s gives the reason", async (_, answer, why) => {
    const server = await listen((_request, response) => void answer(response));
    const scraper = await MetricsScraper.start([{ url: `${server.url}/metrics`, access }]);
    expect(scraper).toEqual({ why: expect.stringContaining(why) });
    await server.close();
  });
});

describe("a run", () => {
  let sim: RunningServer;
  let runs = 0;

  beforeAll(async () => {
    sim = await spawnSim({ ttft: { shape: "fixed", ms: 10 }, itl: { shape: "fixed", ms: 2 } });
  });
  afterAll(() => sim.stop());

  async function runOn(
    flags: Record<string, unknown>,
    onEvent: (event: RunEvent) => void = () => undefined,
  ): Promise<{ record: RunRecord; output: string }> {
    const output = join(folder, `run-${runs++}`);
    const config = loadRunConfig({
      flags: {
        endpoint: [sim.url],
        targetQps: 50,
        duration: "1500ms",
        minQueries: 64,
        percentile: 90,
        maxTokens: 8,
        datasetOption: ["size=32"],
        output,
        ...flags,
      },
    });
    return { record: await run(config, { listener: { onEvent } }), output };
  }

  /** The simulator's metrics, changed on their way. */
  const throughProxy = (change: (text: string, asked: number) => string, delayMs = 0) => {
    let asked = 0;
    return listen(async (_, response) => {
      const text = await (await fetch(`${sim.url}/metrics`)).text();
      asked += 1;
      setTimeout(() => response.end(change(text, asked)), delayMs);
    });
  };

  test("whose server counts the same tokens says so and keeps the series", async () => {
    const { record, output } = await runOn({ warmup: 5, targetQps: 100, maxTokens: 50 });
    const { serverMetrics: report } = record;
    expect(record.state).toBe("valid");
    expect(record.serverMetricsWhy).toBeNull();
    const tokens = 50 * (record.requests.completed + 5);
    expect(report?.generationTokens).toEqual({
      server: tokens,
      client: tokens,
      difference: 0,
      checked: true,
      why: null,
    });
    expect(report?.sources).toEqual([
      { url: `${sim.url}/metrics`, server: "vLLM", scrapes: expect.any(Number), missed: 0 },
    ]);
    expect(report?.running?.max).toBeGreaterThan(0);
    expect(record.server.configuration).toMatchObject({ max_model_len: 32_768 });

    const rows = await readServerMetricRows(join(output, "server-metrics.parquet"));
    expect(rows.length).toBe(report?.sources[0]?.scrapes);
    expect(rows[0]?.timeNs).toBeLessThan(0);
    const times = rows.map(({ timeNs }) => timeNs);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    const generated = rows.map(({ values }) => values.generationTokens);
    expect((generated.at(-1) ?? 0) - (generated[0] ?? 0)).toBe(tokens);
    expect(rows[0]?.values.preemptions).toBeNaN();
  });

  const otherClient = (event: RunEvent) => {
    if (event.kind !== "phase" || event.phase !== "performance") return;
    void fetch(`${sim.url}/v1/completions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ model: "sim", prompt: "hello", max_tokens: 7 }),
    }).then((response) => response.text());
  };

  test("beside which another client uses the server fails, with what to do", async () => {
    const { record } = await runOn({}, otherClient);
    expect(record.state).toBe("failed");
    expect(record.serverMetrics?.generationTokens).toMatchObject({ difference: 7, checked: true });
    expect(record.reasons).toEqual([
      {
        reason: expect.stringContaining("7 went elsewhere"),
        remedy: expect.stringContaining("--shared-server"),
      },
    ]);
  });

  test("on a shared server does not, and says that nothing was checked", async () => {
    const { record } = await runOn({ sharedServer: true }, otherClient);
    expect(record.state).toBe("valid");
    expect(record.serverMetrics?.generationTokens).toMatchObject({
      difference: 7,
      checked: false,
      why: expect.stringContaining("--shared-server"),
    });
  });

  test("whose server lost tokens on the way fails", async () => {
    const proxy = await throughProxy((text, asked) =>
      asked === 1
        ? text.replace(
            /(generation_tokens_total\{.*\}) (\d+)/,
            (_, name, count) => `${name} ${Number(count) + 3}`,
          )
        : text,
    );
    const { record } = await runOn({ metricsUrl: [`${proxy.url}/any?path=1&token=sesame`] });
    expect(JSON.stringify(record)).not.toContain("sesame");
    expect(record.serverMetrics?.sources[0]?.url).toBe(`${proxy.url}/any?path=1&token=***`);
    expect(record.state).toBe("failed");
    expect(record.serverMetrics?.generationTokens.difference).toBe(-3);
    await proxy.close();
  });

  test("whose server was restarted has no count of it, and says so", async () => {
    const proxy = await throughProxy((text, asked) =>
      asked === 1 ? text.replace(/(generation_tokens_total\{.*\}) \d+/, "$1 123456789") : text,
    );
    const { record } = await runOn({ metricsUrl: [`${proxy.url}/metrics`] });
    expect(record.state).toBe("valid");
    expect(record.serverMetrics?.generationTokens).toMatchObject({
      server: null,
      difference: null,
      checked: false,
      why: expect.stringContaining("was restarted"),
    });
    await proxy.close();
  });

  test("with slow metrics is not slowed", async () => {
    const proxy = await throughProxy((text) => text, 700);
    const { record } = await runOn({ metricsUrl: [`${proxy.url}/metrics`] });
    expect(record.state).toBe("valid");
    expect(record.serverMetrics?.generationTokens).toMatchObject({ difference: 0, checked: true });
    expect(record.metrics.ttftNs?.p50).toBeLessThan(100e6);
    await proxy.close();
  });

  test("without metrics is judged as ever, and says why there are none", async () => {
    const proxy = await listen((_, response) => response.writeHead(404).end());
    const warnings: string[] = [];
    const { record, output } = await runOn({ metricsUrl: [`${proxy.url}/metrics`] }, (event) => {
      if (event.kind === "warning") warnings.push(event.message);
    });
    expect(record).toMatchObject({
      state: "valid",
      serverMetrics: null,
      serverMetricsWhy: `${proxy.url}/metrics answers 404.`,
    });
    expect(warnings).toEqual([expect.stringContaining("answers 404")]);
    await expect(readServerMetricRows(join(output, "server-metrics.parquet"))).rejects.toThrow(
      "cannot be read",
    );
    await proxy.close();
  });

  test("with failed requests has no count of the client's", async () => {
    const faulty = await spawnSim({
      ttft: { shape: "fixed", ms: 5 },
      itl: { shape: "fixed", ms: 1 },
      faults: [{ kind: "status-500", everyNth: 10 }],
    });
    const { record } = await runOn({ endpoint: [faulty.url], maxErrorRate: 0.5 });
    expect(record.requests.failed).toBeGreaterThan(0);
    expect(record.serverMetrics?.generationTokens).toMatchObject({
      client: null,
      checked: false,
      why: expect.stringContaining("requests failed"),
    });
    await faulty.stop();
  });

  test("gives a key only to the servers that it is for", async () => {
    const keyed = await spawnSim({ apiKey: "sesame", itl: { shape: "fixed", ms: 1 } });
    const keys: (string | undefined)[] = [];
    const stranger = await listen((request, response) => {
      keys.push(request.headers.authorization);
      response.end("vllm:num_requests_running 1\n");
    });
    const { record } = await runOn({
      endpoint: [keyed.url],
      apiKey: "sesame",
      duration: "200ms",
      metricsUrl: [`${stranger.url}/metrics`],
    });
    expect(keys.length).toBeGreaterThan(1);
    expect(keys.every((key) => key === undefined)).toBe(true);
    expect(record.serverMetrics?.generationTokens).toMatchObject({ server: null, checked: false });
    await Promise.all([stranger.close(), keyed.stop()]);
  });

  test("that was told so asks for none", async () => {
    const { record } = await runOn({ serverMetrics: false, duration: "200ms" });
    expect(record).toMatchObject({
      serverMetrics: null,
      serverMetricsWhy: "Not asked for (--no-server-metrics).",
    });
  });
});
