import { porterStem } from "./porter-stemmer.ts";

/** Texts repeat their words, and stemming is most of the work. */
const stems = new Map<string, string>();
const mostStems = 200_000;

/** The words that ROUGE compares: runs of a-z and 0-9 in lower case; those of more than three letters by their stem. */
export function rougeTokens(text: string): string[] {
  const words = text.toLowerCase().match(/[a-z0-9]+/g) ?? [];
  return words.map((word) => (word.length > 3 ? stemOf(word) : word)).filter((word) => word !== "");
}

function stemOf(word: string): string {
  const known = stems.get(word);
  if (known !== undefined) return known;
  const stem = porterStem(word);
  if (stems.size >= mostStems) stems.clear();
  stems.set(word, stem);
  return stem;
}
