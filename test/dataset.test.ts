import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Dataset, Sample } from "#src/dataset/define-dataset.js";
import { parseLengthDistribution } from "#src/dataset/length-distribution.js";
import { loadDataset } from "#src/dataset/load-dataset.js";
import { readTextLines } from "#src/dataset/text-lines.js";
import { UsageError } from "#src/errors.js";
import { temporaryFolder } from "./child-script.ts";

// Specs are relative to the working folder, so the tests work in one of their own.
const folder = temporaryFolder();
const project = process.cwd();
beforeAll(() => process.chdir(folder));
afterAll(() => process.chdir(project));

function write(name: string, content: string | Uint8Array): string {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), content);
  return name;
}

function load(spec: string, options: Record<string, string> = {}, seed = 1): Promise<Dataset> {
  return loadDataset(spec, { seed, maxTokens: null, options });
}

async function samplesOf(dataset: Dataset): Promise<Sample[]> {
  return Promise.all(Array.from({ length: dataset.size }, (_, index) => dataset.sample(index)));
}

async function samplesIn(spec: string, options: Record<string, string> = {}): Promise<Sample[]> {
  return samplesOf(await load(spec, options));
}

async function failureOf(spec: string, options: Record<string, string> = {}): Promise<UsageError> {
  const error = await load(spec, options).then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof UsageError)) {
    throw new Error(`expected a UsageError for ${spec}`, { cause: error });
  }
  return error;
}

describe("files", () => {
  const expected = [
    { prompt: "Say hello, please", reference: "hello", maxTokens: 5 },
    { prompt: 'Say "ä\nö"', reference: "ä" },
  ];

  it.each<[string, string]>([
    [
      "rows.jsonl",
      '\uFEFF{"prompt":"Say hello, please","reference":"hello","maxTokens":5}\r\n\r\n' +
        '{"question":"Say \\"ä\\nö\\"","answer":"ä","max_tokens":null,"id":7}',
    ],
    [
      "rows.json",
      '[{"input":"Say hello, please","output":"hello","max_tokens":5},\n{"text":"Say \\"ä\\nö\\"","response":"ä"}]',
    ],
    [
      "rows.csv",
      '\uFEFFid,question,answer,max_tokens\r\n1,"Say hello, please",hello,5\r\n2,"Say ""ä\nö""",ä,\r\n',
    ],
  ])("reads %s with the columns it recognises", async (name, content) => {
    const dataset = await load(write(name, content));
    expect(await samplesOf(dataset)).toEqual(expected);
    expect(dataset).toMatchObject({
      name: "rows",
      size: 2,
      performanceSampleCount: 2,
      source: name,
      sha256: createHash("sha256").update(readFileSync(name)).digest("hex"),
    });
  });

  it("takes each line of a text file as a prompt, and the extension in any case", async () => {
    expect(await samplesIn(write("LINES.TXT", 'one\r\n\n  \ntwo, "2"\nthree'))).toEqual([
      { prompt: "one" },
      { prompt: 'two, "2"' },
      { prompt: "three" },
    ]);
  });

  it("reads messages and token ids, as JSON within CSV", async () => {
    const messages = [
      { role: "system", content: "Be brief." },
      { role: "user", content: "Hello" },
    ];
    const jsonl = `${JSON.stringify({ messages })}\n${JSON.stringify({ tok_input: [1, 2, 3] })}\n"bare text"`;
    expect(await samplesIn(write("kinds.jsonl", jsonl))).toEqual([
      { messages },
      { promptTokenIds: [1, 2, 3] },
      { prompt: "bare text" },
    ]);
    const cell = `"${JSON.stringify(messages).replaceAll('"', '""')}"`;
    expect(await samplesIn(write("kinds.csv", `messages,prompt_token_ids\n${cell},\n,"[4,5]"\n`))).toEqual([
      { messages },
      { promptTokenIds: [4, 5] },
    ]);
  });

  it("gives a sample one prompt only, the readiest one", async () => {
    const row = { prompt: "a", messages: [{ role: "user", content: "b" }], promptTokenIds: [3] };
    const { promptTokenIds, ...withoutIds } = row;
    const name = write("several.json", JSON.stringify([row, withoutIds]));
    expect(await samplesIn(name)).toEqual([{ promptTokenIds }, { messages: row.messages }]);
  });

  it("takes the columns that options name, and then no other prompt", async () => {
    const name = write(
      "named.json",
      JSON.stringify([
        { instruction: "do it", prompt: "not me", tok_input: [1], gold: "done", answer: "no" },
      ]),
    );
    expect(await samplesIn(name, { prompt: "instruction", reference: "gold" })).toEqual([
      { prompt: "do it", reference: "done" },
    ]);
    expect((await failureOf(name, { messages: "chat" })).message).toContain("it lacks the column chat");
  });

  it("refuses options it does not know, all at once", async () => {
    const name = write("one.txt", "one");
    const error = await failureOf(name, { promt: "x", reference: "", messages: "a", prompt: "b" });
    expect(error.code).toBe("DATASET_OPTION_INVALID");
    expect(error.message.split("\n")).toEqual([
      'dataset option promt: this dataset has no such option. Did you mean "prompt"?',
      "dataset option reference: it must name a column",
      "dataset option messages, prompt: only one kind of prompt can be used, but messages and prompt are given",
    ]);
  });

  it("names file, row and column of every problem", async () => {
    const rows = [
      { prompt: 1 },
      {
        messages: [
          { role: "user", content: "a" },
          { role: "bot", content: "b" },
        ],
        max_tokens: 0,
      },
      { messages: [] },
      { promptTokenIds: [1, -2], answer: ["x"] },
      { question: "" },
      { topic: "x", kind: "y" },
      { prompt: "fine", maxTokens: "12" },
      [1],
      null,
      { prompt: "fine" },
    ];
    const error = await failureOf(write("wrong.json", JSON.stringify(rows)));
    expect(error.code).toBe("DATASET_ROW_INVALID");
    expect(error.problems).toEqual([
      { where: "wrong.json, row 1, column prompt", message: "it must be text, but it is a number" },
      {
        where: "wrong.json, row 2, column messages",
        message: "item 2: its role must be system, user or assistant",
      },
      {
        where: "wrong.json, row 2, column max_tokens",
        message: "it must be a whole number of tokens, at least 1",
      },
      { where: "wrong.json, row 3, column messages", message: "it is an empty list" },
      { where: "wrong.json, row 4, column promptTokenIds", message: "item 2: it must not be negative" },
      { where: "wrong.json, row 4, column answer", message: "it must be text, but it is a list" },
      { where: "wrong.json, row 5, column question", message: "it is empty" },
      {
        where: "wrong.json, row 6",
        message: expect.stringMatching(/lacks a prompt .*; it has topic, kind\./),
      },
      {
        where: "wrong.json, row 7, column maxTokens",
        message: "it must be a whole number of tokens, at least 1",
      },
      { where: "wrong.json, row 8", message: "it is a list and neither an object nor text" },
      { where: "wrong.json, row 9", message: "it is null and neither an object nor text" },
    ]);
  });

  it("stops after twenty problems and says so", async () => {
    const error = await failureOf(write("many.jsonl", "nope\n".repeat(100)));
    expect(error.problems).toHaveLength(20);
    expect(error.hint).toContain("20 problems");
  });

  const broken = Buffer.from([0x22, 0xff, 0x22]);
  it.each<[string, string | Uint8Array, string]>([
    ["cut.jsonl", '{"prompt":"a"}\n{"prompt":', "cut.jsonl, row 2: it is not JSON"],
    ["cut.json", '[{"prompt":"a"},', "cut.json: it is not JSON"],
    ["object.json", '{"prompt":"a"}', "object.json: it is an object and not a list of objects"],
    ["bytes.txt", Buffer.from([0x61, 0x0a, 0xc3, 0x28]), "bytes.txt, row 2: it is not valid UTF-8"],
    ["bytes.jsonl", broken, "bytes.jsonl, row 1: it is not valid UTF-8"],
    ["bytes.json", Buffer.concat([Buffer.from("[\n"), broken]), "bytes.json, line 2: it is not valid UTF-8"],
    [
      "bytes.csv",
      Buffer.concat([Buffer.from("id,text\n1,a\n2,"), broken]),
      "bytes.csv, row 2, line 3, column text: it is not valid UTF-8",
    ],
    ["short.csv", "id,text\n1\n", "short.csv, row 1, line 2: it has 1 fields, but the header has 2"],
    ["twice.csv", "text,id,text\na,1,b\n", "twice.csv, line 1, column text: the header names it twice"],
    ["quote.csv", 'text\n"a\nb"\n"x"y\n', "quote.csv, row 2, line 4: it is not CSV"],
    ["open.csv", 'text\nfine\n"never closed', "open.csv, row 2, line 3: it is not CSV"],
    ["ids.csv", "tok_input\n1 2 3\n", "ids.csv, row 1, line 2, column tok_input: it is not JSON"],
  ])("says what is wrong in %s", async (name, content, message) => {
    const error = await failureOf(write(name, content));
    expect(error.code).toBe("DATASET_ROW_INVALID");
    expect(error.message).toContain(message);
  });

  it.each([
    ["empty.jsonl", ""],
    ["empty.json", "[]"],
    ["empty.csv", "prompt,reference\n"],
    ["empty.txt", "\n \n"],
  ])("refuses %s, which holds nothing", async (name, content) => {
    const error = await failureOf(write(name, content));
    expect([error.code, error.message]).toEqual(["DATASET_EMPTY", `${name}: it holds no rows`]);
  });

  it("refuses a sample outside the set", async () => {
    const dataset = await load(write("two.txt", "one\ntwo"));
    expect(() => dataset.sample(2)).toThrow("Sample 2 is asked for, but the dataset has samples 0 to 1.");
  });

  it("cuts lines the same, however the bytes arrive", async () => {
    const text = fc.array(fc.constantFrom("a", "ü", "\n", "\r\n", "😀", " "), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(text, fc.integer({ min: 1, max: 7 }), async (parts, chunkBytes) => {
        const whole = parts.join("");
        const bytes = Buffer.from(whole);
        async function* chunks(): AsyncGenerator<Uint8Array> {
          for (let start = 0; start < bytes.length; start += chunkBytes) {
            yield bytes.subarray(start, start + chunkBytes);
          }
        }
        const lines: (string | null)[] = [];
        for await (const { text: line } of readTextLines(chunks())) {
          lines.push(line);
        }
        const expectedLines = whole.split(/\r?\n/);
        if (expectedLines.at(-1) === "") {
          expectedLines.pop();
        }
        expect(lines).toEqual(expectedLines);
      }),
    );
  });
});

describe("what is not there", () => {
  beforeAll(() => {
    write("near/questions.jsonl", '"q"');
    write("near/table.parquet", "PAR1");
    write("near/table.xlsx", "PK");
    write("near/set.pkl.gz", "");
    write("barren/notes.md", "nothing");
  });

  it.each([
    [
      "synthetc",
      "DATASET_NOT_FOUND",
      "neither a built-in dataset, a file, nor an installed package",
      '"synthetic"',
    ],
    ["a b", "DATASET_NOT_FOUND", "neither a built-in dataset", "Known: prompts, synthetic, trace, "],
    ["near/question.jsonl", "DATASET_NOT_FOUND", "there is no such file", '"questions.jsonl"'],
    ["far/questions.jsonl", "DATASET_NOT_FOUND", "there is no such folder", "far"],
    ["near", "DATASET_FORMAT_UNKNOWN", "the folder mixes formats: .jsonl, .parquet", "Name one file of it"],
    ["./barren", "DATASET_EMPTY", "the folder does not hold a dataset file", ".parquet"],
    ["./near/absent.mjs", "DATASET_NOT_FOUND", "there is no such file", "Looked in"],
    ["near/table.parquet", "DATASET_ROW_INVALID", "it is not Parquet: ", ""],
    ["near/table.xlsx", "DATASET_FORMAT_UNKNOWN", 'files with the ending ".xlsx" are not read', ".jsonl"],
    ["near/set.pkl.gz", "DATASET_FORMAT_UNKNOWN", "are not read", "scripts/convert-pickle.py"],
    ["near/questions.jsonl:x", "DATASET_OPTION_INVALID", "a file takes no argument", ""],
    ["prompts:x", "DATASET_OPTION_INVALID", "this dataset takes no argument", ""],
  ])("%s gives %s", async (spec, code, message, hint) => {
    const error = await failureOf(spec);
    expect(error.code).toBe(code);
    expect(error.message).toContain(`${spec}: `);
    expect(error.message).toContain(message);
    expect(error.hint ?? "").toContain(hint);
  });

  it("reads a file with a colon in its name", async () => {
    expect(await samplesIn(write("a:b.txt", "one"))).toEqual([{ prompt: "one" }]);
  });
});

describe("modules", () => {
  const good = `({
    name: "echo", description: "Echoes its request.",
    load: (request) => ({
      name: "echo", size: 3, performanceSampleCount: 2, source: "here", sha256: null,
      sample: (index) => ({ prompt: index + " " + JSON.stringify(request) }),
    }),
  })`;

  it("are loaded by path, told their argument, seed and options", async () => {
    const name = `./${write("echo.mjs", `export default ${good}`)}`;
    const dataset = await loadDataset(`${name}:a:b`, { seed: 9, maxTokens: 4, options: { key: "value" } });
    expect(dataset).toMatchObject({ name: "echo", size: 3, performanceSampleCount: 2 });
    const { prompt } = await dataset.sample(1);
    const request = { argument: "a:b", seed: 9, maxTokens: 4, options: { key: "value" } };
    expect(prompt).toBe(`1 ${JSON.stringify({ ...request, samples: null, tokenizer: null })}`);
  });

  it("are loaded by package name from the working folder, by its exports for import", async () => {
    write("node_modules/@team/data/index.js", `export default ${good}`);
    const manifest = { name: "@team/data", type: "module", exports: { import: "./index.js" } };
    write("node_modules/@team/data/package.json", JSON.stringify(manifest));
    const dataset = await load("@team/data:x");
    expect((await dataset.sample(0)).prompt).toContain('"argument":"x"');
  });

  it("keep their own object, so that its methods find their fields", async () => {
    const text = `class Words {
      #words = ["a", "b"]; name = "words"; source = "here"; sha256 = null; performanceSampleCount = 2;
      get size() { return this.#words.length; }
      async sample(index) { return { prompt: this.#words[index] }; }
    }
    export default { name: "words", description: "Two words.", load: async () => new Words() };`;
    expect(await samplesIn(`./${write("words.mjs", text)}`)).toEqual([{ prompt: "a" }, { prompt: "b" }]);
  });

  const returning = (dataset: string): string =>
    `export default { name: "m", description: "d", load: () => (${dataset}) }`;
  const whole = `name: "m", source: "s", sha256: null, sample: () => ({ prompt: "p" })`;

  it.each<[string, string, string, string]>([
    ["named-only", "export const dataset = 1", "DATASET_MODULE_INVALID", "it has no default export"],
    [
      "number",
      "export default 5",
      "DATASET_MODULE_INVALID",
      "it must be an object, as defineDataset returns it",
    ],
    ["no-load", 'export default { name: "" }', "DATASET_MODULE_INVALID", "load: it must be a function"],
    ["syntax", "export default {", "DATASET_MODULE_INVALID", "it cannot be imported: "],
    ["lacking", 'import "not-installed-anywhere"', "DATASET_MODULE_INVALID", "not-installed-anywhere"],
    ["throws", 'throw new Error("boom")', "DATASET_MODULE_INVALID", "it cannot be imported: boom"],
    [
      "load-throws",
      returning('(() => { throw new Error("no key") })()'),
      "DATASET_LOAD_FAILED",
      "its load function threw: no key",
    ],
    ["nothing", returning("undefined"), "DATASET_MODULE_INVALID", "load(): it must be a dataset object"],
    [
      "half",
      returning(`{ ${whole}, size: 1.5, performanceSampleCount: 1 }`),
      "DATASET_MODULE_INVALID",
      "load(), size: it must be a whole number",
    ],
    [
      "none",
      returning(`{ ${whole}, size: 0, performanceSampleCount: 0 }`),
      "DATASET_EMPTY",
      "it holds no samples",
    ],
    [
      "too-many",
      returning(`{ ${whole}, size: 2, performanceSampleCount: 3 }`),
      "DATASET_MODULE_INVALID",
      "performanceSampleCount: it must be from 1 to the size, 2, but it is 3",
    ],
  ])("that are wrong (%s) are named with what is wrong", async (name, text, code, message) => {
    const error = await failureOf(`./${write(`wrong/${name}.mjs`, text)}`);
    expect(error.code).toBe(code);
    expect(error.message).toContain(`./wrong/${name}.mjs`);
    expect(error.message).toContain(message);
  });

  it("tell all problems of a module at once", async () => {
    const error = await failureOf(`./${write("wrong/all.mjs", "export default { name: 1 }")}`);
    expect(error.problems.map(({ where }) => where)).toEqual([
      "./wrong/all.mjs, name",
      "./wrong/all.mjs, description",
      "./wrong/all.mjs, load",
    ]);
    expect(error.hint).toContain("defineDataset");
  });

  it("of the examples load and give what they say", async () => {
    const dataset = await load(`${join(project, "examples/custom-dataset.mjs")}:12`, { language: "German" });
    expect(dataset.size).toBe(144);
    expect(await dataset.sample(143)).toEqual({
      prompt: "What is 12 times 12? Answer in German.",
      reference: "144",
    });
    expect((await failureOf(`${join(project, "examples/custom-dataset.mjs")}:x`)).code).toBe(
      "DATASET_LOAD_FAILED",
    );
  });
});

describe("prompts", () => {
  it("holds at least sixty different short prompts, many with a reference", async () => {
    const dataset = await load("prompts");
    const samples = await samplesOf(dataset);
    expect(samples.length).toBeGreaterThanOrEqual(60);
    expect(new Set(samples.map(({ prompt }) => prompt)).size).toBe(samples.length);
    expect(
      samples.every(({ prompt }) => prompt !== undefined && prompt.length > 10 && prompt.length < 400),
    ).toBe(true);
    expect(samples.filter(({ reference }) => reference !== undefined).length).toBeGreaterThanOrEqual(30);
    expect(dataset.sha256).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe("synthetic", () => {
  const wordsOf = ({ prompt = "" }: Sample): string[] => prompt.split(" ");

  it("gives a thousand prompts of fifty words, none beginning like another", async () => {
    const dataset = await load("synthetic");
    const samples = await samplesOf(dataset);
    expect([dataset.size, dataset.performanceSampleCount, dataset.sha256]).toEqual([1000, 1000, null]);
    expect(samples.every((sample) => wordsOf(sample).length === 50 && sample.maxTokens === undefined)).toBe(
      true,
    );
    expect(new Set(samples.map((sample) => wordsOf(sample).slice(0, 2).join(" "))).size).toBe(1000);
  });

  it("is the same for the same seed and different for another", async () => {
    const first = await samplesOf(await load("synthetic", { size: "20" }, 5));
    expect(await samplesOf(await load("synthetic", { size: "20" }, 5))).toEqual(first);
    const other = await samplesOf(await load("synthetic", { size: "20" }, 6));
    expect(other.filter(({ prompt }, index) => prompt === first[index]?.prompt)).toEqual([]);
    // Seeds that differ only above 32 bits are different seeds too.
    const large = await samplesOf(await load("synthetic", { size: "20" }, 5 + 2 ** 40));
    expect(large[0]).not.toEqual(first[0]);
  });

  it("sets output token limits when asked, and leaves the prompts as they were", async () => {
    const plain = await samplesIn("synthetic", { size: "200", input: "uniform:1-9" });
    const limited = await samplesIn("synthetic", {
      size: "200",
      input: "uniform:1-9",
      output: "uniform:10-20",
    });
    expect(limited.map(({ prompt }) => prompt)).toEqual(plain.map(({ prompt }) => prompt));
    const limits = limited.map(({ maxTokens = 0 }) => maxTokens);
    expect([Math.min(...limits), Math.max(...limits)]).toEqual([10, 20]);
  });

  it.each([
    ["synthetic:7", 7, 0],
    ["synthetic:uniform:20-80", 50, 17.6],
    ["synthetic:normal:60,10", 60, 10],
    ["synthetic:lognormal:60,30", 60, 30],
  ])("%s has the mean and deviation asked for", async (spec, mean, deviation) => {
    const size = 4000;
    const lengths = (await samplesIn(spec, { size: String(size) })).map((sample) => wordsOf(sample).length);
    const average = lengths.reduce((sum, length) => sum + length, 0) / size;
    const spread = Math.sqrt(lengths.reduce((sum, length) => sum + (length - average) ** 2, 0) / size);
    // Five standard errors of the mean; the deviation of a lognormal converges more slowly.
    expect(Math.abs(average - mean)).toBeLessThanOrEqual((5 * deviation) / Math.sqrt(size));
    expect(Math.abs(spread - deviation)).toBeLessThanOrEqual(deviation * 0.12);
  });

  it("never makes an empty prompt", async () => {
    const lengths = (await samplesIn("synthetic:normal:1,50", { size: "500" })).map(({ prompt }) => prompt);
    expect(lengths.filter((prompt) => prompt === undefined || prompt === "")).toEqual([]);
  });

  it("refuses options that make no sense, all at once", async () => {
    const error = await failureOf("synthetic:fixed:0", { size: "0", output: "pareto:1,2", inptu: "5" });
    expect(error.code).toBe("DATASET_OPTION_INVALID");
    expect(error.problems.map(({ where }) => where)).toEqual([
      "dataset option inptu",
      "dataset option size",
      "dataset option input",
      "dataset option output",
    ]);
    expect((await failureOf("synthetic:5", { input: "6" })).message).toContain("given twice");
  });

  it.each([
    "",
    "0",
    "-1",
    "1.5",
    "uniform:9-3",
    "uniform:0-3",
    "uniform:5",
    "normal:5",
    "normal:-1,2",
    "fixed:2000000",
  ])("does not take the length %j", (text) => expect(parseLengthDistribution(text)).toBeNull());
});
