/**
 * Porter's suffix stripping with the extensions of nltk's default mode, which ROUGE figures are published with: forms
 * that no rule covers, short words in -ies and -ied, -y after a consonant, -bli, -fulli and -logi.
 */

/** A suffix, what stands in its place, and what must hold for the stem before it. */
type Rule = readonly [suffix: string, replacement: string, holds?: (stem: string) => boolean];

const irregular: ReadonlyMap<string, string> = new Map([
  ["sky", "sky"],
  ["skies", "sky"],
  ["dying", "die"],
  ["lying", "lie"],
  ["tying", "tie"],
  ["news", "news"],
  ["inning", "inning"],
  ["innings", "inning"],
  ["outing", "outing"],
  ["outings", "outing"],
  ["canning", "canning"],
  ["cannings", "canning"],
  ["howe", "howe"],
  ["proceed", "proceed"],
  ["exceed", "exceed"],
  ["succeed", "succeed"],
]);

/** The stem of a word in lower case. */
export function porterStem(word: string): string {
  const known = irregular.get(word);
  if (known !== undefined) return known;
  if (word.length <= 2) return word;
  return withoutFinalE(
    shortened(adjectives(nouns(finalY(pastAndGerund(plural(word)))), measureAbove(0)), measureAbove(1)),
  );
}

function measureAbove(least: number): (stem: string) => boolean {
  return (stem) => measure(stem) > least;
}

/** One letter a character: `c` for a consonant, `v` for a vowel. A y is a vowel after a consonant. */
function shape(word: string): string {
  let letters = "";
  for (const letter of word) {
    const isConsonant = letter === "y" ? !letters.endsWith("c") : !"aeiou".includes(letter);
    letters += isConsonant ? "c" : "v";
  }
  return letters;
}

/** How often a vowel is followed by a consonant: Porter's m. */
function measure(stem: string): number {
  return shape(stem).split("vc").length - 1;
}

function hasVowel(stem: string): boolean {
  return shape(stem).includes("v");
}

function endsInDoubleConsonant(word: string): boolean {
  return word.length >= 2 && word.at(-1) === word.at(-2) && shape(word).endsWith("c");
}

/** Consonant, vowel, consonant at the end, the last none of w, x and y; a mere vowel and consonant count too. */
function endsShort(word: string): boolean {
  const letters = shape(word);
  return letters === "vc" || (letters.endsWith("cvc") && !/[wxy]$/.test(word));
}

/** The first rule whose suffix fits decides, even when it then does not hold. */
function apply(word: string, rules: readonly Rule[]): string {
  for (const [suffix, replacement, holds] of rules) {
    if (!word.endsWith(suffix)) continue;
    const stem = word.slice(0, word.length - suffix.length);
    return holds === undefined || holds(stem) ? stem + replacement : word;
  }
  return word;
}

function plural(word: string): string {
  if (word.length === 4 && word.endsWith("ies")) return word.slice(0, -1);
  return apply(word, [
    ["sses", "ss"],
    ["ies", "i"],
    ["ss", "ss"],
    ["s", ""],
  ]);
}

function pastAndGerund(word: string): string {
  if (word.endsWith("ied")) return word.slice(0, word.length === 4 ? -1 : -2);
  if (word.endsWith("eed")) return measure(word.slice(0, -3)) > 0 ? word.slice(0, -1) : word;
  const suffix = ["ed", "ing"].find(
    (ending) => word.endsWith(ending) && hasVowel(word.slice(0, -ending.length)),
  );
  return suffix === undefined ? word : repaired(word.slice(0, -suffix.length));
}

/** What is left of a verb gets back the e that it lost, or loses a letter that was doubled. */
function repaired(stem: string): string {
  if (/(at|bl|iz)$/.test(stem)) return `${stem}e`;
  if (endsInDoubleConsonant(stem)) return /[lsz]$/.test(stem) ? stem : stem.slice(0, -1);
  return measure(stem) === 1 && endsShort(stem) ? `${stem}e` : stem;
}

function finalY(word: string): string {
  const afterConsonant = (stem: string) => stem.length > 1 && shape(stem).endsWith("c");
  return apply(word, [["y", "i", afterConsonant]]);
}

function nouns(word: string): string {
  const long = measureAbove(0);
  if (word.endsWith("alli") && long(word.slice(0, -4))) return nouns(word.slice(0, -2));
  return apply(word, [
    ["ational", "ate", long],
    ["tional", "tion", long],
    ["enci", "ence", long],
    ["anci", "ance", long],
    ["izer", "ize", long],
    ["bli", "ble", long],
    ["alli", "al", long],
    ["entli", "ent", long],
    ["eli", "e", long],
    ["ousli", "ous", long],
    ["ization", "ize", long],
    ["ation", "ate", long],
    ["ator", "ate", long],
    ["alism", "al", long],
    ["iveness", "ive", long],
    ["fulness", "ful", long],
    ["ousness", "ous", long],
    ["aliti", "al", long],
    ["iviti", "ive", long],
    ["biliti", "ble", long],
    ["fulli", "ful", long],
    // The l belongs to the stem, so that geo and theo are long enough.
    ["logi", "log", (stem) => long(`${stem}l`)],
  ]);
}

function adjectives(word: string, long: (stem: string) => boolean): string {
  return apply(word, [
    ["icate", "ic", long],
    ["ative", "", long],
    ["alize", "al", long],
    ["iciti", "ic", long],
    ["ical", "ic", long],
    ["ful", "", long],
    ["ness", "", long],
  ]);
}

function shortened(word: string, long: (stem: string) => boolean): string {
  const suffixes = ["al", "ance", "ence", "er", "ic", "able", "ible", "ant", "ement", "ment", "ent", "ion"];
  const more = ["ou", "ism", "ate", "iti", "ous", "ive", "ize"];
  const holdsFor = (suffix: string) => (stem: string) =>
    long(stem) && (suffix !== "ion" || /[st]$/.test(stem));
  return apply(
    word,
    [...suffixes, ...more].map((suffix) => [suffix, "", holdsFor(suffix)]),
  );
}

function withoutFinalE(word: string): string {
  let stem = word;
  if (word.endsWith("e")) {
    const bare = word.slice(0, -1);
    const m = measure(bare);
    if (m > 1 || (m === 1 && !endsShort(bare))) stem = bare;
  }
  return stem.endsWith("ll") && measure(stem.slice(0, -1)) > 1 ? stem.slice(0, -1) : stem;
}
