import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { resolveTestSettings, type TestSettingsInput } from "#src/loadgen/settings.js";
import { benchmarkRules } from "#src/mlperf/benchmark-rules.js";
import { expectedTest, roughDuration } from "#src/mlperf/expected-duration.js";
import { probePrefixCaching } from "#src/mlperf/prefix-caching.js";
import { type PreflightSubject, preflight, type ServerFacts } from "#src/mlperf/preflight.js";
import { longestPromptTokens } from "#src/mlperf/prompt-lengths.js";
import { gptOss120b } from "#src/model/presets/gpt-oss-120b.js";
import { llama318b } from "#src/model/presets/llama3_1-8b.js";
import { resolveAccess } from "#src/server/endpoint-client.js";

function rulesOf(name: string) {
  const rules = benchmarkRules[name];
  if (rules === undefined) throw new Error(name);
  return rules;
}

const officialServer = {
  scenario: "Server",
  mode: "PerformanceOnly",
  useTokenLatencies: true,
  sampleConcatenatePermutation: true,
  minDurationMs: 600_000,
  minQueryCount: 100,
  performanceSampleCountOverride: 13_368,
  serverTargetQps: 30,
  serverTtftLatency: 2e9,
  serverTpotLatency: 1e8,
} as const satisfies TestSettingsInput;

const goodServer: ServerFacts = {
  model: "meta-llama/Llama-3.1-8B-Instruct",
  moduleByName: "llama3_1-8b",
  maxModelLength: 8192,
  returnsTokenIds: true,
  simulated: false,
  prefixCaching: [{ url: "http://a", caching: { state: "off", why: "Seen." } }],
};

function subject(
  changes: Partial<PreflightSubject> = {},
  settings: TestSettingsInput = {},
): PreflightSubject {
  return {
    rules: rulesOf("llama3.1-8b"),
    mode: "all",
    fast: false,
    audit: null,
    model: llama318b,
    settings: resolveTestSettings({ ...officialServer, ...settings }),
    hasTargetQps: true,
    timeoutNs: 600e9,
    connections: { most: 20_000, setBy: "the limit of 20200 open files (ulimit -n)" },
    dataset: { name: "cnn_eval", size: 13_368, performanceSampleCount: 13_368, sha256: "ab12" },
    hasTokenizer: true,
    longestPrompt: 3000,
    server: goodServer,
    ...changes,
  };
}

/** Places of problems and all warnings. */
function found(changes: Partial<PreflightSubject> = {}, settings: TestSettingsInput = {}) {
  const { problems, warnings } = preflight(subject(changes, settings));
  return { problems: problems.map(({ where, message }) => `${where} ${message}`), warnings };
}

describe("a pre-flight", () => {
  it("finds nothing against a run that can be submitted, and says how long it takes", () => {
    const { problems, warnings, notes } = preflight(subject());
    expect({ problems, warnings }).toEqual({ problems: [], warnings: [] });
    expect(notes.join("\n")).toContain("The performance test takes about 15 min for 26,736 samples.");
    expect(notes.join("\n")).toContain("at the same rate: about 7 min.");
    expect(notes.join("\n")).toContain("SHA-256 ab12; MLPerf publishes none");
  });

  it("says the time of a rate that is too low for the set", () => {
    const { problems, warnings } = found({}, { serverTargetQps: 1 });
    expect(problems).toEqual([]);
    expect(warnings).toEqual([
      "At 1 queries/s the 13,368 queries of whole copies of the set take 3 h 43 min; from 22.3 queries/s on, 10 min are enough.",
    ]);
  });

  it.each([
    [
      "a set of the wrong size",
      { dataset: { ...subject().dataset, size: 13_000, performanceSampleCount: 13_000 } },
      ["--dataset", "--dataset"],
    ],
    ["a generated set", { dataset: { ...subject().dataset, sha256: null } }, ["--dataset"]],
    ["too short a context", { server: { ...goodServer, maxModelLength: 3127 } }, ["--endpoint"]],
    [
      "no token ids and no tokenizer",
      { hasTokenizer: false, server: { ...goodServer, returnsTokenIds: false } },
      ["--tokenizer"],
    ],
    [
      "a prefix cache",
      {
        server: {
          ...goodServer,
          prefixCaching: [{ url: "http://a", caching: { state: "on", why: "Counted." } }],
        },
      },
      ["http://a"],
    ],
    ["too few ports", { connections: { most: 50, setBy: "ports" } }, ["--target-qps"]],
  ] satisfies [string, Partial<PreflightSubject>, string[]][])("refuses %s", (_, changes, places) => {
    expect(found(changes).problems.map((problem) => problem.split(" ")[0])).toEqual(places);
  });

  it.each([
    [
      "another model",
      { server: { ...goodServer, model: "sim", moduleByName: "generic" } },
      "does not read like llama3.1-8b",
    ],
    [
      "a doubtful cache",
      {
        server: {
          ...goodServer,
          prefixCaching: [{ url: "http://a", caching: { state: "maybe", why: "Fast." } }],
        },
      },
      "is not certain. Fast.",
    ],
    ["no way to score", { hasTokenizer: false }, "answers are not scored"],
    ["a time limit below the longest answer", { timeoutNs: 10e9 }, "--timeout ends it after 10 s"],
    ["few connections", { connections: { most: 300, setBy: "ports" } }, "requests are open at once"],
    [
      "a generated set of a simulator",
      { dataset: { ...subject().dataset, sha256: null }, server: { ...goodServer, simulated: true } },
      "not the official set",
    ],
  ] satisfies [string, Partial<PreflightSubject>, string][])("warns of %s", (_, changes, words) => {
    const { problems, warnings } = found(changes);
    expect(problems).toEqual([]);
    expect(warnings.join("\n")).toContain(words);
  });

  it("warns of an Offline query without a rate, and counts the longest answer of the mode", () => {
    const offline = { scenario: "Offline", minQueryCount: 13_368, offlineExpectedQps: 1 } as const;
    expect(found({ hasTargetQps: false }, offline).warnings.join()).toContain("more than 22.3 samples/s");
    const unknown = preflight(
      subject({ hasTargetQps: false, settings: resolveTestSettings({ ...officialServer, ...offline }) }),
    );
    expect(unknown.notes).toContain("The performance test takes at least 10 min for 13,368 samples.");
    const rules = rulesOf("gpt-oss-120b");
    const dataset = { name: "set", size: 4395, performanceSampleCount: 4395, sha256: "1" };
    const server = { ...goodServer, moduleByName: "gpt-oss-120b", maxModelLength: 32_768 };
    const { problems } = found({ rules, model: gptOss120b, mode: "accuracy", dataset, server });
    expect(problems).toEqual([expect.stringContaining("32,768 tokens of answer are 35,768")]);
    expect(
      found({ rules, model: gptOss120b, mode: "performance", audit: "TEST07", dataset, server }).problems,
    ).toEqual([]);
  });
});

describe("the expected length of a test", () => {
  it("counts whole copies of the set, and Offline a tenth more", () => {
    const settings = (given: TestSettingsInput) => resolveTestSettings({ ...officialServer, ...given });
    expect(expectedTest(settings({ serverTargetQps: 22.28 }), 13_368)).toEqual({
      samples: 13_368,
      seconds: 600,
    });
    expect(
      expectedTest(settings({ sampleConcatenatePermutation: false, serverTargetQps: 2 }), 13_368),
    ).toEqual({ samples: 1200, seconds: 600 });
    const offline = { scenario: "Offline", minQueryCount: 4388, offlineExpectedQps: 10 } as const;
    expect(expectedTest(settings(offline), 4388).samples).toBe(8776);
    expect(expectedTest(settings({ scenario: "SingleStream" }), 5000)).toEqual({
      samples: null,
      seconds: 600,
    });
    expect([roughDuration(42), roughDuration(600), roughDuration(13_368)]).toEqual([
      "42 s",
      "10 min",
      "3 h 43 min",
    ]);
  });

  it("finds the longest prompt among many", async () => {
    const sample = (index: number) => ({
      promptTokenIds: Array.from({ length: 1 + ((index * 7) % 100) }, () => 1),
    });
    const ids = { name: "set", size: 100, performanceSampleCount: 100, source: "", sha256: null, sample };
    expect(await longestPromptTokens(ids, null)).toBe(100);
    const texts = { ...ids, sample: (index: number) => ({ prompt: "a ".repeat(index + 1) }) };
    expect(await longestPromptTokens(texts, null)).toBeNull();
  });
});

/** A server of completions with a prefix cache of its own, or without. */
async function withServer<Value>(
  { caches, counts, ttftMs = 0 }: { caches: boolean; counts: boolean; ttftMs?: number },
  use: (url: string) => Promise<Value>,
): Promise<Value> {
  const seen = new Set<string>();
  let hits = 7;
  const server = createServer(async (request, response) => {
    if (request.url === "/metrics") {
      response.end(
        counts
          ? `vllm:prefix_cache_queries_total{engine="0"} 900\nvllm:prefix_cache_hits_total{engine="0"} ${hits}\n`
          : "",
      );
      return;
    }
    let text = "";
    for await (const piece of request) text += piece;
    const { prompt } = JSON.parse(text) as { prompt: string };
    const isHit = caches && seen.has(prompt);
    seen.add(prompt);
    if (isHit) hits += 16;
    else await delay(ttftMs);
    const event = (content: object) => response.write(`data: ${JSON.stringify(content)}\n\n`);
    response.writeHead(200, { "content-type": "text/event-stream" });
    event({ choices: [{ index: 0, text: "a", finish_reason: null }] });
    event({ choices: [{ index: 0, text: " b", finish_reason: "length" }] });
    response.end("data: [DONE]\n\n");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    return await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

function probe(url: string, configuration: Record<string, unknown> | null = null) {
  const question = { url, api: "completions", model: "m" } as const;
  return probePrefixCaching(question, resolveAccess({}), { configuration, maxModelLength: 4096 });
}

describe("the probe for a prefix cache", () => {
  it("believes the server's counter", async () => {
    const cached = await withServer({ caches: true, counts: true }, (url) => probe(url));
    expect(cached).toEqual({ state: "on", why: expect.stringContaining("rose by 32") });
    const plain = await withServer({ caches: false, counts: true }, (url) => probe(url));
    expect(plain.state).toBe("off");
  });

  it("else what it says of itself, else the first tokens", async () => {
    await withServer({ caches: false, counts: false }, async (url) => {
      expect((await probe(url, { cache: { enable_prefix_caching: "True" } })).state).toBe("on");
      expect((await probe(url, { disable_radix_cache: true })).state).toBe("off");
      expect((await probe(url)).state).toBe("off");
    });
    const quicker = await withServer({ caches: true, counts: false, ttftMs: 60 }, (url) => probe(url));
    expect(quicker.state).toBe("maybe");
  });

  it("does not know of a server that does not answer", async () => {
    expect(await probe("http://127.0.0.1:9")).toEqual({
      state: "unknown",
      why: expect.stringContaining("The probe failed"),
    });
  });
});
