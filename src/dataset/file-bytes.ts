import type { Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { extname } from "node:path";
import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { Decompress } from "fzstd";
import { EnvironmentError, UsageError } from "../errors.ts";
import { reasonOf } from "./user-module.ts";

type Bytes = AsyncIterable<Uint8Array>;

/** Endings of compressed files, in lower case. */
const decompressors: Readonly<Record<string, (bytes: Bytes) => Bytes>> = {
  ".gz": gunzipped,
  ".zst": unpackedZstd,
};

/** A path without the ending that says how it is compressed, if it has one. */
export function withoutCompression(path: string): string {
  const extension = extname(path);
  return extension.toLowerCase() in decompressors ? path.slice(0, -extension.length) : path;
}

/**
 * The content of a file, decompressed where its name ends in .gz or .zst; `hash` takes the bytes as they lie on the disk.
 * Throws EnvironmentError `DATASET_UNREADABLE` when the disk fails, UsageError `DATASET_COMPRESSION_INVALID` when the
 * compressed data are broken.
 */
export async function* readFileBytes(path: string, label: string, hash: Hash): AsyncGenerator<Uint8Array> {
  const decompress = decompressors[extname(path).toLowerCase()];
  const stored = storedBytes(path, label, hash);
  if (decompress === undefined) {
    yield* stored;
    return;
  }
  try {
    yield* decompress(stored);
  } catch (cause) {
    if (cause instanceof EnvironmentError) throw cause;
    const message = `it cannot be decompressed: ${reasonOf(cause)}`;
    throw new UsageError("DATASET_COMPRESSION_INVALID", [{ where: label, message }], { cause });
  }
}

async function* storedBytes(path: string, label: string, hash: Hash): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of createReadStream(path)) {
      hash.update(chunk);
      yield chunk;
    }
  } catch (cause) {
    const message = `The dataset file ${label} cannot be read: ${reasonOf(cause)}.`;
    throw new EnvironmentError("DATASET_UNREADABLE", message, { cause });
  }
}

async function* gunzipped(bytes: Bytes): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip();
  pipeline(Readable.from(bytes), gunzip, () => undefined);
  yield* gunzip as AsyncIterable<Uint8Array>;
}

async function* unpackedZstd(bytes: Bytes): AsyncGenerator<Uint8Array> {
  let unpacked: Uint8Array[] = [];
  const decompressor = new Decompress((chunk) => unpacked.push(chunk));
  for await (const chunk of bytes) {
    decompressor.push(chunk);
    yield* unpacked;
    unpacked = [];
  }
  decompressor.push(new Uint8Array(), true);
  yield* unpacked;
}
