import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { parquetWriteBuffer, parquetWriteFile } from "hyparquet-writer";
import { describe, expect, it } from "vitest";
import type { Dataset, Sample } from "#src/dataset/define-dataset.js";
import { hubPresets } from "#src/dataset/hub-presets.js";
import { type DatasetLoading, loadDataset } from "#src/dataset/load-dataset.js";
import { UsageError } from "#src/errors.js";
import { type Hub, openHub } from "#src/hub/open-hub.js";
import { loadTokenizerFolder } from "#src/tokenizer/load-tokenizer.js";
import { temporaryFolder } from "./child-script.ts";
import { commitOf, startHub } from "./hub-server.ts";

const folder = temporaryFolder();
const tokenizer = await loadTokenizerFolder("test/fixtures/tokenizers/smollm2");

function write(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return path;
}

type Columns = Parameters<typeof parquetWriteBuffer>[0]["columnData"];

const parquet = (columnData: Columns, rowGroupSize = 4) =>
  new Uint8Array(parquetWriteBuffer({ columnData, rowGroupSize }));

const text = (name: string, data: string[]) => ({ name, data, type: "STRING" as const });

function load(spec: string, loading: Partial<DatasetLoading> = {}): Promise<Dataset> {
  return loadDataset(spec, { seed: 1, maxTokens: null, options: {}, ...loading });
}

function samplesOf(dataset: Dataset): Promise<Sample[]> {
  return Promise.all(Array.from({ length: dataset.size }, (_, index) => dataset.sample(index)));
}

async function samplesIn(spec: string, loading: Partial<DatasetLoading> = {}): Promise<Sample[]> {
  return samplesOf(await load(spec, loading));
}

async function failureOf(spec: string, loading: Partial<DatasetLoading> = {}): Promise<UsageError> {
  const error = await load(spec, loading).then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof UsageError)) throw new Error(`expected a UsageError for ${spec}`, { cause: error });
  return error;
}

const questions = (from: number, count: number) =>
  Array.from({ length: count }, (_, index) => `question ${from + index}`);

describe("Parquet", () => {
  const shard = (from: number, count: number) =>
    parquet([
      text("question", questions(from, count)),
      text(
        "answer",
        questions(from, count).map((question) => question.toUpperCase()),
      ),
      text("unused", questions(from, count)),
    ]);

  it("is read over row groups and in order", async () => {
    const samples = await samplesIn(write("one.parquet", shard(0, 10)));
    expect(samples).toHaveLength(10);
    expect(samples[9]).toEqual({ prompt: "question 9", reference: "QUESTION 9" });
  });

  it("gives integers, lists and structures as JSON would", async () => {
    const path = write(
      "kinds.parquet",
      parquet([
        { name: "answer", data: [7n, 2n ** 60n], type: "INT64" },
        { name: "max_tokens", data: [5, 6], type: "INT32" },
        {
          name: "messages",
          data: [[{ role: "user", content: "a" }], [{ role: "user", content: "b" }]],
          type: "JSON",
        },
      ]),
    );
    expect(await samplesIn(path)).toEqual([
      { messages: [{ role: "user", content: "a" }], reference: "7", maxTokens: 5 },
      { messages: [{ role: "user", content: "b" }], reference: String(2n ** 60n), maxTokens: 6 },
    ]);
  });

  it("names file, row and column of text that is not UTF-8", async () => {
    const bytes = parquet([text("question", ["one", "t\u00e4wo", "three"])], 10);
    const at = Buffer.from(bytes).indexOf(Buffer.from("t\u00e4wo"));
    bytes[at + 1] = 0xff;
    const path = write("broken.parquet", bytes);
    expect((await failureOf(path)).problems).toEqual([
      { where: `${path}, row 2, column question`, message: "it is not valid UTF-8" },
    ]);
  });

  it("that was cut or is no Parquet is refused with its name", async () => {
    const whole = shard(0, 10);
    for (const [name, bytes] of [
      ["cut.parquet", whole.subarray(0, 200)],
      ["html.parquet", Buffer.from("<html>not found</html>")],
      ["hollow.parquet", Buffer.alloc(0)],
    ] as const) {
      const error = await failureOf(write(name, bytes));
      expect(error.code).toBe("DATASET_ROW_INVALID");
      expect(error.message).toContain(`${name}: it is not Parquet`);
    }
  });

  it("lists the columns it has when the named one is absent", async () => {
    const error = await failureOf(write("two.parquet", shard(0, 3)), {
      selection: { columns: { input: "frage" } },
    });
    expect(error.message).toContain("row 1: it lacks the column frage; it has question, answer, unused");
  });

  it("without rows is refused", async () => {
    const error = await failureOf(write("none.parquet", parquet([text("question", [])])));
    expect([error.code, error.problems[0]?.message]).toEqual(["DATASET_EMPTY", "it holds no rows"]);
  });

  it("of a folder is one set, in the order of the names; a split chooses among them", async () => {
    write("set/train-00001.parquet", shard(5, 5));
    write("set/train-00000.parquet", shard(0, 5));
    write("set/test-00000.parquet", shard(90, 2));
    const train = await samplesIn(`${join(folder, "set")}@train`);
    expect(train.map(({ prompt }) => prompt)).toEqual(questions(0, 10));
    expect(await samplesIn(join(folder, "set"))).toHaveLength(12);
    expect((await failureOf(`${join(folder, "set")}@dev`)).message).toContain('of the split "dev"');
  });

  it("of a million rows gives a thousand samples in under two seconds", async () => {
    const path = join(folder, "million.parquet");
    const count = 1_000_000;
    const data = Array.from({ length: count }, (_, index) => `question ${index} of very many`);
    parquetWriteFile({
      filename: path,
      columnData: [text("question", data), text("answer", data)],
      rowGroupSize: 100_000,
    });
    const start = performance.now();
    const dataset = await load(path, { selection: { samples: 1000 } });
    const elapsedMs = performance.now() - start;
    expect(dataset.size).toBe(1000);
    expect((await dataset.sample(999)).prompt).toBe("question 999 of very many");
    expect(elapsedMs).toBeLessThan(2000);
  }, 60_000);
});

describe("compressed files", () => {
  const rows = '{"prompt":"one"}\n{"prompt":"two"}\n';
  // One zstd frame of one raw block, after RFC 8878: magic, single segment with its size, block header, content.
  const zstd = (content: string) => {
    const bytes = Buffer.from(content);
    const header = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x20, bytes.length]);
    const block = (bytes.length << 3) | 1;
    return Buffer.concat([header, Buffer.from([block & 255, (block >> 8) & 255, block >> 16]), bytes]);
  };

  it.each([
    ["rows.jsonl.gz", gzipSync(rows)],
    ["rows.jsonl.zst", zstd(rows)],
    ["ROWS.JSONL.GZ", gzipSync(rows)],
  ])("%s are read as what is in them", async (name, bytes) => {
    const dataset = await load(write(name, bytes));
    expect(await samplesOf(dataset)).toEqual([{ prompt: "one" }, { prompt: "two" }]);
    expect(dataset.name.toLowerCase()).toBe("rows");
  });

  it.each([
    ["cut.jsonl.gz", gzipSync(rows).subarray(0, 20)],
    ["wrong.csv.gz", Buffer.from("prompt\nhello")],
    ["wrong.csv.zst", Buffer.from("prompt\nhello")],
  ])("%s, which is broken, is refused", async (name, bytes) => {
    const error = await failureOf(write(name, bytes));
    expect(error.code).toBe("DATASET_COMPRESSION_INVALID");
    expect(error.message).toContain(`${name}: it cannot be decompressed`);
  });
});

describe("columns and templates", () => {
  const path = write(
    "rows.jsonl",
    [
      { frage: "2+2?", antwort: 4, rolle: "Be brief.", wahl: ["3", "4"] },
      { frage: "3+3?", antwort: "6", rolle: "", wahl: ["6", "7"] },
    ]
      .map((row) => JSON.stringify(row))
      .join("\n"),
  );
  const columns = { input: "frage", output: "antwort" };

  it("say what is asked, answered and said beforehand", async () => {
    expect(await samplesIn(path, { selection: { columns: { ...columns, system: "rolle" } } })).toEqual([
      {
        messages: [
          { role: "system", content: "Be brief." },
          { role: "user", content: "2+2?" },
        ],
        reference: "4",
      },
      { prompt: "3+3?", reference: "6" },
    ]);
  });

  it("fill a template, with lists as lettered lines and doubled braces as one", async () => {
    const promptTemplate = "{{Q}} {frage}\n{wahl:letters}\n{input}";
    const [first] = await samplesIn(path, { selection: { columns, promptTemplate } });
    expect(first?.prompt).toBe("{Q} 2+2?\nA. 3\nB. 4\n2+2?");
  });

  it("take a template from a file", async () => {
    const promptTemplate = write("template.txt", "Answer:\n{frage}\n");
    const [first] = await samplesIn(path, { selection: { promptTemplate } });
    expect(first?.prompt).toBe("Answer:\n2+2?");
  });

  it("that a row lacks are named with file and row", async () => {
    const error = await failureOf(path, { selection: { promptTemplate: "{frage} {antwrot}" } });
    expect(error.problems[0]).toEqual({
      where: `${path}, row 1, line 1, column antwrot`.replace(", line 1", ""),
      message: "the template names it, but the row has frage, antwort, rolle, wahl",
    });
  });

  it.each([
    ["no column at all", "names no column"],
    ["open {frage", "has no partner"],
    ["closed frage}", "has no partner"],
    ["{wahl:roman}", '"roman" in {wahl:roman} is no form'],
  ])("refuse the template %s", async (promptTemplate, message) => {
    const error = await failureOf(path, { selection: { promptTemplate } });
    expect(error.code).toBe("PROMPT_TEMPLATE_INVALID");
    expect(error.message).toContain(message);
  });

  it("contradict the dataset option that says the same", async () => {
    const error = await failureOf(path, { options: { prompt: "a" }, selection: { columns } });
    expect(error.message).toBe("dataset option prompt: it is given twice, as --column input=frage too");
  });

  it("of mixed types are named with file, row and column", async () => {
    const mixed = write("mixed.jsonl", '{"prompt":"a","answer":"b"}\n{"prompt":5,"answer":{"x":1}}');
    expect((await failureOf(mixed)).problems).toEqual([
      { where: `${mixed}, row 2, column prompt`, message: "it must be text, but it is a number" },
      { where: `${mixed}, row 2, column answer`, message: "it must be text, but it is an object" },
    ]);
  });

  it.each(["synthetic", "./examples/custom-dataset.mjs"])(
    "are not for %s, which makes its prompts itself",
    async (spec) => {
      const error = await failureOf(spec, {
        selection: { columns, promptTemplate: "{a}", revision: "main" },
      });
      expect(error.problems.map(({ where }) => where)).toEqual([
        "--column",
        "--prompt-template",
        "--dataset-revision",
      ]);
    },
  );
});

describe("selection", () => {
  const words = (count: number) => Array.from({ length: count }, () => "word").join(" ");
  const path = write(
    "lengths.jsonl",
    [3, 50, 8, 200, 12, 30].map((count) => JSON.stringify({ prompt: words(count) })).join("\n"),
  );
  const tokensOf = ({ prompt = "" }: Sample) => tokenizer.encode(prompt).length;

  it("takes the first samples, or others when shuffled, always the same ones for a seed", async () => {
    const lines = write("hundred.txt", questions(0, 100).join("\n"));
    const first = await samplesIn(lines, { selection: { samples: 5 } });
    expect(first.map(({ prompt }) => prompt)).toEqual(questions(0, 5));
    const shuffled = await samplesIn(lines, { selection: { samples: 5, shuffle: true } });
    expect(shuffled).not.toEqual(first);
    expect(await samplesIn(lines, { selection: { samples: 5, shuffle: true } })).toEqual(shuffled);
    expect(await samplesIn(lines, { seed: 2, selection: { samples: 5, shuffle: true } })).not.toEqual(
      shuffled,
    );
    const all = await samplesIn(lines, { selection: { shuffle: true } });
    expect(all.map(({ prompt }) => prompt).toSorted()).toEqual(questions(0, 100).toSorted());
  });

  it("shuffles Parquet over all shards and row groups, each row once", async () => {
    const shards = join(folder, "shuffled");
    write("shuffled/a.parquet", parquet([text("question", questions(0, 30))]));
    write("shuffled/b.parquet", parquet([text("question", questions(30, 30))]));
    const all = await samplesIn(shards, { selection: { shuffle: true } });
    expect(all.map(({ prompt }) => prompt).toSorted()).toEqual(questions(0, 60).toSorted());
    expect(all.map(({ prompt }) => prompt)).not.toEqual(questions(0, 60));
    const few = await samplesIn(shards, { selection: { shuffle: true, samples: 7 } });
    expect(few).toEqual(all.slice(0, 7));
  });

  it("counts after the filters, and refuses to give fewer than asked for", async () => {
    const selection = { minInputTokens: 15, maxInputTokens: 100, samples: 3 };
    const samples = await samplesIn(path, { tokenizer, selection });
    expect(samples.map(tokensOf)).toEqual([24, 36, 90]);
    const error = await failureOf(path, { tokenizer, selection: { ...selection, samples: 5 } });
    expect(error.code).toBe("DATASET_TOO_SMALL");
    expect(error.message).toBe(
      `${path}: it gives 3 samples (1 too short, 2 too long), but --samples asks for 5`,
    );
    const none = await failureOf(path, { tokenizer, selection: { minInputTokens: 5000 } });
    expect([none.code, none.message]).toEqual([
      "DATASET_EMPTY",
      `${path}: none of its 6 rows is left (6 too short)`,
    ]);
  });

  it("cuts the input column alone, so that the template stays whole", async () => {
    const samples = await samplesIn(path, {
      tokenizer,
      selection: { promptTemplate: "Begin. {prompt} End of it.", maxInputTokens: 40, truncate: true },
    });
    expect(samples).toHaveLength(6);
    for (const sample of samples) {
      expect(tokensOf(sample)).toBeLessThanOrEqual(40);
      expect(sample.prompt).toMatch(/^Begin\. word.* End of it\.$/);
    }
    expect(samples[0]?.prompt).toBe("Begin. word word word End of it.");
    // A cut word may leave a token or two unused.
    expect(samples.map(tokensOf).filter((tokens) => tokens >= 38)).toHaveLength(5);
  });

  it("says when the template leaves no room, with file, row and column", async () => {
    const error = await failureOf(path, {
      tokenizer,
      selection: { promptTemplate: `${words(30)} {prompt}`, maxInputTokens: 20, truncate: true },
    });
    expect(error.problems[0]?.where).toBe(`${path}, row 1, column prompt`);
    expect(error.problems[0]?.message).toContain("leaves none of --max-input-tokens");
  });

  it("needs a tokenizer for lengths", async () => {
    const error = await failureOf(path, { selection: { maxInputTokens: 5 } });
    expect([error.code, error.message]).toEqual([
      "TOKENIZER_NEEDED",
      "--max-input-tokens: it needs --tokenizer, to count tokens",
    ]);
  });

  it("refuses a prompt longer than the model's length, with file, row and column", async () => {
    const small = { ...tokenizer, modelMaxLength: 100, encode: tokenizer.encode.bind(tokenizer) };
    const error = await failureOf(path, { tokenizer: small });
    expect(error.problems.map(({ where }) => where)).toEqual([
      `${path}, row 2, column prompt`,
      `${path}, row 4, column prompt`,
    ]);
    expect(error.problems[1]?.message).toContain("the prompt has 600 tokens, but the model takes 100");
  });

  it("works on datasets that are modules or made up, too", async () => {
    const synthetic = await load("synthetic", { selection: { samples: 3, shuffle: true } });
    expect(synthetic.size).toBe(3);
    const filtered = await samplesIn("synthetic:uniform:5-100", {
      tokenizer,
      selection: { maxInputTokens: 20, samples: 10 },
    });
    expect(filtered.map(tokensOf).filter((tokens) => tokens > 20)).toEqual([]);
  });
});

describe("the Hub", async () => {
  const card = (configs: string) => `---\nlicense: mit\nconfigs:\n${configs}---\n# A set\n`;
  const shard = (from: number, count: number) =>
    Buffer.from(
      parquet([text("question", questions(from, count)), text("response", questions(from, count))]),
    );
  const sharded = {
    "README.md": card(
      "- config_name: main\n  data_files:\n  - split: train\n    path: data/train-*\n  - split: test\n    path: data/test-*\n" +
        "- config_name: hard\n  data_files:\n  - split: test\n    path: [hard/*.parquet]\n",
    ),
    "data/train-00000-of-00002.parquet": shard(0, 6),
    "data/train-00001-of-00002.parquet": shard(6, 6),
    "data/test-00000-of-00001.parquet": shard(50, 3),
    "hard/x.parquet": shard(90, 2),
    "model.pkl": "cos\nsystem\n",
  };
  const plain = { "train.jsonl": '{"prompt":"a"}\n{"prompt":"b"}', "test.jsonl": '{"prompt":"c"}' };
  const old = { "train.jsonl": '{"prompt":"old"}' };
  const converted = { "default/train/0000.parquet": shard(0, 2), "default/train/0001.parquet": shard(2, 2) };
  const stand = await startHub([
    {
      type: "dataset",
      name: "team/sharded",
      files: sharded,
      lfs: Object.keys(sharded).filter((path) => path.endsWith(".parquet")),
    },
    { type: "dataset", name: "team/plain", files: plain, revisions: { "v1.0": old } },
    {
      type: "dataset",
      name: "team/script",
      files: { "script.py": "raise SystemExit" },
      revisions: { "refs/convert/parquet": converted },
    },
    { type: "dataset", name: "team/pickled", files: { "set.pkl.gz": "cos\nsystem\n" } },
  ]);
  const hub = (offline = false, cacheFolder = mkdtempSync(join(folder, "cache-"))): Hub =>
    openHub({ endpoint: stand.url, token: null, offline, cacheFolder });

  it("gives a split of a configuration over its shards, its commit on record", async () => {
    const dataset = await load("team/sharded@train#main", { hub: hub() });
    expect((await samplesOf(dataset)).map(({ prompt }) => prompt)).toEqual(questions(0, 12));
    expect(dataset.name).toBe("team/sharded");
    expect(dataset.source).toBe(`team/sharded@${commitOf(sharded)} (config main, split train)`);
    expect(await samplesIn("team/sharded#hard", { hub: hub() })).toHaveLength(2);
  });

  it("fetches only the shards that are needed", async () => {
    const before = stand.asked.length;
    await load("team/sharded#main@train", { hub: hub(), selection: { samples: 4 } });
    const fetched = stand.asked.slice(before).map(({ path }) => path);
    expect(fetched.filter((path) => path.includes("/resolve/") && path.endsWith("parquet"))).toEqual([
      `/datasets/team/sharded/resolve/${commitOf(sharded)}/data/train-00000-of-00002.parquet`,
    ]);
  });

  it.each([
    ["team/sharded@train", "it has the configurations main, hard; add one as #main"],
    ["team/sharded#main", "it has the splits train, test; add one as @train"],
    ["team/sharded#mian@train", 'it has no configuration "mian", but main, hard'],
    ["team/sharded#main@dev", 'it has no split "dev", but train, test'],
    ["team/plain", "it has the splits test, train; add one as @test"],
  ])("%s says what there is to choose from", async (spec, message) => {
    const error = await failureOf(spec, { hub: hub() });
    expect(error.code).toBe("DATASET_SPLIT_UNKNOWN");
    expect(error.message).toContain(message);
  });

  it("reads files by their names where the card says nothing, at any revision", async () => {
    expect(await samplesIn("team/plain@train", { hub: hub() })).toEqual([{ prompt: "a" }, { prompt: "b" }]);
    const dataset = await load("team/plain@train", { hub: hub(), selection: { revision: "v1.0" } });
    expect(await samplesOf(dataset)).toEqual([{ prompt: "old" }]);
    expect(dataset.source).toContain(commitOf(old));
    const wrong = await failureOf("team/plain@train", { hub: hub(), selection: { revision: "v2" } });
    expect(wrong.code).toBe("HUB_REVISION_UNKNOWN");
  });

  it("falls back on the Parquet files that the Hub makes", async () => {
    const dataset = await load("team/script", { hub: hub() });
    expect((await samplesOf(dataset)).map(({ prompt }) => prompt)).toEqual(questions(0, 4));
    expect(dataset.source).toContain(commitOf(converted));
  });

  it("never reads a pickle, and says how to convert it", async () => {
    const error = await failureOf("team/pickled", { hub: hub() });
    expect(error.code).toBe("DATASET_FORMAT_UNKNOWN");
    expect(error.hint).toContain("set.pkl.gz is a pickle, which is never read");
  });

  it("says what is not there", async () => {
    expect((await failureOf("team/absent", { hub: hub() })).code).toBe("HUB_NOT_FOUND");
    expect((await failureOf("team/absent", { hub: hub(true) })).code).toBe("HUB_OFFLINE_MISSING");
  });

  it("serves offline what was read before", async () => {
    const cache = mkdtempSync(join(folder, "cache-"));
    const online = await samplesIn("team/plain@train", { hub: hub(false, cache) });
    expect(await samplesIn("team/plain@train", { hub: hub(true, cache) })).toEqual(online);
  });
});

describe("well-known datasets", async () => {
  const rowsOf: Readonly<Record<string, readonly object[]>> = {
    openorca: [{ system_prompt: "Be kind.", question: "Why?", response: "Because." }],
    "cnn-dailymail": [{ article: "It rained.", highlights: "Rain." }],
    gsm8k: [{ question: "1+1?", answer: "It is\n#### 2" }],
    "mmlu-pro": [{ question: "Which?", options: ["x", "y"], answer: "B", category: "law" }],
    gpqa: [
      {
        Question: "Which?",
        "Correct Answer": "right\n",
        "Incorrect Answer 1": "wrong 1",
        "Incorrect Answer 2": "wrong 2",
        "Incorrect Answer 3": "wrong 3",
      },
    ],
    aime: [{ problem: "Find n.", answer: 204 }],
    "math-500": [{ problem: "Find x.", answer: "\\frac{1}{2}" }],
    longbench: [
      {
        context: "A long text.",
        question: "Who?",
        choice_A: "a",
        choice_B: "b",
        choice_C: "c",
        choice_D: "d",
        answer: "C",
      },
    ],
    sharegpt: [
      { conversations: [] },
      {
        conversations: [
          { from: "human", value: "Hello?" },
          { from: "gpt", value: "Hi." },
        ],
      },
    ],
  };
  const stand = await startHub(
    hubPresets.map(({ name, hub, revision }) => {
      const rows = (rowsOf[name] ?? []).map((row) => JSON.stringify(row)).join("\n");
      const config = hub.config === null ? "" : `${hub.config}/`;
      const files = { [`${config}${hub.split}.jsonl`]: rows };
      if (revision === null) return { type: "dataset", name: hub.name, files };
      const columnData = [
        {
          name: "conversations",
          data: (rowsOf[name] ?? []).map((row) => Object.values(row)[0]),
          type: "JSON" as const,
        },
      ];
      return {
        type: "dataset",
        name: hub.name,
        files: {},
        revisions: { [revision]: { "default/train/0000.parquet": Buffer.from(parquet(columnData)) } },
      };
    }),
  );
  const hub = openHub({
    endpoint: stand.url,
    token: null,
    offline: false,
    cacheFolder: join(folder, "presets"),
  });

  it.each(hubPresets.map(({ name }) => name))("%s asks as it should", async (name) => {
    const dataset = await load(name, { hub });
    const preset = hubPresets.find((candidate) => candidate.name === name);
    expect(dataset).toMatchObject({ name, size: 1, metric: preset?.metric });
    expect(dataset.source).toMatch(new RegExp(`^${preset?.hub.name}@[0-9a-f]{40}`));
    const sample = await dataset.sample(0);
    expect(sample.maxTokens).toBe(preset?.maxTokens);
    expect(sample.reference).toBeDefined();
    expect(sample).toMatchSnapshot();
    const limited = await load(name, { hub, maxTokens: 7 });
    expect((await limited.sample(0)).maxTokens).toBeUndefined();
  });

  it("shuffle the choices of GPQA by the seed, and know the right letter", async () => {
    const letters = new Set<string | undefined>();
    for (let seed = 0; seed < 40; seed += 1) {
      const [sample] = await samplesIn("gpqa", { hub, seed });
      expect(sample?.prompt).toContain(`\n${sample?.reference}. right\n`);
      letters.add(sample?.reference);
    }
    expect([...letters].toSorted()).toEqual(["A", "B", "C", "D"]);
  });
});

describe("synthetic with a tokenizer", () => {
  const tokens = (prompt = "") => tokenizer.encode(prompt).length;

  it.each(["deepseek", "llama2", "llama3", "mistral", "qwen", "smollm2"])(
    "is exact in tokens of %s",
    async (name) => {
      const own = await loadTokenizerFolder(`test/fixtures/tokenizers/${name}`);
      const samples = await samplesIn("synthetic:uniform:30-400", {
        tokenizer: own,
        options: { size: "40" },
      });
      const lengths = samples.map(({ prompt = "" }) => own.encode(prompt).length);
      expect(Math.min(...lengths)).toBeGreaterThanOrEqual(30);
      expect(Math.max(...lengths)).toBeLessThanOrEqual(400);
      const fixed = await samplesIn("synthetic:200", { tokenizer: own, options: { size: "20" } });
      expect(new Set(fixed.map(({ prompt = "" }) => own.encode(prompt).length))).toEqual(new Set([200]));
    },
  );

  it("shares prefixes on top of the input", async () => {
    const options = { size: "12", input: "40", prefix: "60", prefixes: "3" };
    const samples = await samplesIn("synthetic", { tokenizer, options });
    expect(samples.map(({ prompt }) => tokens(prompt))).toEqual(Array.from({ length: 12 }, () => 100));
    const beginnings = samples.map(({ prompt = "" }) => prompt.slice(0, 80));
    expect(new Set(beginnings).size).toBe(3);
    expect(beginnings[0]).toBe(beginnings[3]);
    expect(new Set(samples.map(({ prompt }) => prompt)).size).toBe(12);
  });

  it("says when no text can be so short", async () => {
    const options = { size: "1", input: "1", prefix: "20" };
    const llama = await loadTokenizerFolder("test/fixtures/tokenizers/llama2");
    const dataset = await load("synthetic:1", { tokenizer: llama, options: { size: "1" } });
    expect(() => dataset.sample(0)).toThrow("has exactly 1 tokens");
    expect(await samplesIn("synthetic", { tokenizer, options })).toHaveLength(1);
  });

  it("draws lengths from a file, and names what is wrong in it", async () => {
    const lengths = write("lengths.txt", "7\n70\n\n");
    const samples = await samplesIn(`synthetic:file:${lengths}`, {
      options: { size: "60", output: `file:${lengths}` },
    });
    expect(new Set(samples.map(({ prompt = "" }) => prompt.split(" ").length))).toEqual(new Set([7, 70]));
    expect(new Set(samples.map(({ maxTokens }) => maxTokens))).toEqual(new Set([7, 70]));
    const wrong = write("wrong-lengths.txt", "7\nseven\n");
    const error = await failureOf(`synthetic:file:${wrong}`, {
      options: { prefixes: "2", output: "file:nowhere.txt" },
    });
    expect(error.problems.map(({ where, message }) => `${where}: ${message}`)).toEqual([
      "dataset option prefixes: it needs the option prefix, their length",
      `dataset option input: ${wrong}, line 2: it must be a whole number from 1 to 1000000`,
      expect.stringContaining("dataset option output: nowhere.txt cannot be read"),
    ]);
  });
});

describe("trace", () => {
  it("replays lengths in their order, exact in tokens", async () => {
    const path = write("trace.csv", "TIMESTAMP,ContextTokens,GeneratedTokens\n1,120,44\n2,33,1\n3,64,9\n");
    const samples = await samplesIn(`trace:${path}`, { tokenizer });
    expect(samples.map(({ prompt = "", maxTokens }) => [tokenizer.encode(prompt).length, maxTokens])).toEqual(
      [
        [120, 44],
        [33, 1],
        [64, 9],
      ],
    );
    const words = await samplesIn(`trace:${path}`, { selection: { samples: 2 } });
    expect(words.map(({ prompt = "" }) => prompt.split(" ").length)).toEqual([120, 33]);
  });

  it("takes columns of other names, and traces without outputs", async () => {
    const path = write("trace.jsonl", '{"in":5,"out":6}\n{"in":7,"out":8}');
    const samples = await samplesIn(`trace:${path}`, { options: { input: "in", output: "out" } });
    expect(samples.map(({ maxTokens }) => maxTokens)).toEqual([6, 8]);
    const without = await samplesIn(`trace:${path}`, { options: { input: "in" } });
    expect(without.map(({ maxTokens }) => maxTokens)).toEqual([undefined, undefined]);
  });

  it("names file, row and column of what is wrong", async () => {
    const path = write("wrong-trace.csv", "input_tokens,output_tokens\n5,0\nx,5\n");
    const error = await failureOf(`trace:${path}`);
    expect(error.problems.map(({ where }) => where)).toEqual([
      `${path}, row 1, line 2, column output_tokens`,
      `${path}, row 2, line 3, column input_tokens`,
    ]);
    const lacking = await failureOf(`trace:${path}`, { options: { input: "tokens" } });
    expect(lacking.message).toContain(
      "it lacks a column of input tokens; it has input_tokens, output_tokens",
    );
    expect((await failureOf("trace")).message).toContain("it needs a file, as trace:FILE");
    expect((await failureOf("trace:nowhere.csv")).code).toBe("DATASET_NOT_FOUND");
  });
});
