import { readFileSync } from "node:fs";
import { type LengthDistribution, parseLengthDistribution } from "./length-distribution.ts";
import { reasonOf } from "./user-module.ts";

/** The forms in which lengths can be given, for messages. */
export const lengthForms =
  "it must be fixed:N, uniform:LEAST-MOST, normal:MEAN,DEVIATION, lognormal:MEAN,DEVIATION or file:PATH, from 1 to 1000000";

const mostLength = 1_000_000;

/**
 * Reads a distribution of lengths, which may also be `file:PATH`: a text file with one length a line, of which each sample
 * draws one. Returns what is wrong as the end of a sentence.
 */
export function readLengths(text: string): LengthDistribution | { problem: string } {
  const [, path] = /^file:(.+)$/.exec(text) ?? [];
  if (path !== undefined) return lengthsOfFile(path);
  return parseLengthDistribution(text) ?? { problem: `${lengthForms}; not "${text}"` };
}

function lengthsOfFile(path: string): LengthDistribution | { problem: string } {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    return { problem: `${path} cannot be read: ${reasonOf(cause)}` };
  }
  const lengths: number[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === "") continue;
    const length = /^\s*\d+\s*$/.test(line) ? Number(line) : 0;
    if (length < 1 || length > mostLength) {
      return { problem: `${path}, line ${index + 1}: it must be a whole number from 1 to ${mostLength}` };
    }
    lengths.push(length);
  }
  return lengths.length === 0 ? { problem: `${path} holds no lengths` } : { shape: "listed", lengths };
}
