import { readFile, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { UsageError } from "../errors.ts";

/** A Hub repository at a commit, with the files that it holds. */
export interface ModelRevision {
  commit: string;
  files: readonly { path: string }[];
}

/** What is needed of the Hub to load a tokenizer; `openHub` gives one. */
export interface ModelHub {
  /** The repository at a branch, a tag or a commit. */
  revision(repository: { type: "model"; name: string; revision?: string }): Promise<ModelRevision>;
  /** Local path of a file; it is downloaded unless it is there already. */
  file(revision: ModelRevision, path: string): Promise<string>;
}

/** The files that a tokenizer is made of, parsed as far as they are JSON. */
export interface TokenizerFiles {
  /** Where they come from: a folder, or a Hub id with its commit. */
  source: string;
  /** The local folder that holds them. */
  folder: string;
  tokenizer: Readonly<Record<string, unknown>>;
  tokenizerConfig: Readonly<Record<string, unknown>>;
  specialTokensMap: Readonly<Record<string, unknown>>;
  modelConfig: Readonly<Record<string, unknown>>;
  /** Text of `chat_template.jinja`; null when there is no such file. */
  chatTemplate: string | null;
}

const required = "tokenizer.json";
const optional = [
  "tokenizer_config.json",
  "special_tokens_map.json",
  "config.json",
  "chat_template.jinja",
] as const;

/** A Hub id, `owner/name` or `name`, and perhaps `@revision`. */
const hubId = /^([\w.-]+(?:\/[\w.-]+)?)(?:@([\w./-]+))?$/;

/**
 * Reads the files of the tokenizer that `spec` names: a folder, the path of a tokenizer.json, or a Hub id with an
 * optional `@revision`. Throws a UsageError `TOKENIZER_NOT_FOUND` or `TOKENIZER_INVALID`, and what the Hub throws.
 */
export async function readTokenizerFiles(spec: string, hub: ModelHub): Promise<TokenizerFiles> {
  const kind = await kindOf(spec);
  if (kind === "folder") return readTokenizerFolder(spec);
  if (kind === "file") return readTokenizerFolder(dirname(spec));
  const [, name, revision] = hubId.exec(spec) ?? [];
  if (name === undefined || /^\.|^[/~]/.test(spec)) {
    throw notFound(spec, "there is no such folder");
  }
  const found = await hub.revision({ type: "model", name, ...(revision === undefined ? {} : { revision }) });
  const source = `${name}@${found.commit}`;
  const has = (path: string) => found.files.some((file) => file.path === path);
  if (!has(required)) throw notFound(spec, `the repository holds no ${required}`);
  const wanted = [required, ...optional].filter(has);
  const paths = await Promise.all(wanted.map((path) => hub.file(found, path)));
  // The Hub's cache keeps the files of one commit in one folder.
  return readTokenizerFolder(dirname(paths[0] ?? ""), source);
}

async function kindOf(path: string): Promise<"folder" | "file" | null> {
  const found = await stat(path).catch(() => null);
  return found === null ? null : found.isDirectory() ? "folder" : "file";
}

/** Reads the files of a folder. Throws a UsageError `TOKENIZER_NOT_FOUND` or `TOKENIZER_INVALID`. */
export async function readTokenizerFolder(path: string, source = path): Promise<TokenizerFiles> {
  const folder = resolve(path);
  const [tokenizerText, configText, specialText, modelText, chatTemplate] = await Promise.all(
    [required, ...optional].map((name) => readText(join(folder, name))),
  );
  if (typeof tokenizerText !== "string") throw notFound(source, `the folder holds no ${required}`);
  const parse = (name: string, text: string | null | undefined) =>
    typeof text === "string" ? parseObject(join(source, name), text) : {};
  return {
    source,
    folder,
    tokenizer: parse(required, tokenizerText),
    tokenizerConfig: parse("tokenizer_config.json", configText),
    specialTokensMap: parse("special_tokens_map.json", specialText),
    modelConfig: parse("config.json", modelText),
    chatTemplate: chatTemplate ?? null,
  };
}

async function readText(path: string): Promise<string | null> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw new UsageError("TOKENIZER_INVALID", [{ where: path, message: "the file cannot be read" }], {
      cause,
    });
  }
}

function parseObject(where: string, text: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new UsageError("TOKENIZER_INVALID", [{ where, message: "it is not JSON" }], {
      hint: "Download it again: it may have been cut short, or be a pointer of Git LFS.",
      cause,
    });
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Readonly<Record<string, unknown>>;
  }
  throw new UsageError("TOKENIZER_INVALID", [{ where, message: "it is no JSON object" }]);
}

function notFound(where: string, message: string): UsageError {
  return new UsageError("TOKENIZER_NOT_FOUND", [{ where, message }], {
    hint: "Give a folder that holds a tokenizer.json, or a Hub id such as Qwen/Qwen3-8B.",
  });
}
