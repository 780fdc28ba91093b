import { englishParameters, type PunktParameters } from "./punkt-parameters.ts";

/**
 * Sentences as nltk's `sent_tokenize` finds them (Punkt, by Kiss and Strunk): every period, question or exclamation
 * mark is judged by the word before it and the word after it.
 */

interface Token {
  text: string;
  /** In lower case; numbers are all alike. */
  type: string;
  endsInPeriod: boolean;
  isBreak: boolean;
  isAbbreviation: boolean;
}

const number = "##number##";
const nonWord = String.raw`[)";}\]*:@'({[?!]`;
const repeated = String.raw`(?:-{2,}|\.{2,}|(?:\.\s){2,}\.)`;
const wordEnd = String.raw`\s|$|${nonWord}|${repeated}|,(?=$|\s|${nonWord}|${repeated})`;
const wordStart = '[^("`{[:;&#*@)}\\]\\-,]';
const wordPattern = new RegExp(String.raw`${repeated}|(?=${wordStart})\S+?(?=${wordEnd})|\S`, "gu");
const endPattern = new RegExp(String.raw`[.?!](?=(?<after>${nonWord}|\s+(?<next>\S+)))`, "gd");
const closing = /^["')\]}]+?(?:\s+|(?=--)|$)/;

const usedCapitalised = 2 | 4 | 8;
const usedCapitalisedWithin = 4;
const usedLower = 16 | 32 | 64;
const usedLowerAtBeginning = 16;

let english: PunktParameters | null = null;

/** The sentences of an English text, without the white space between them. */
export function splitSentences(text: string, parameters?: PunktParameters): string[] {
  english ??= englishParameters();
  return splitting(text, parameters ?? english);
}

/** Where the splitter's knowledge of English comes from: "built-in", or the folder of nltk's model. */
export function sentenceModelSource(): string {
  english ??= englishParameters();
  return english.source;
}

function splitting(text: string, parameters: PunktParameters): string[] {
  const spans: [start: number, end: number][] = [];
  let start = 0;
  for (const { end, context, nextStart } of candidates(text)) {
    if (!holdsBreak(context, parameters)) continue;
    spans.push([start, end]);
    start = nextStart ?? end;
  }
  spans.push([start, text.trimEnd().length]);
  return withClosingMarks(text, spans);
}

interface Candidate {
  /** After the mark. */
  end: number;
  /** From the word before the mark to the word after it. */
  context: string;
  /** Where the next word begins; null when punctuation follows the mark. */
  nextStart: number | null;
}

/** Of marks within one word, such as "?!", only the last one counts. */
function candidates(text: string): Candidate[] {
  const found: Candidate[] = [];
  let word: [start: number, end: number] = [0, 0];
  let pending: Candidate | null = null;
  for (const match of text.matchAll(endPattern)) {
    const blank = lastBlank(text, word[1], match.index);
    // A blank right after the word before counts as none, as in the original.
    const begin: number = blank > word[1] ? blank + 1 : word[0];
    if (pending !== null && word[1] <= begin) found.push(pending);
    word = [begin, match.index];
    pending = {
      end: match.index + 1,
      context: text.slice(begin, match.index) + match[0] + (match.groups?.after ?? ""),
      nextStart: match.indices?.groups?.next?.[0] ?? null,
    };
  }
  return pending === null ? found : [...found, pending];
}

function lastBlank(text: string, from: number, to: number): number {
  for (let index = to - 1; index >= from; index--) {
    if (" \t\n\r\v\f".includes(text.charAt(index))) return index;
  }
  return from;
}

/** A closing quote or bracket after the mark belongs to the sentence before it. */
function withClosingMarks(text: string, spans: readonly (readonly [number, number])[]): string[] {
  const sentences: string[] = [];
  let moved = 0;
  for (const [index, [begin, end]] of spans.entries()) {
    const start = begin + moved;
    const next = spans[index + 1];
    const marks = next === undefined ? null : closing.exec(text.slice(...next));
    moved = marks === null ? 0 : marks[0].length;
    const stop = next !== undefined && marks !== null ? next[0] + marks[0].trimEnd().length : end;
    const sentence = text.slice(start, stop);
    if (sentence !== "" || marks !== null) sentences.push(sentence);
  }
  return sentences;
}

/** A break at the very end of the context does not count: the word after it belongs to it. */
function holdsBreak(context: string, parameters: PunktParameters): boolean {
  const tokens = tokensOf(context, parameters);
  for (const [index, token] of tokens.entries()) {
    const next = tokens[index + 1];
    if (next === undefined) return false;
    reconsider(token, next, parameters);
    if (token.isBreak) return true;
  }
  return false;
}

function tokensOf(context: string, { abbreviations }: PunktParameters): Token[] {
  const words = context.split("\n").flatMap((line) => line.match(wordPattern) ?? []);
  return words.map((text) => {
    const lower = text.toLowerCase();
    const endsInPeriod = text.endsWith(".");
    const word = lower.slice(0, -1);
    const isPeriod = endsInPeriod && !text.endsWith("..") && text !== ".";
    const isAbbreviation =
      isPeriod && (abbreviations.has(word) || abbreviations.has(word.split("-").at(-1) ?? ""));
    return {
      text,
      type: lower.replace(/^-?[.,]?\d[\d,.-]*\.?$/, number),
      endsInPeriod,
      isBreak: [".", "?", "!"].includes(text) || (isPeriod && !isAbbreviation),
      isAbbreviation,
    };
  });
}

/** Judges a word with a period by the word after it. */
function reconsider(token: Token, next: Token, parameters: PunktParameters): void {
  if (!token.endsInPeriod) return;
  const type = token.type.length > 1 && token.type.endsWith(".") ? token.type.slice(0, -1) : token.type;
  const nextType =
    next.isBreak && next.type.length > 1 && next.type.endsWith(".") ? next.type.slice(0, -1) : next.type;
  if (parameters.collocations.has(`${type} ${nextType}`)) {
    token.isBreak = false;
    return;
  }
  const isInitial = /^[\p{L}_]\.$/u.test(token.text);
  const isEllipsis = /^\.\.+$/.test(token.text);
  const starts = beginsSentence(next, nextType, parameters);
  if ((token.isAbbreviation || isEllipsis) && !isInitial) {
    const isStarter = isUpper(next.text) && parameters.sentenceStarters.has(nextType);
    if (starts === "yes" || isStarter) {
      token.isBreak = true;
      return;
    }
  }
  if (!isInitial && type !== number) return;
  const neverLower = ((parameters.orthography.get(nextType) ?? 0) & usedLower) === 0;
  const isName = isInitial && starts === "unknown" && isUpper(next.text) && neverLower;
  if (starts === "no" || isName) token.isBreak = false;
}

function beginsSentence(
  { text }: Token,
  type: string,
  { orthography }: PunktParameters,
): "yes" | "no" | "unknown" {
  if (/^[;:,.!?]$/.test(text)) return "no";
  const uses = orthography.get(type) ?? 0;
  if (isUpper(text) && (uses & usedLower) !== 0 && (uses & usedCapitalisedWithin) === 0) return "yes";
  const isLower = /^\p{Ll}/u.test(text);
  if (isLower && ((uses & usedCapitalised) !== 0 || (uses & usedLowerAtBeginning) === 0)) return "no";
  return "unknown";
}

function isUpper(text: string): boolean {
  return /^\p{Lu}/u.test(text);
}
