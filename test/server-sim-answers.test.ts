import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import yargs from "yargs";
import { answersFlags, answersOf } from "#src/commands/serve-answers.js";
import { loadRunConfig } from "#src/config/load-run-config.js";
import type { Problem } from "#src/errors.js";
import { exitCodeOf } from "#src/results/exit-code.js";
import { run } from "#src/run.js";
import type { RunningServer } from "#src/server/running-server.js";
import { startSim } from "#src/server/sim.js";
import type { SimOptions } from "#src/server/sim-options.js";
import { spawnSim } from "#src/server/sim-process.js";
import { loadTokenizerFolder } from "#src/tokenizer/load-tokenizer.js";
import { temporaryFolder } from "./child-script.ts";

const folder = temporaryFolder();
const tokenizerFolder = fileURLToPath(new URL("./fixtures/tokenizers/smollm2", import.meta.url));
const questions = join(folder, "questions.jsonl");
const many = join(folder, "many.jsonl");
const references = [
  'She said: "no\\yes" – twice.\n\nThen she left.',
  "Ελλάδα 🇬🇷 and 日本 👩‍🚀 today",
  "Paris",
  "  spaces before, and behind \n",
];
const running: RunningServer[] = [];
afterAll(() => Promise.all(running.map((server) => server.stop())));

const quick: SimOptions = { ttft: { shape: "fixed", ms: 0 }, itl: { shape: "fixed", ms: 0 } };

async function start(dataset: string, more: Partial<NonNullable<SimOptions["answers"]>> = {}, seed = 1) {
  const server = await startSim({ ...quick, seed, answers: { dataset, ...more } });
  running.push(server);
  return server;
}

interface Choice {
  text?: string;
  delta?: { content?: string };
  message?: { content: string };
  token_ids?: number[] | null;
  finish_reason: string | null;
}

interface Heard {
  text: string;
  ids: number[];
  finish: string | null | undefined;
  tokens: number | undefined;
}

const wordings = ["completions", "chat"] as const;

async function ask(
  { url }: RunningServer,
  prompt: string | readonly number[],
  more: Record<string, unknown> = {},
  api: (typeof wordings)[number] = "completions",
): Promise<Heard> {
  const asked = api === "chat" ? { messages: [{ role: "user", content: prompt }] } : { prompt };
  const body = { ...asked, max_tokens: 99, return_token_ids: true, ...more };
  const reply = await fetch(`${url}/v1/${api === "chat" ? "chat/" : ""}completions`, {
    method: "POST",
    body: JSON.stringify(body),
  });
  const text = await reply.text();
  const data = text.startsWith("data: ") ? text.split("\n\n").map((event) => event.slice(6)) : [text];
  const events = data
    .filter((json) => json.startsWith("{"))
    .map((json) => JSON.parse(json) as { choices?: Choice[]; usage?: { completion_tokens: number } });
  const choices = events.flatMap((event) => event.choices ?? []);
  return {
    text: choices.map(({ text, delta, message }) => text ?? delta?.content ?? message?.content).join(""),
    ids: choices.flatMap((choice) => choice.token_ids ?? []),
    finish: choices.at(-1)?.finish_reason,
    tokens: events.at(-1)?.usage?.completion_tokens,
  };
}

const streamed = { stream: true, stream_options: { include_usage: true } };

beforeAll(() => {
  const rows = references.map((reference, index) => ({ prompt: `Question ${index}?`, reference }));
  const unanswered = { prompt: "Nobody knows?", reference: "" };
  const again = { prompt: "Question 2?", reference: "Rome" };
  const write = (path: string, lines: readonly object[]) =>
    writeFileSync(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  write(questions, [...rows, unanswered, again]);
  const made = Array.from({ length: 40 }, (_, index) => ({
    prompt: `Say number ${index}.`,
    reference: `the number that you want is ${index} and nothing but that`,
  }));
  write(many, made);
});

describe("known answers", () => {
  let server: RunningServer;
  let tokenized: RunningServer;
  beforeAll(async () => {
    server = await start(questions);
    tokenized = await start(questions, { tokenizer: tokenizerFolder });
  });

  it.each(wordings)("come letter by letter as the dataset has them, by %s", async (api) => {
    for (const [index, reference] of references.entries()) {
      const whole = await ask(server, `Question ${index}?`, {}, api);
      const stream = await ask(server, `Question ${index}?`, streamed, api);
      expect(whole).toMatchObject({ text: reference, finish: "stop" });
      expect(stream).toEqual(whole);
      expect(whole.tokens).toBe(whole.ids.length);
      // The simulator's own token that ends an answer.
      expect(whole.ids.indexOf(2)).toBe(whole.ids.length - 1);
    }
  });

  it.each(wordings)("have the token ids of the tokenizer, by %s", async (api) => {
    const tokenizer = await loadTokenizerFolder(tokenizerFolder);
    for (const [index, reference] of references.entries()) {
      const heard = await ask(tokenized, `Question ${index}?`, { ...streamed, max_tokens: 500 }, api);
      const content = tokenizer.encode(reference, { addSpecialTokens: false });
      expect(heard).toMatchObject({ text: reference, finish: "stop", tokens: content.length + 1 });
      expect(heard.ids.slice(0, -1)).toEqual(content);
      expect(tokenizer.decode(heard.ids)).toBe(reference);
      expect(tokenizer.decode(heard.ids, { skipSpecialTokens: false })).not.toBe(reference);
    }
  });

  it("keep to the request's limits", async () => {
    const cut = await ask(server, "Question 0?", { max_tokens: 3 });
    expect(cut).toMatchObject({ text: 'She said: "no\\yes"', finish: "length", tokens: 3 });
    expect(await ask(server, "Question 2?", { min_tokens: 2 })).toMatchObject({ text: "Paris", tokens: 2 });
    const longer = await ask(server, "Question 2?", { min_tokens: 4 });
    expect(longer).toMatchObject({ text: "ParisParisParis", finish: "stop", tokens: 4 });
    const endless = await ask(server, "Question 2?", { ignore_eos: true, max_tokens: 4 });
    expect(endless).toMatchObject({ text: "ParisParisParisParis", finish: "length", tokens: 4 });
  });

  it("are made up for other prompts", async () => {
    for (const prompt of ["Question 99?", "Nobody knows?"]) {
      const { text, finish } = await ask(server, prompt, { max_tokens: 3 });
      expect(text).toMatch(/^( w\w+){3}$/);
      expect(finish).toBe("length");
    }
  });

  it("belong to prompts of token ids too, also beyond the simulator's own vocabulary", async () => {
    const dataset = join(folder, "ids.json");
    writeFileSync(dataset, JSON.stringify([{ tok_input: [128000, 9906], output: "Hello to you" }]));
    const byIds = await start(dataset);
    expect(await ask(byIds, [128000, 9906], streamed)).toMatchObject({ text: "Hello to you" });
    expect(await ask(byIds, [128000, 9907], streamed)).toMatchObject({ ids: [] });
  });
});

describe("wrong answers", () => {
  const answersOf = async (errorRate: number, seed = 1) => {
    const server = await start(many, { errorRate }, seed);
    return Promise.all(Array.from({ length: 40 }, (_, index) => ask(server, `Say number ${index}.`)));
  };
  const wrongOnes = (heard: readonly Heard[]) =>
    heard.flatMap(({ text }, index) =>
      text === `the number that you want is ${index} and nothing but that` ? [] : [index],
    );

  it("are the share that is asked for, the same ones by the same seed, and have no right word", async () => {
    const quarter = await answersOf(0.25);
    expect(wrongOnes(quarter)).toHaveLength(10);
    expect(await answersOf(0.25)).toEqual(quarter);
    expect(wrongOnes(await answersOf(0.25, 2))).not.toEqual(wrongOnes(quarter));
    // Whoever raises the rate keeps the answers that were wrong before.
    expect(wrongOnes(await answersOf(0.5))).toEqual(expect.arrayContaining(wrongOnes(quarter)));
    expect(wrongOnes(await answersOf(0))).toEqual([]);
    for (const index of wrongOnes(quarter)) {
      const words = quarter[index]?.text.split(" ") ?? [];
      expect(words).toHaveLength(11);
      expect(
        words.filter((word) => /^(the|number|that|you|want|is|and|nothing|but|\d+)$/.test(word)),
      ).toEqual([]);
    }
  });

  it.each([
    [0, true, 0],
    [0.25, false, 6],
  ])("at a rate of %d drive the accuracy of a run past its floor", async (errorRate, passed, exitCode) => {
    const server = await spawnSim({
      ...quick,
      answers: { dataset: many, errorRate, tokenizer: tokenizerFolder },
    });
    running.push(server);
    const config = loadRunConfig({
      flags: {
        ...{ endpoint: [server.url], dataset: many, mode: "accuracy", scenario: "offline", metric: "rouge" },
        ...{ tokenizer: tokenizerFolder, accuracyTarget: ["rouge1=80"] },
        output: join(folder, `run-${errorRate}`),
      },
    });
    const record = await run(config);
    expect(record).toMatchObject({ state: "valid", simulated: true });
    expect(record.accuracy).toMatchObject({ payload: "token-ids", samples: 40, passed });
    expect(record.accuracy?.metrics.rouge1).toBe(100 * (1 - errorRate));
    expect(exitCodeOf(record)).toBe(exitCode);
  });
});

describe("answers that cannot be given", () => {
  it("are refused before anything listens, in a process of its own too", async () => {
    const blank = join(folder, "blank.jsonl");
    writeFileSync(blank, '{"prompt": "Hm?"}\n');
    const refused = (options: SimOptions) => expect(spawnSim(options)).rejects;
    await refused({ answers: { dataset: blank } }).toMatchObject({
      code: "SIM_OPTIONS",
      message: expect.stringContaining("no sample of blank has a reference"),
    });
    await refused({ answers: { dataset: join(folder, "none.jsonl") } }).toMatchObject({
      code: "DATASET_NOT_FOUND",
    });
    await refused({ answers: { dataset: many, tokenizer: folder } }).toMatchObject({
      code: "TOKENIZER_NOT_FOUND",
    });
    await refused({ reasoningTokens: 3, answers: { dataset: many, errorRate: 2 } }).toMatchObject({
      problems: [{ where: "answers.errorRate" }, { where: "reasoningTokens" }],
    });
  });

  it("are told flag by flag", () => {
    const argv = ["--answers-option", "reference", "--answer-error-rate", "0.1"];
    const problems: Problem[] = [];
    expect(answersOf(yargs(argv).options(answersFlags).parseSync(), problems)).toBeNull();
    expect(problems).toEqual([
      { where: "--answers-option", message: expect.stringContaining("NAME=VALUE") },
      { where: "--answers-option", message: "needs --answers" },
      { where: "--answer-error-rate", message: "needs --answers" },
    ]);
  });
});
