import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { UsageError } from "#src/errors.js";
import { openHub } from "#src/hub/open-hub.js";
import { loadTokenizer } from "#src/tokenizer/load-tokenizer.js";
import type { Tokenizer } from "#src/tokenizer/tokenizer.js";
import type { ModelHub } from "#src/tokenizer/tokenizer-files.js";
import { temporaryFolder } from "./child-script.ts";

// The fixtures hold what transformers gives for the same files: see make.py beside them.

const fixtures = join(import.meta.dirname, "fixtures/tokenizers");
const styles = readdirSync(fixtures, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);
const folder = temporaryFolder();
let copies = 0;

interface Expected {
  texts: { text: string; ids: number[]; bareIds: number[]; decoded: string; decodedBare: string }[];
  chats: { name: string; messages: { role: string; content: string }[]; rendered: string; ids: number[] }[];
}

const expectedOf = (style: string) =>
  JSON.parse(readFileSync(join(fixtures, style, "expected.json"), "utf8")) as Expected;

const noHub: ModelHub = {
  revision: () => Promise.reject(new Error("the Hub was asked")),
  file: () => Promise.reject(new Error("the Hub was asked")),
};

const load = (style: string) => loadTokenizer(join(fixtures, style), noHub);

/** A copy of a fixture, with files changed (or removed, with null). */
function changed(style: string, files: Record<string, object | string | null>): string {
  const copy = join(folder, `${style}-${copies++}`);
  mkdirSync(copy, { recursive: true });
  cpSync(join(fixtures, style), copy, { recursive: true });
  for (const [name, content] of Object.entries(files)) {
    if (content === null) rmSync(join(copy, name), { force: true });
    else writeFileSync(join(copy, name), typeof content === "string" ? content : JSON.stringify(content));
  }
  return copy;
}

const configOf = (style: string) =>
  JSON.parse(readFileSync(join(fixtures, style, "tokenizer_config.json"), "utf8")) as Record<string, unknown>;

async function failureOf(work: () => unknown): Promise<UsageError> {
  try {
    await work();
  } catch (error) {
    if (error instanceof UsageError) return error;
    throw error;
  }
  throw new Error("expected a UsageError");
}

describe.each(styles)("a tokenizer in the style of %s", (style) => {
  const { texts, chats } = expectedOf(style);

  it("gives the ids and texts that transformers gives", async () => {
    const tokenizer = await load(style);
    for (const { text, ids, bareIds, decoded, decodedBare } of texts) {
      expect(tokenizer.encode(text, { addSpecialTokens: false }), JSON.stringify(text)).toEqual(bareIds);
      if (!text.startsWith(bosOf(style))) expect(tokenizer.encode(text), text).toEqual(ids);
      expect(tokenizer.decode(ids, { skipSpecialTokens: false }), JSON.stringify(text)).toBe(decoded);
      expect(tokenizer.decode(Int32Array.from(ids)), JSON.stringify(text)).toBe(decodedBare);
    }
  });

  it.each(chats)(
    "renders a chat of $name as transformers does, ids included",
    async ({ messages, rendered, ids }) => {
      const tokenizer = await load(style);
      expect(tokenizer.hasChatTemplate).toBe(true);
      expect(tokenizer.renderChat(messages)).toBe(rendered);
      expect(tokenizer.encodeChat(messages)).toEqual(ids);
    },
  );

  it("never doubles BOS, though template and tokenizer both write it", async () => {
    const tokenizer = await load(style);
    for (const { messages, rendered } of chats) {
      // What is rendered may be sent as a plain prompt, too.
      const bos = bosIdOf(tokenizer, style);
      for (const ids of [tokenizer.encodeChat(messages), tokenizer.encode(rendered)]) {
        expect(ids.slice(0, 2)).not.toEqual([bos, bos]);
      }
    }
  });
});

/** The text of BOS; where there is none, a text with which nothing begins. */
function bosOf(style: string): string {
  const bos = configOf(style).bos_token as string | { content: string } | null;
  return bos === null ? "\0" : typeof bos === "string" ? bos : bos.content;
}

function bosIdOf(tokenizer: Tokenizer, style: string): number | undefined {
  return tokenizer.encode(bosOf(style), { addSpecialTokens: false })[0];
}

describe("BOS", () => {
  it("stands once, whether the text brings it along or not", async () => {
    const tokenizer = await load("llama3");
    const [bos] = tokenizer.encode("");
    expect(tokenizer.encode("<|begin_of_text|>token")).toEqual(tokenizer.encode("token"));
    expect(tokenizer.encode("token").filter((id) => id === bos)).toHaveLength(1);
    expect(tokenizer.encode("token", { addSpecialTokens: false })).not.toContain(bos);
  });

  it.each([true, false])("goes by add_bos_token (%s) where the class is Llama's", async (adds) => {
    const config = { ...configOf("deepseek"), tokenizer_class: "LlamaTokenizerFast", add_bos_token: adds };
    const path = changed("deepseek", { "tokenizer_config.json": config });
    const file = JSON.parse(readFileSync(join(path, "tokenizer.json"), "utf8")) as Record<string, unknown>;
    const bare = { ...file, post_processor: null };
    const without = changed("deepseek", { "tokenizer_config.json": config, "tokenizer.json": bare });
    const [bos] = (await load("deepseek")).encode("");
    for (const spec of [path, without]) {
      const tokenizer = await loadTokenizer(spec, noHub);
      const text = tokenizer.encode("token", { addSpecialTokens: false });
      expect(tokenizer.encode("token")).toEqual(adds ? [bos, ...text] : text);
    }
  });
});

describe("chat templates", () => {
  it("of a list: the default is taken, or the only one", async () => {
    const template = (name: string) => ({ name, template: `{{ '${name}' }}` });
    const config = (...names: string[]) => ({ ...configOf("mistral"), chat_template: names.map(template) });
    const render = async (...names: string[]) =>
      (
        await loadTokenizer(changed("mistral", { "tokenizer_config.json": config(...names) }), noHub)
      ).renderChat([]);
    expect(await render("tool_use", "default")).toBe("default");
    expect(await render("rag")).toBe("rag");
    const failure = await failureOf(() => render("tool_use", "rag"));
    expect(failure).toMatchObject({ code: "CHAT_TEMPLATE_MISSING", exitCode: 2 });
    expect(failure.message).toContain("tool_use, rag");
  });

  it("of a file of its own come before those in the configuration", async () => {
    const path = changed("mistral", { "chat_template.jinja": "{{ bos_token }}the file" });
    expect((await loadTokenizer(path, noHub)).renderChat([])).toBe("<s>the file");
  });

  it("know the special tokens of special_tokens_map.json, date, range, tojson and loop controls", async () => {
    const path = changed("qwen", {
      "special_tokens_map.json": { bos_token: { content: "<|im_start|>" }, unk_token: "?" },
      "tokenizer_config.json": { tokenizer_class: "PreTrainedTokenizerFast", eos_token: "<|im_end|>" },
      "chat_template.jinja":
        "{{ bos_token }}{{ unk_token }}{{ eos_token }}{{ pad_token }}|{{ strftime_now('%Y') }}|" +
        "{% for i in range(1, 9, 2) %}{% if i == 5 %}{% break %}{% endif %}{{ i }}{% endfor %}|" +
        "{{ messages[0] | tojson }}|{{ 'no tools' if tools is none }}|{{ 'opened' if add_generation_prompt }}",
    });
    const tokenizer = await loadTokenizer(path, noHub);
    expect(tokenizer.renderChat([{ role: "user", content: 'é "q" <b>' }])).toBe(
      `<|im_start|>?<|im_end|>|${new Date().getFullYear()}|13|{"role": "user", "content": "é \\"q\\" <b>"}|no tools|opened`,
    );
  });

  it("have line feeds, whatever line ends their file has", async () => {
    const template = readFileSync(join(fixtures, "qwen/chat_template.jinja"), "utf8");
    const path = changed("qwen", { "chat_template.jinja": template.replaceAll("\n", "\r\n") });
    const { messages, rendered } = expectedOf("qwen").chats[1] ?? { messages: [], rendered: "" };
    expect((await loadTokenizer(path, noHub)).renderChat(messages)).toBe(rendered);
    const inline = changed("qwen", { "chat_template.jinja": "a\r\nb\rc\n" });
    expect((await loadTokenizer(inline, noHub)).renderChat([])).toBe("a\nb\nc");
  });

  it("write dates in English, padded as Python does", async () => {
    const path = changed("qwen", {
      "chat_template.jinja": "{{ strftime_now('%d %b %Y|%B %-d|%a %A|%y%%') }}",
    });
    const now = new Date();
    const english = (options: Intl.DateTimeFormatOptions) => now.toLocaleString("en-US", options);
    const day = String(now.getDate());
    expect((await loadTokenizer(path, noHub)).renderChat([])).toBe(
      `${day.padStart(2, "0")} ${english({ month: "short" })} ${now.getFullYear()}|${english({ month: "long" })} ${day}|` +
        `${english({ weekday: "short" })} ${english({ weekday: "long" })}|${String(now.getFullYear()).slice(2)}%`,
    );
  });

  it("that are missing are missed only when a chat is rendered", async () => {
    const tokenizer = await loadTokenizer(changed("llama3", { "chat_template.jinja": null }), noHub);
    expect(tokenizer.hasChatTemplate).toBe(false);
    expect(tokenizer.encode("token").length).toBeGreaterThan(1);
    for (const work of [() => tokenizer.renderChat([]), () => tokenizer.encodeChat([])])
      expect(await failureOf(work)).toMatchObject({ code: "CHAT_TEMPLATE_MISSING" });
  });

  it.each([
    ["refuses the messages", "{{ raise_exception('roles must take turns') }}", "roles must take turns"],
    ["is broken", "{% if messages %}no end", ""],
    ["calls what is not there", "{{ nothing_here(1) }}", ""],
  ])("that %s is an error with its reason", async (_, template, reason) => {
    const tokenizer = await loadTokenizer(changed("llama3", { "chat_template.jinja": template }), noHub);
    const failure = await failureOf(() => tokenizer.renderChat([{ role: "user", content: "Hi" }]));
    expect(failure).toMatchObject({ code: "CHAT_TEMPLATE_FAILED", exitCode: 2 });
    expect(failure.message).toContain(reason);
    expect(failure.cause).toBeInstanceOf(Error);
  });
});

describe("the longest input and output", () => {
  it.each([
    ["config.json, whatever the tokenizer says", "deepseek", {}, 163_840],
    ["config.json, where the tokenizer says a number without meaning", "llama2", {}, 4096],
    [
      "config.json of a model of several parts",
      "llama3",
      { "config.json": { text_config: { max_position_embeddings: 77 } } },
      77,
    ],
    ["tokenizer_config.json, where there is nothing else", "smollm2", { "config.json": null }, 8192],
    ["nobody", "llama2", { "config.json": {} }, null],
  ])("is said by %s", async (_, style, files, length) => {
    expect((await loadTokenizer(changed(style, files), noHub)).modelMaxLength).toBe(length);
  });
});

describe("loading", () => {
  it("takes a folder or the path of a tokenizer.json, and says where it was", async () => {
    const path = join(fixtures, "qwen");
    for (const spec of [path, join(path, "tokenizer.json")]) {
      expect(await loadTokenizer(spec, noHub)).toMatchObject({ source: path, folder: path });
    }
  });

  it("brings the files of a Hub repository over HTTP, once, into one folder", async () => {
    const commit = "5".repeat(40);
    const names = readdirSync(join(fixtures, "mistral")).filter((name) => name !== "config.json");
    const asked: string[] = [];
    const server = createServer((request, response) => {
      const path = (request.url ?? "").split("?")[0] ?? "";
      asked.push(path);
      const read = (name: string) => readFileSync(join(fixtures, "mistral", name));
      const entry = (name: string) => ({
        type: "file",
        path: name,
        size: read(name).length,
        oid: blobId(read(name)),
      });
      if (path === "/api/models/owner/tiny/revision/main") {
        response
          .setHeader("content-type", "application/json")
          .end(JSON.stringify({ id: "owner/tiny", sha: commit }));
      } else if (path.startsWith(`/api/models/owner/tiny/tree/${commit}`)) {
        response.setHeader("content-type", "application/json").end(JSON.stringify(names.map(entry)));
      } else if (path.startsWith(`/owner/tiny/resolve/${commit}/`)) {
        response.end(read(path.slice(path.lastIndexOf("/") + 1)));
      } else response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const hub = openHub({ endpoint, cacheFolder: join(folder, "hub"), token: null, offline: false });
      const tokenizer = await loadTokenizer("owner/tiny", hub);
      expect(tokenizer).toMatchObject({ source: `owner/tiny@${commit}`, modelMaxLength: null });
      expect(tokenizer.renderChat([{ role: "user", content: "Hi" }])).toBe("<s>[INST] Hi[/INST]");
      const downloads = () => asked.filter((path) => path.includes("/resolve/")).length;
      expect(downloads()).toBe(2);
      const again = await loadTokenizer(
        `owner/tiny@${commit}`,
        openHub({ endpoint, cacheFolder: join(folder, "hub"), token: null, offline: true }),
      );
      expect(again.encode("token")).toEqual(tokenizer.encode("token"));
      // The worker threads of a run read it from there.
      expect((await loadTokenizer(again.folder, noHub)).encode("token")).toEqual(tokenizer.encode("token"));
      expect(downloads()).toBe(2);
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });

  it("takes a Hub id and revision, and asks only for files that are there", async () => {
    const asked: string[] = [];
    const hub: ModelHub = {
      revision: async ({ type, name, revision }) => {
        asked.push(`${type} ${name} ${revision ?? "-"}`);
        return { commit: "c0ffee", files: readdirSync(join(fixtures, "qwen")).map((path) => ({ path })) };
      },
      file: async (_, path) => {
        asked.push(path);
        return join(fixtures, "qwen", path);
      },
    };
    const tokenizer = await loadTokenizer("Qwen/Qwen3-8B@refs/pr/1", hub);
    expect(tokenizer.source).toBe("Qwen/Qwen3-8B@c0ffee");
    expect(tokenizer.folder).toBe(join(fixtures, "qwen"));
    expect(asked.sort()).toEqual(
      [
        "chat_template.jinja",
        "config.json",
        "model Qwen/Qwen3-8B refs/pr/1",
        "tokenizer.json",
        "tokenizer_config.json",
      ].sort(),
    );
    await loadTokenizer("gpt2", hub);
    expect(asked).toContain("model gpt2 -");
  });

  it.each(["./no/such/folder", "/no/such/folder", "~/models/x", "owner/name/more", "a b", "../x", ""])(
    "of %j finds nothing, without asking the Hub",
    async (spec) => {
      const failure = await failureOf(() => loadTokenizer(spec, noHub));
      expect(failure).toMatchObject({ code: "TOKENIZER_NOT_FOUND", exitCode: 2 });
      expect(failure.hint).toContain("tokenizer.json");
    },
  );

  it("of a folder or repository without a tokenizer.json says so", async () => {
    const path = changed("qwen", { "tokenizer.json": null });
    expect(await failureOf(() => loadTokenizer(path, noHub))).toMatchObject({ code: "TOKENIZER_NOT_FOUND" });
    const hub: ModelHub = {
      ...noHub,
      revision: async () => ({ commit: "c", files: [{ path: "README.md" }] }),
    };
    const failure = await failureOf(() => loadTokenizer("owner/name", hub));
    expect(failure).toMatchObject({ code: "TOKENIZER_NOT_FOUND" });
    expect(failure.message).toContain("owner/name");
  });

  it.each([
    [
      "a pointer instead of a file",
      { "tokenizer.json": "version https://git-lfs\noid sha256:1" },
      "it is not JSON",
    ],
    ["a list", { "tokenizer.json": "[]" }, "it is no JSON object"],
    ["a broken configuration", { "tokenizer_config.json": "{" }, "it is not JSON"],
    ["no model inside", { "tokenizer.json": { added_tokens: [] } }, "tokenizer.json cannot be used"],
    [
      "a model nobody knows",
      { "tokenizer.json": { ...emptyTokenizer(), model: { type: "Magic" } } },
      "Magic",
    ],
  ])("of %s is an error that names the file", async (_, files, reason) => {
    const failure = await failureOf(() => loadTokenizer(changed("qwen", files), noHub));
    expect(failure).toMatchObject({ code: "TOKENIZER_INVALID", exitCode: 2 });
    expect(failure.message).toContain(reason);
    expect(failure.message).toContain("qwen-");
  });
});

/** The name that git gives a file's content. */
function blobId(content: Buffer): string {
  return createHash("sha1").update(`blob ${content.length}\0`).update(content).digest("hex");
}

function emptyTokenizer(): object {
  return { added_tokens: [], normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null };
}

describe("decoding", () => {
  it("of nothing is nothing, and ids beyond the vocabulary have no text", async () => {
    const tokenizer = await load("llama3");
    expect(tokenizer.decode([])).toBe("");
    const ids = tokenizer.encode("token", { addSpecialTokens: false });
    expect(tokenizer.decode([...ids, 1_000_000])).toBe("token");
    expect(tokenizer.decode([1_000_000])).toBe("");
  });
});
