import type { Problem } from "../errors.ts";
import { invalidOptions, optionPlace, unknownOptions } from "./check-options.ts";
import { type Dataset, type DatasetRequest, defineDataset, type Sample } from "./define-dataset.ts";
import { drawLength, type LengthDistribution } from "./length-distribution.ts";
import { randomText } from "./random-text.ts";
import { readLengths } from "./read-lengths.ts";
import { seededRandom } from "./seeded-random.ts";

interface SyntheticOptions {
  size: number;
  input: LengthDistribution;
  /** Null: the run's output token limit holds for all. */
  output: LengthDistribution | null;
  /** Length of a beginning that prompts share; null: none. */
  prefix: LengthDistribution | null;
  /** How many such beginnings there are. */
  prefixes: number;
}

const defaultSize = 1000;
const largestSize = 10_000_000;
const defaultInput = "fixed:50";
const optionNames = ["size", "input", "output", "prefix", "prefixes"] as const;

/** Streams of random numbers that must not follow from those of the prompts, which take the index itself. */
const lengthStream = 1_000_000_007;
const outputStream = 2_000_000_011;
const prefixStream = 2_000_100_017;

/**
 * Prompts made of random words, the same for the same seed. Options: `size` (default `--samples`, else 1000), `input`
 * (length of a prompt, default `fixed:50`; also as `synthetic:INPUT`), `output` (output token limit of each sample),
 * `prefix` (length of a beginning that prompts share, on top of `input`) and `prefixes` (how many there are, default 1).
 * Lengths are exact tokens where the model's tokenizer is given, else words.
 * Prompts begin differently from one another, so that a prefix cache gains nothing but from the prefixes: the first word
 * differs between any 280 neighbours, the first two between any 78,400.
 */
export const synthetic = defineDataset({
  name: "synthetic",
  description: "Random words in lengths of your choice; options size, input, output, prefix and prefixes.",
  load: (request: DatasetRequest): Dataset => {
    const options = readOptions(request);
    const prefixes = makePrefixes(request, options);
    return {
      name: "synthetic",
      size: options.size,
      performanceSampleCount: options.size,
      source: "built-in",
      sha256: null,
      sample: (index) => makeSample(request, index, options, prefixes),
    };
  },
});

/** Beginnings that prompts share, each with its length. */
type Prefixes = readonly { text: string; length: number }[];

function makePrefixes({ seed, tokenizer }: DatasetRequest, { prefix, prefixes }: SyntheticOptions): Prefixes {
  if (prefix === null) return [];
  const random = seededRandom(seed, prefixStream);
  return Array.from({ length: prefixes }, (_, index) => {
    const length = drawLength(prefix, random);
    return { length, text: randomText({ seed, index: prefixStream + index, length, tokenizer }) };
  });
}

function makeSample(
  { seed, tokenizer }: DatasetRequest,
  index: number,
  { input, output }: SyntheticOptions,
  prefixes: Prefixes,
): Sample {
  const prefix = prefixes[index % Math.max(1, prefixes.length)];
  const length = drawLength(input, seededRandom(seed, lengthStream + index)) + (prefix?.length ?? 0);
  const prompt = randomText({ seed, index, length, tokenizer, prefix: prefix?.text ?? "" });
  if (output === null) return { prompt };
  return { prompt, maxTokens: drawLength(output, seededRandom(seed, outputStream + index)) };
}

function readOptions({ argument, options, samples }: DatasetRequest): SyntheticOptions {
  const problems: Problem[] = unknownOptions(options, optionNames);
  if (argument !== "" && options.input !== undefined) {
    problems.push({
      where: optionPlace("input"),
      message: `the input length is given twice, as synthetic:${argument} too`,
    });
  }
  if (options.prefixes !== undefined && options.prefix === undefined) {
    problems.push({ where: optionPlace("prefixes"), message: "it needs the option prefix, their length" });
  }
  const count = (name: "size" | "prefixes", fallback: number, most: number): number => {
    const text = options[name] ?? String(fallback);
    const value = /^\d+$/.test(text) ? Number(text) : 0;
    if (value < 1 || value > most) {
      const message = `it must be a whole number from 1 to ${most}, not "${text}"`;
      problems.push({ where: optionPlace(name), message });
    }
    return value;
  };
  const lengths = (name: string, text: string | undefined): LengthDistribution | null => {
    const read = text === undefined ? null : readLengths(text);
    if (read === null || !("problem" in read)) return read;
    problems.push({ where: optionPlace(name), message: read.problem });
    return null;
  };
  const size = count("size", samples ?? defaultSize, largestSize);
  const input = lengths("input", options.input ?? (argument === "" ? defaultInput : argument));
  const output = lengths("output", options.output);
  const prefix = lengths("prefix", options.prefix);
  const prefixes = count("prefixes", 1, 100_000);
  if (input === null || problems.length > 0) throw invalidOptions(problems);
  return { size, input, output, prefix, prefixes };
}
