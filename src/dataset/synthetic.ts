import type { Problem } from "../errors.ts";
import { invalidOptions, optionPlace, unknownOptions } from "./check-options.ts";
import { type Dataset, type DatasetRequest, defineDataset, type Sample } from "./define-dataset.ts";
import { drawLength, type LengthDistribution, parseLengthDistribution } from "./length-distribution.ts";
import { seededRandom } from "./seeded-random.ts";
import { vocabulary } from "./vocabulary.ts";

interface SyntheticOptions {
  size: number;
  input: LengthDistribution;
  /** Null: the run's output token limit holds for all. */
  output: LengthDistribution | null;
}

const defaultSize = 1000;
const largestSize = 10_000_000;
const defaultInput = "fixed:50";
const lengthForms =
  "it must be fixed:N, uniform:LEAST-MOST, normal:MEAN,DEVIATION or lognormal:MEAN,DEVIATION, from 1 to 1000000";

/**
 * Prompts made of random words, the same for the same seed. Options: `size` (default 1000 samples), `input` (words
 * of a prompt, default `fixed:50`; also as `synthetic:INPUT`) and `output` (output token limit of each sample).
 * Prompts begin differently from one another, so that a prefix cache gains nothing: the first word differs between
 * any 280 neighbours, the first two between any 78,400.
 */
export const synthetic = defineDataset({
  name: "synthetic",
  description: "Random words in lengths of your choice; options size, input and output.",
  load: (request: DatasetRequest): Dataset => {
    const { size, input, output } = readOptions(request);
    return {
      name: "synthetic",
      size,
      performanceSampleCount: size,
      source: "built-in",
      sha256: null,
      sample: (index) => makeSample(request.seed, index, input, output),
    };
  },
});

function makeSample(
  seed: number,
  index: number,
  input: LengthDistribution,
  output: LengthDistribution | null,
): Sample {
  const random = seededRandom(seed, index);
  const wordCount = drawLength(input, random);
  const opening = openingWords(seed, index).slice(0, wordCount);
  const rest = Array.from({ length: wordCount - opening.length }, () =>
    wordAt(Math.floor(random() * vocabulary.length)),
  );
  const prompt = [...opening, ...rest].join(" ");
  return output === null ? { prompt } : { prompt, maxTokens: drawLength(output, random) };
}

/** The index, shifted by the seed, as three digits to the base of the vocabulary's size, the fastest one first. */
function openingWords(seed: number, index: number): string[] {
  const base = vocabulary.length;
  const shifted = index + Math.floor(seededRandom(seed, -1)() * base ** 3);
  return [shifted, Math.floor(shifted / base), Math.floor(shifted / base ** 2)].map((digit) =>
    wordAt(digit % base),
  );
}

function wordAt(position: number): string {
  return vocabulary[position] ?? "";
}

function readOptions({ argument, options }: DatasetRequest): SyntheticOptions {
  const problems: Problem[] = unknownOptions(options, ["size", "input", "output"]);
  const sizeText = options.size ?? String(defaultSize);
  const size = /^\d+$/.test(sizeText) ? Number(sizeText) : 0;
  if (size < 1 || size > largestSize) {
    problems.push({
      where: optionPlace("size"),
      message: `it must be a whole number from 1 to ${largestSize}, not "${sizeText}"`,
    });
  }
  if (argument !== "" && options.input !== undefined) {
    problems.push({
      where: optionPlace("input"),
      message: `the input length is given twice, as synthetic:${argument} too`,
    });
  }
  const lengths = (name: string, text: string): LengthDistribution | null => {
    const distribution = parseLengthDistribution(text);
    if (distribution === null) {
      problems.push({ where: optionPlace(name), message: `${lengthForms}; not "${text}"` });
    }
    return distribution;
  };
  const input = lengths("input", options.input ?? (argument === "" ? defaultInput : argument));
  const output = options.output === undefined ? null : lengths("output", options.output);
  if (input === null || problems.length > 0) {
    throw invalidOptions(problems);
  }
  return { size, input, output };
}
