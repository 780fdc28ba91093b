import { FlexBenchError } from "../errors.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";
import { seededRandom } from "./seeded-random.ts";
import { vocabulary } from "./vocabulary.ts";

/** What a made-up text is to be. */
export interface RandomText {
  seed: number;
  /** Tells texts of one seed apart. */
  index: number;
  /** Tokens, or words where there is no tokenizer; a prefix counts as well. */
  length: number;
  tokenizer: Tokenizer | null;
  /** Text that comes before. */
  prefix?: string;
}

/** Pieces that most tokenizers give one token, to fill what is shorter than a word. */
const fillers = [" a", ".", ",", "!", "\n", " the", " I", "1"] as const;

/** Words from which the tokens of a word are estimated. */
const probeWords = 64;
const mostSteps = 100;

/**
 * Random words behind a prefix, together exactly as long as asked for: in tokens as the tokenizer encodes the whole with
 * its special tokens, or in words. Texts of one seed begin differently, so that a prefix cache gains nothing from them.
 * Throws `SYNTHETIC_LENGTH_IMPOSSIBLE` where prefix and special tokens alone are longer.
 */
export function randomText({ seed, index, length, tokenizer, prefix = "" }: RandomText): string {
  const words = wordsOf(seed, index);
  if (tokenizer === null) {
    const prefixWords = prefix === "" ? 0 : prefix.split(" ").length;
    return joined(prefix, take(words, Math.max(0, length - prefixWords)));
  }
  const count = (text: string) => tokenizer.encode(text).length;
  const text = fillUp(joined(prefix, nearly(words, length, prefix, count)), length, count);
  if (text !== null) return text;
  throw new FlexBenchError(
    "SYNTHETIC_LENGTH_IMPOSSIBLE",
    `No made-up text has exactly ${length} tokens with the tokenizer of ${tokenizer.source}.`,
    { hint: "Ask for longer prompts: special tokens and a shared prefix count as well." },
  );
}

/** Words that make at most `length` tokens with the prefix, and with one more word would make more. */
function nearly(
  words: Iterator<string>,
  length: number,
  prefix: string,
  count: (text: string) => number,
): string[] {
  const probe = vocabulary.slice(0, probeWords).join(" ");
  const tokensPerWord = count(probe) / probeWords;
  const wordsIn = (tokens: number) => Math.max(1, Math.floor(tokens / tokensPerWord));
  const chosen: string[] = [];
  for (let step = 0; step < mostSteps; step += 1) {
    const missing = length - count(joined(prefix, chosen));
    if (missing === 0) return chosen;
    if (missing > 0) {
      const more = take(words, wordsIn(missing));
      chosen.push(...more);
      const isLastOne = more.length === 1 && count(joined(prefix, chosen)) > length;
      if (isLastOne) {
        chosen.pop();
        return chosen;
      }
    } else {
      chosen.splice(-wordsIn(-missing));
      if (chosen.length === 0) return chosen;
    }
  }
  return chosen;
}

/** The text with fillers behind it, until it has `length` tokens; null when it has more, or no filler fits, or it is empty. */
function fillUp(text: string, length: number, count: (text: string) => number): string | null {
  let filled = text;
  for (let missing = length - count(filled); missing > 0; missing -= 1) {
    const wanted = length - missing + 1;
    const filler = fillers.find((candidate) => count(filled + candidate) === wanted);
    if (filler === undefined) return null;
    filled += filler;
  }
  return filled !== "" && count(filled) === length ? filled : null;
}

function joined(prefix: string, words: readonly string[]): string {
  return [...(prefix === "" ? [] : [prefix]), ...words].join(" ");
}

/** Three words that tell a text from its neighbours, then words at random, without end. */
function* wordsOf(seed: number, index: number): Generator<string, never> {
  yield* openingWords(seed, index);
  const random = seededRandom(seed, index);
  for (;;) yield wordAt(Math.floor(random() * vocabulary.length));
}

function take(words: Iterator<string>, count: number): string[] {
  return Array.from({ length: count }, () => String(words.next().value));
}

/** The index, shifted by the seed, as three digits to the base of the vocabulary's size, the fastest one first. */
function openingWords(seed: number, index: number): string[] {
  const base = vocabulary.length;
  const shifted = Math.abs(index) + Math.floor(seededRandom(seed, -1)() * base ** 3);
  return [shifted, Math.floor(shifted / base), Math.floor(shifted / base ** 2)].map((digit) =>
    wordAt(digit % base),
  );
}

function wordAt(position: number): string {
  return vocabulary[position] ?? "";
}
