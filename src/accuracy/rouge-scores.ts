import { commonLength, commonPositions } from "./longest-common-subsequence.ts";
import { rougeTokens } from "./rouge-tokens.ts";

/** F-measures of one answer against its reference, 0..1. */
export interface RougeScores {
  /** Words in common. */
  rouge1: number;
  /** Pairs of neighbouring words in common. */
  rouge2: number;
  /** Longest common subsequence of the whole texts. */
  rougeL: number;
  /** Longest common subsequences sentence by sentence. */
  rougeLsum: number;
}

/**
 * ROUGE of a text against a reference; sentences stand on lines of their own. Numbers as Python's rouge-score with its
 * stemmer.
 */
export function rougeScores(reference: string, answer: string): RougeScores {
  const numbers: WordNumbers = new Map();
  const expectedSentences = sentencesOf(reference, numbers);
  const givenSentences = sentencesOf(answer, numbers);
  const expected = expectedSentences.flat();
  const given = givenSentences.flat();
  return {
    rouge1: overlap(expected, given),
    rouge2: overlap(pairs(expected, numbers.size), pairs(given, numbers.size)),
    rougeL: fMeasure(commonLength(expected, given), expected.length, given.length),
    rougeLsum: sentenceScore(expectedSentences, givenSentences),
  };
}

/** Words of the two texts by number: numbers are compared much faster. */
type WordNumbers = Map<string, number>;

function sentencesOf(text: string, numbers: WordNumbers): number[][] {
  return text.split("\n").map((line) =>
    rougeTokens(line).map((word) => {
      const number = numbers.get(word) ?? numbers.size;
      numbers.set(word, number);
      return number;
    }),
  );
}

/** Neighbouring words as one number. */
function pairs(words: readonly number[], wordCount: number): number[] {
  return words.slice(1).map((word, index) => (words[index] ?? 0) * wordCount + word);
}

function overlap(expected: readonly number[], given: readonly number[]): number {
  const left = countOf(expected);
  let hits = 0;
  for (const gram of given) hits += takeOne(left, gram) ? 1 : 0;
  return fMeasure(hits, expected.length, given.length);
}

/** Each word counts as often as it stands in both texts, whichever sentences have it in common. */
function sentenceScore(
  expected: readonly (readonly number[])[],
  given: readonly (readonly number[])[],
): number {
  const expectedLeft = countOf(expected.flat());
  const givenLeft = countOf(given.flat());
  let hits = 0;
  for (const sentence of expected) {
    const positions = new Set(given.flatMap((candidate) => commonPositions(sentence, candidate)));
    for (const position of [...positions].sort((a, b) => a - b)) {
      const word = sentence[position] ?? -1;
      if ((expectedLeft.get(word) ?? 0) > 0 && takeOne(givenLeft, word)) {
        takeOne(expectedLeft, word);
        hits += 1;
      }
    }
  }
  return fMeasure(hits, expected.flat().length, given.flat().length);
}

function countOf(words: readonly number[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}

function takeOne(counts: Map<number, number>, word: number): boolean {
  const count = counts.get(word) ?? 0;
  if (count > 0) counts.set(word, count - 1);
  return count > 0;
}

function fMeasure(hits: number, expected: number, given: number): number {
  if (hits === 0) return 0;
  const precision = hits / given;
  const recall = hits / expected;
  return (2 * precision * recall) / (precision + recall);
}
