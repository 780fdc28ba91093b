import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadRunConfig } from "#src/config/load-run-config.js";
import type { ReasoningMarks } from "#src/model/define-model.js";
import { loadModel } from "#src/model/load-model.js";
import { splitReasoning } from "#src/model/reasoning.js";
import type { Distribution } from "#src/results/record.js";
import { readRequests } from "#src/results/requests-parquet.js";
import { renderTable } from "#src/results/table.js";
import { run } from "#src/run.js";
import type { RunEvent } from "#src/run-events.js";
import type { SimOptions } from "#src/server/sim-options.js";
import { spawnSim } from "#src/server/sim-process.js";
import { Answer, type AnswerOptions } from "#src/transport/answer.js";
import { ReasoningWatch } from "#src/transport/reasoning-watch.js";
import { AskingClient } from "./asking-client.ts";
import { temporaryFolder } from "./child-script.ts";
import { distributionAround, sampleRecord } from "./sample-record.ts";

const folder = temporaryFolder();
const think = { open: "<think>", close: "</think>" };
const opened = { ...think, openedInPrompt: true };

describe("a text is split into reasoning and answer", () => {
  it.each([
    ["no reasoning", "  just this \n", think, "", "  just this \n"],
    ["one piece", "<think>\nhm, 2+2\n</think>\n\nIt is 4.", think, "hm, 2+2", "It is 4."],
    ["no reasoning between the marks", "<think>\n\n</think>\n\n4", think, "", "4"],
    ["opened in the prompt", "hm\n</think>\n4", think, "hm", "4"],
    ["opened in the prompt, said so", "hm\n</think>\n4", opened, "hm", "4"],
    ["opened in the prompt and again", "<think>hm</think>4", opened, "hm", "4"],
    ["never closed", "<think>hm, and", think, "hm, and", ""],
    ["never closed, opened in the prompt", "hm, and", opened, "hm, and", ""],
    ["several", "<think>a</think>b<think>c</think>d", think, "a\nc", "b\nd"],
    ["the last never closed", "<think>a</think>b<think>c", think, "a\nc", "b"],
    ["closed twice", "<think>a</think>b</think>c", think, "a\nb", "c"],
    ["other marks", "[R]a[/R] b", { open: "[R]", close: "[/R]" }, "a", "b"],
    ["nothing", "", think, "", ""],
  ])("%s", (_, text, marks, reasoning, answer) => {
    expect(splitReasoning(text, marks)).toEqual({ reasoning, answer });
  });

  it("by <think> unless told otherwise", () => {
    expect(splitReasoning("<think>a</think>b")).toEqual({ reasoning: "a", answer: "b" });
  });
});

describe("a streamed text is followed to its answer", () => {
  it.each([
    ["plain", think, ["It", " is"], 0],
    ["space first", think, [" ", "\n", "It"], 2],
    ["marks as tokens", think, ["<think>", "\n", "hm", "</think>", "\n\n", "It", " is"], 5],
    ["marks cut anywhere", think, ["<th", "ink>h", "m</th", "i", "nk", ">", " ", "It"], 7],
    ["mark and answer in one piece", think, ["<think>hm</think>It"], 0],
    ["almost a mark", think, ["<th", "is"], 1],
    ["opened in the prompt", opened, ["hm", "</think>", "It"], 2],
    ["all in the prompt's reasoning", opened, ["hm", "and", "so"], -1],
    ["never closed", think, ["<think>", "hm", "</thin"], -1],
    ["marks of one letter", { open: "(", close: ")" }, ["(a", "b", ")", "It"], 3],
  ])("%s", (_, marks, pieces, first) => {
    const watch = new ReasoningWatch(marks);
    expect(pieces.findIndex((piece) => watch.push(piece))).toBe(first);
  });

  it("wherever the text is cut", () => {
    const word = fc.string({ unit: fc.constantFrom("a", " ", "\n", "<", "/", "think", ">") });
    fc.assert(
      fc.property(
        word,
        word,
        fc.array(fc.nat(60), { maxLength: 12 }),
        fc.boolean(),
        (inside, after, cuts, isOpened) => {
          const text = `${isOpened ? "" : " <think>"}${inside}</think>${after}`;
          const ends = [...new Set([...cuts, text.length])].filter((at) => at > 0 && at <= text.length);
          const watch = new ReasoningWatch(isOpened ? opened : think);
          let start = 0;
          for (const end of ends.sort((a, b) => a - b)) {
            const isAnswered = watch.push(text.slice(start, end));
            const [, ...rest] = text.slice(0, end).split("</think>");
            expect(isAnswered, JSON.stringify([text, end])).toBe(rest.join("</think>").trim() !== "");
            if (isAnswered) break;
            start = end;
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});

/** Reads chat deltas or texts and tells after which the answer had come. */
function read(events: (object | string)[], options: Partial<AnswerOptions> = {}) {
  const answer = new Answer({ api: "chat", payload: "text", ...options });
  const answeredAt = events.findIndex((event, index) => {
    const choice = typeof event === "string" ? { text: event } : { delta: event };
    const payload = {
      id: "x",
      choices: [{ index: 0, ...choice, finish_reason: null, token_ids: [index + 1] }],
    };
    const data = Buffer.from(JSON.stringify(payload));
    expect(answer.read(data, 0, data.length)).toBe("token");
    return answer.hasAnswered;
  });
  return { answer, answeredAt };
}

describe("an answer", () => {
  it.each(["reasoning_content", "reasoning"])("with %s keeps it apart, in marks", (field) => {
    const events = [
      { [field]: "h" },
      { [field]: "m, " },
      { [field]: "so" },
      { content: "It" },
      { content: " is" },
    ];
    const { answer, answeredAt } = read(events);
    expect(answeredAt).toBe(3);
    for (const event of events.slice(4)) read([event]);
    expect(answer).toMatchObject({ sawReasoning: true, tokenEvents: 4 });
    expect(answer.text).toBe("<think>hm, so</think>It");
    expect(splitReasoning(answer.text)).toEqual({ reasoning: "hm, so", answer: "It" });
  });

  it("with reasoning and answer in one event has answered", () => {
    const { answer, answeredAt } = read([{ reasoning: "a" }, { reasoning: "b", content: "c" }]);
    expect(answeredAt).toBe(1);
    expect(answer.text).toBe("<think>ab</think>c");
  });

  it("without reasoning has answered at once and knows no marks", () => {
    const { answer, answeredAt } = read([{ content: "<think>" }]);
    expect(answeredAt).toBe(0);
    expect(answer).toMatchObject({ sawReasoning: false, watchesText: false, text: "<think>" });
  });

  it.each(["text", "token-ids"] as const)("of a model with marks is watched, its %s kept", (payload) => {
    const texts = ["<think>", " é\n", ' "2"', "</think>", "\n", "It"];
    const { answer, answeredAt } = read(texts, { payload, api: "completions", reasoning: think });
    expect(answeredAt).toBe(5);
    expect(answer).toMatchObject({ sawReasoning: true, watchesText: false, tokenEvents: 6 });
    if (payload === "text") expect(answer.text).toBe(texts.join(""));
    else expect([...answer.tokenIds]).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it("of a model with marks that has a field for reasoning needs none in its text", () => {
    const { answer, answeredAt } = read([{ reasoning: "hm" }, { content: "It" }], { reasoning: opened });
    expect(answeredAt).toBe(1);
    expect(answer.watchesText).toBe(false);
  });

  it("that calls a tool has answered", () => {
    expect(read([{ reasoning: "hm" }, { tool_calls: [{ index: 0 }] }]).answeredAt).toBe(1);
  });
});

async function ask(options: SimOptions, api: "completions" | "chat", reasoning?: ReasoningMarks) {
  const sim = await spawnSim({
    ttft: { shape: "fixed", ms: 20 },
    itl: { shape: "fixed", ms: 40 },
    ...options,
  });
  const client = new AskingClient([sim.url], { api, ...(reasoning === undefined ? {} : { reasoning }) });
  try {
    return await client.ask();
  } finally {
    client.close();
    await sim.stop();
  }
}

describe("over a socket, the answer's first token", () => {
  it.each([
    ["comes after the reasoning of a chat", "chat", undefined, 4, true],
    ["comes after the marks of a text", "completions", think, 4, true],
    ["is the first of all without reasoning", "chat", undefined, 0, false],
    ["is the first of all where the model's marks are not known", "completions", undefined, 4, false],
  ] as const)("%s", async (_, api, marks, reasoningTokens, comesLater) => {
    const request = await ask({ reasoningTokens }, api, marks);
    expect(request.error).toBeNull();
    const laterNs = request.firstAnswerTokenNs - request.firstTokenNs;
    if (!comesLater) expect(laterNs).toBe(0);
    else {
      // Four of ten tokens come before it and five after it, 40 ms each; a busy machine may read some of them late.
      expect(laterNs).toBeGreaterThan(30e6);
      expect(request.lastTokenNs - request.firstAnswerTokenNs).toBeGreaterThan(30e6);
    }
  });

  it("is not taken for a first token without text", async () => {
    const request = await ask({ reasoningTokens: 5, faults: [{ kind: "empty-first-text" }] }, "chat");
    expect(request.firstAnswerTokenNs - request.firstTokenNs).toBeGreaterThan(50e6);
  });

  it("never comes where all was reasoning", async () => {
    for (const api of ["chat", "completions"] as const) {
      const request = await ask({ reasoningTokens: 100 }, api, think);
      expect(request.error).toBeNull();
      expect(request.firstTokenNs).toBeGreaterThan(0);
      expect(request.firstAnswerTokenNs).toBeNaN();
    }
  });

  it.each([
    "several-tokens-an-event",
    "several-events-a-chunk",
    "split-every-byte",
    "crlf-line-ends",
    "usage-in-every-event",
  ])("is found with %s", async (kind) => {
    for (const api of ["chat", "completions"] as const) {
      const request = await ask({ reasoningTokens: 5, faults: [{ kind }] }, api, think);
      expect(request.error).toBeNull();
      expect(request.firstAnswerTokenNs - request.firstTokenNs).toBeGreaterThan(30e6);
      expect(request.firstAnswerTokenNs).toBeLessThanOrEqual(request.lastTokenNs);
    }
  });
});

async function runAgainst(options: SimOptions, flags: Record<string, unknown>) {
  const sim = await spawnSim({
    ttft: { shape: "fixed", ms: 10 },
    itl: { shape: "fixed", ms: 5 },
    ...options,
  });
  const events: RunEvent[] = [];
  try {
    const output = join(folder, `run-${Math.random().toString(36).slice(2)}`);
    const config = loadRunConfig({
      flags: {
        ...{ endpoint: [sim.url], targetQps: 40, duration: "1s", minQueries: 24, maxTokens: 12 },
        ...{ percentile: 90, datasetOption: ["size=16"], output, ...flags },
      },
    });
    const record = await run(config, { listener: { onEvent: (event) => events.push(event) } });
    return { record, events, output, timeline: await readRequests(join(output, "requests.parquet")) };
  } finally {
    await sim.stop();
  }
}

describe("a run", () => {
  it("times reasoning apart: in the record and for each request, and counts it as tokens", async () => {
    const { record, timeline } = await runAgainst({ reasoningTokens: 6 }, { api: "chat" });
    expect(record.state).toBe("valid");
    const { ttftNs, answerTtftNs } = record.metrics;
    // Six tokens of 5 ms each come before the answer.
    expect((answerTtftNs?.p50 ?? 0) - (ttftNs?.p50 ?? 0)).toBeGreaterThan(20e6);
    expect((answerTtftNs?.p50 ?? 0) - (ttftNs?.p50 ?? 0)).toBeLessThan(55e6);
    expect(record.metrics.outputTokens).toBe(12 * record.requests.completed);
    let told = 0;
    for (let row = 0; row < timeline.length; row++) {
      const { firstTokenNs, firstAnswerTokenNs, lastTokenNs } = timeline.columns;
      // A busy machine may read both tokens at once.
      expect(firstAnswerTokenNs[row]).toBeGreaterThanOrEqual(firstTokenNs[row] ?? Number.NaN);
      expect(firstAnswerTokenNs[row]).toBeLessThanOrEqual(lastTokenNs[row] ?? Number.NaN);
      if ((firstAnswerTokenNs[row] ?? 0) > (firstTokenNs[row] ?? 0)) told++;
    }
    expect(told).toBeGreaterThan(0.8 * timeline.length);
  });

  it("shows the time to the answer in its table, where there was reasoning", () => {
    const { metrics } = sampleRecord();
    const shown = (answerTtftNs: Distribution | null) =>
      renderTable(sampleRecord({ metrics: { ...metrics, answerTtftNs } }), { width: 100, color: false });
    expect(shown(distributionAround(812e6))).toMatch(/^ *answer TTFT +ms +812/m);
    expect(shown(null)).not.toContain("answer TTFT");
  });

  it("gives answers the length that the model's module sets for accuracy", async () => {
    const module = join(folder, "longer.mjs");
    const { name, description, ...rules } = await loadModel("generic", "x");
    const longer = { name, description, ...rules, maxTokens: 4, accuracyMaxTokens: 9 };
    writeFileSync(module, `export default ${JSON.stringify(longer)}`);
    const flags = { modelModule: module, maxTokens: undefined, mode: "all" };
    const { record, output } = await runAgainst({}, flags);
    expect(record.metrics.outputTokens).toBe(4 * record.requests.completed);
    const log = readFileSync(join(output, "loadgen-accuracy/mlperf_log_accuracy.json"), "utf8");
    const answers = JSON.parse(log) as { data: string }[];
    expect(answers).toHaveLength(16);
    // Two hexadecimal digits a byte, four bytes a token id.
    for (const { data } of answers) expect(data).toHaveLength(9 * 8);
  });

  it("follows the marks of the model's module in plain text", async () => {
    const marked = await runAgainst({ reasoningTokens: 6 }, { modelModule: "qwen3", api: "completions" });
    expect(marked.record.metrics.answerTtftNs?.p50).toBeGreaterThan(
      marked.record.metrics.ttftNs?.p50 ?? Infinity,
    );
    const plain = await runAgainst({ reasoningTokens: 6 }, { modelModule: "generic", api: "completions" });
    expect(plain.record.metrics.answerTtftNs).toBeNull();
    expect(plain.timeline.columns.firstAnswerTokenNs).toEqual(plain.timeline.columns.firstTokenNs);
  });

  const silent: SimOptions = { tokenIds: false, faults: [{ kind: "usage-missing" }] };
  const tokenizerFolder = join(import.meta.dirname, "fixtures/tokenizers/smollm2");

  it("counts tokens with the tokenizer where the server tells neither usage nor ids", async () => {
    const { record, events } = await runAgainst(silent, { tokenizer: tokenizerFolder });
    expect(record.state).toBe("valid");
    expect(record.metrics.tokenCountSource).toBe("tokenizer");
    const perRequest = record.metrics.outputTokens / record.requests.completed;
    // The simulator's words are several tokens each for so small a vocabulary.
    expect(perRequest).toBeGreaterThan(12);
    expect(record.loadgen?.summary.result_token_throughput ?? record.metrics.tokensPerSecond).toBeGreaterThan(
      0,
    );
    expect(events.filter(({ kind }) => kind === "warning")).toMatchObject([
      { message: expect.stringContaining("counted by the tokenizer of") },
    ]);
  });

  it("counts events, and says so, where no tokenizer was named", async () => {
    const { record, events } = await runAgainst(silent, {});
    expect(record.metrics).toMatchObject({
      tokenCountSource: "events",
      outputTokens: 12 * record.requests.completed,
    });
    expect(events.filter(({ kind }) => kind === "warning")).toMatchObject([
      { message: expect.stringContaining("--tokenizer") },
    ]);
  });

  it("counts with the tokenizer of a module that was named, or says why not", async () => {
    const module = async (name: string, tokenizer: string) => {
      const path = join(folder, name);
      const rules = { ...(await loadModel("generic", "x")), tokenizer };
      writeFileSync(path, `export default ${JSON.stringify(rules)}`);
      return path;
    };
    const counted = await runAgainst(silent, { modelModule: await module("counts.mjs", tokenizerFolder) });
    expect(counted.record.metrics.tokenCountSource).toBe("tokenizer");
    const lost = await runAgainst(silent, { modelModule: await module("lost.mjs", "./no/such") });
    expect(lost.record).toMatchObject({ state: "valid", metrics: { tokenCountSource: "events" } });
    expect(lost.events.filter(({ kind }) => kind === "warning")).toMatchObject([
      { message: expect.stringContaining("TOKENIZER_NOT_FOUND") },
    ]);
  });

  it("does not start with a tokenizer that is not there", async () => {
    await expect(runAgainst(silent, { tokenizer: "./no/such" })).rejects.toMatchObject({
      code: "TOKENIZER_NOT_FOUND",
    });
  });
});
