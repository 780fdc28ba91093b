import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, mkdir, open, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { downloadCorrupt, downloadCut, type HubQuestion } from "./hub-errors.ts";
import { networkReason } from "./hub-request.ts";

/** One content to fetch. */
export interface Download {
  url: string;
  /** Final path; until it is whole and checked, the content grows beside it as `PATH.incomplete`. */
  path: string;
  bytes: number;
  /** The name that the content must have: a SHA-256 or the id of a git blob. */
  etag: string;
  isLfs: boolean;
  question: HubQuestion;
  fetch: typeof fetch;
  onProgress(receivedBytes: number): void;
}

/** Breaks in a row, none of which brought a byte, after which a download is given up. */
const fruitlessBreaks = 4;
const pauseMs = 150;

/**
 * Fetches a content, goes on where an earlier attempt or run broke off, and gives it its name only once size and hash are
 * right. Throws RunFailedError `HUB_DOWNLOAD_CUT` or `HUB_DOWNLOAD_CORRUPT`, and what the Hub's refusals throw.
 */
export async function download(task: Download): Promise<void> {
  const partPath = `${task.path}.incomplete`;
  await mkdir(dirname(task.path), { recursive: true });
  const begunBefore = (await sizeOf(partPath)) > 0;
  await fetchAll(task, partPath);
  let mismatch = await mismatchOf(task, partPath);
  if (mismatch !== null && begunBefore) {
    // The part of the earlier run may be what is wrong.
    await rm(partPath, { force: true });
    await fetchAll(task, partPath);
    mismatch = await mismatchOf(task, partPath);
  }
  if (mismatch !== null) {
    await rm(partPath, { force: true });
    throw downloadCorrupt(task.question, mismatch);
  }
  await rename(partPath, task.path);
}

async function fetchAll(task: Download, partPath: string): Promise<void> {
  let fruitless = 0;
  for (;;) {
    const before = await sizeOf(partPath);
    if (before >= task.bytes && (before > 0 || fruitless > 0)) return;
    const failure = await fetchRest(task, partPath, before);
    const after = await sizeOf(partPath);
    if (failure === null && after >= task.bytes) return;
    fruitless = after > before ? 0 : fruitless + 1;
    if (fruitless >= fruitlessBreaks) {
      throw downloadCut(task.question, after, task.bytes, failure ?? "the answer ended early");
    }
    await sleep(pauseMs * 2 ** fruitless);
  }
}

/** Appends what is missing; a connection that breaks is returned, a refusal is thrown. */
async function fetchRest(task: Download, partPath: string, start: number): Promise<string | null> {
  const headers: Record<string, string> = start > 0 ? { range: `bytes=${start}-` } : {};
  // Content-Encoding would alter bytes and size.
  const answer = await task.fetch(task.url, { headers: { ...headers, "accept-encoding": "identity" } });
  const goesOn = start > 0 && answer.status === 206;
  const part = await open(partPath, goesOn ? "a" : "w");
  try {
    return await append(answer, part, goesOn ? start : 0, task.onProgress);
  } finally {
    await part.close();
  }
}

async function append(
  answer: Response,
  part: FileHandle,
  start: number,
  onProgress: (receivedBytes: number) => void,
): Promise<string | null> {
  let received = start;
  if (answer.body === null) return null;
  const reader = answer.body.getReader();
  for (;;) {
    let chunk: { done: boolean; value?: Uint8Array | undefined };
    try {
      chunk = await reader.read();
    } catch (cause) {
      return networkReason(cause);
    }
    if (chunk.done || chunk.value === undefined) return null;
    await part.write(chunk.value);
    received += chunk.value.length;
    onProgress(received);
  }
}

async function mismatchOf({ bytes, etag, isLfs }: Download, partPath: string): Promise<string | null> {
  const size = await sizeOf(partPath);
  if (size !== bytes) return `it has ${size} bytes instead of ${bytes}`;
  const hash = isLfs ? createHash("sha256") : gitBlobHash(bytes);
  for await (const chunk of createReadStream(partPath)) hash.update(chunk);
  return hash.digest("hex") === etag ? null : `its ${isLfs ? "SHA-256" : "git id"} is another one`;
}

/** Git names a content by the SHA-1 over its length and itself. */
function gitBlobHash(bytes: number): Hash {
  return createHash("sha1").update(`blob ${bytes}\0`);
}

async function sizeOf(path: string): Promise<number> {
  return (await stat(path).catch(() => null))?.size ?? 0;
}
