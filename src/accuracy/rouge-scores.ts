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

/** ROUGE of a text against a reference; sentences stand on lines of their own. Numbers as Python's rouge-score with its stemmer. */
export function rougeScores(reference: string, answer: string): RougeScores {
  const expected = rougeTokens(reference);
  const given = rougeTokens(answer);
  return {
    rouge1: overlap(grams(expected, 1), grams(given, 1)),
    rouge2: overlap(grams(expected, 2), grams(given, 2)),
    rougeL: fMeasure(commonLength(expected, given), expected.length, given.length),
    rougeLsum: sentenceScore(sentencesOf(reference), sentencesOf(answer)),
  };
}

function sentencesOf(text: string): string[][] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map(rougeTokens);
}

function grams(words: readonly string[], size: number): string[] {
  return words
    .slice(0, Math.max(0, words.length - size + 1))
    .map((_, start) => words.slice(start, start + size).join(" "));
}

function overlap(expected: readonly string[], given: readonly string[]): number {
  const left = countOf(expected);
  let hits = 0;
  for (const gram of given) hits += takeOne(left, gram) ? 1 : 0;
  return fMeasure(hits, expected.length, given.length);
}

/** Each word counts as often as it stands in both texts, whichever sentences have it in common. */
function sentenceScore(expected: readonly string[][], given: readonly string[][]): number {
  const expectedLeft = countOf(expected.flat());
  const givenLeft = countOf(given.flat());
  let hits = 0;
  for (const sentence of expected) {
    const positions = new Set(given.flatMap((candidate) => commonPositions(sentence, candidate)));
    for (const position of [...positions].sort((a, b) => a - b)) {
      const word = sentence[position] ?? "";
      if ((expectedLeft.get(word) ?? 0) > 0 && takeOne(givenLeft, word)) {
        takeOne(expectedLeft, word);
        hits += 1;
      }
    }
  }
  return fMeasure(hits, expected.flat().length, given.flat().length);
}

function countOf(words: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}

function takeOne(counts: Map<string, number>, word: string): boolean {
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
