const rewritings: readonly (readonly [RegExp, string])[] = [
  [/[^\p{L}\p{N}\s.,'%$€£+-]/gu, " "],
  // Apostrophes stay within words, points and signs before digits.
  [/(?<!\p{L})'|'(?!\p{L})/gu, " "],
  [/(?<=\d),(?=\d{3}(?!\d))/g, ""],
  [/[.,+-](?!\p{N})/gu, " "],
  [/\s+/g, " "],
];

/** Text for comparison: lower case, without articles, marks around words and doubled white space. */
export function normalisedText(text: string): string {
  let normalised = text.normalize("NFKC").toLowerCase();
  for (const [pattern, replacement] of rewritings) normalised = normalised.replaceAll(pattern, replacement);
  const words = normalised.trim();
  // An article that is all there is, as in "Which letter comes first?", is the answer.
  return (
    words
      .replaceAll(/(?<![\p{L}\p{N}])(a|an|the)(?![\p{L}\p{N}])/gu, "")
      .replaceAll(/\s+/g, " ")
      .trim() || words
  );
}
