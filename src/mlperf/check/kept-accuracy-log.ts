import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import type { LogEntry } from "../../accuracy/accuracy-log.ts";

/** An accuracy log as a submission keeps it: whole when it is small, else its head and its tail. */
export interface KeptAccuracyLog {
  /** From the root of the submission. */
  path: string;
  bytes: number;
  /** Where head and tail were cut apart; false when the file is whole. */
  isTruncated: boolean;
  /** Whether it is one of the two: a whole log, or head and tail of 4 KiB with the mark between them. */
  isWellFormed: boolean;
  /** SHA-256 of a whole log, hex; null of any other. */
  sha256: string | null;
  /** Answers that stand in it whole. */
  answers: readonly LogEntry[];
}

/** What the official tool puts between head and tail. */
export const truncationMark = "\n\n...\n\n";
/** Bytes that it keeps on each side. */
export const keptBytes = 4096;
/** A log of more bytes than this counts as not truncated. */
export const mostKeptBytes = 10_240;

const readLimit = 64 << 20;
const entry =
  /\{ "seq_id" : \d+, "qsl_idx" : (?<index>\d+), "data" : "(?<data>(?:[0-9A-F]{2})*)"(?:, "token_data" : "(?<first>(?:[0-9A-F]{2})*)")?(?:, "token_count" : (?<count>-?\d+))? \}/g;

/** Reads an accuracy log of a submission; null when it is not there. */
export async function readKeptAccuracyLog(
  absolutePath: string,
  path: string,
): Promise<KeptAccuracyLog | null> {
  const file = await open(absolutePath).catch(() => null);
  if (file === null) return null;
  try {
    const { size: bytes } = await file.stat();
    // A log that was not truncated at all can be gigabytes; its size alone condemns it.
    if (bytes > readLimit)
      return { path, bytes, isTruncated: false, isWellFormed: true, sha256: null, answers: [] };
    const content = await file.readFile();
    const text = content.toString("latin1");
    const isTruncated = text.includes(truncationMark);
    const isWellFormed = isTruncated ? hasTwoEnds(text) : isWhole(text);
    return {
      path,
      bytes,
      isTruncated,
      isWellFormed,
      sha256: isTruncated || !isWellFormed ? null : createHash("sha256").update(content).digest("hex"),
      answers: [...text.matchAll(entry)].map(({ groups = {} }) => ({
        index: Number(groups.index),
        data: Buffer.from(groups.data ?? "", "hex"),
        firstToken: groups.first === undefined ? null : Buffer.from(groups.first, "hex"),
        tokenCount: groups.count === undefined ? null : Number(groups.count),
      })),
    };
  } finally {
    await file.close();
  }
}

function hasTwoEnds(text: string): boolean {
  const ends = text.split(truncationMark);
  return ends.length === 2 && ends.every(({ length }) => length === keptBytes);
}

/** Nothing but entries between the brackets. */
function isWhole(text: string): boolean {
  return text.replaceAll(entry, "").replaceAll(/[\s,]/g, "") === "[]";
}
