import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { copyFile, mkdir, open, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { pipeline } from "node:stream/promises";
import { FlexBenchError } from "../../errors.ts";
import { keptBytes, mostKeptBytes, truncationMark } from "../check/kept-accuracy-log.ts";

/** SHA-256 of a file, hex. */
export async function sha256Of(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return hash.digest("hex");
}

/**
 * Copies a file and proves that the copy is the same, byte for byte; gives its SHA-256, hex. Throws a FlexBenchError
 * `COPY_DIFFERS`.
 */
export async function copyExactly(source: string, target: string): Promise<string> {
  await mkdir(dirname(target), { recursive: true });
  await copyFile(source, target);
  const [first, second] = [await sha256Of(source), await sha256Of(target)];
  if (first === second) return first;
  throw new FlexBenchError("COPY_DIFFERS", `${target} is not what ${source} is.`, {
    hint: "The file changed meanwhile, or the disk is broken.",
  });
}

/**
 * Copies an accuracy log as a submission keeps it: whole while it is small, else its first and last 4 KiB around
 * the mark of the official tool. The log itself is not touched.
 */
export async function copyTruncated(source: string, target: string): Promise<void> {
  const { size } = await stat(source);
  if (size <= mostKeptBytes) {
    await copyExactly(source, target);
    return;
  }
  const file = await open(source);
  try {
    const head = Buffer.alloc(keptBytes);
    const tail = Buffer.alloc(keptBytes);
    await file.read(head, 0, keptBytes, 0);
    await file.read(tail, 0, keptBytes, size - keptBytes);
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, Buffer.concat([head, Buffer.from(truncationMark), tail]));
  } finally {
    await file.close();
  }
}
