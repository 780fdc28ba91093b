import { specialTokensOf } from "../tokenizer/special-tokens.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";
import { readTokenizerFolder } from "../tokenizer/tokenizer-files.ts";
import { hashText } from "./sim-request.ts";

/** A known answer as a server streams it. */
export interface AnswerTokens {
  ids: readonly number[];
  /** Text that each token adds; together the whole answer. */
  texts: readonly string[];
  /** The token that ends an answer and has no text; null where the model has none. */
  endId: number | null;
}

/** Id that ends an answer where no tokenizer is given. */
export const endOfSequence = 2;

/** The first few ids are kept for special tokens, as in real vocabularies. */
export const reservedIds = 8;

/** Tokens without a tokenizer: a word is one, with the space before it, and its id follows from its letters. */
export function ownTokens(vocabularySize: number): (text: string) => AnswerTokens {
  return (text) => {
    const texts = text.match(/\s*\S+(?:\s+$)?/g) ?? [];
    const ids = texts.map((word) => reservedIds + (hashText(word) % (vocabularySize - reservedIds)));
    return { ids, texts, endId: endOfSequence };
  };
}

/** Tokens of a model; the end of an answer is its EOS token. */
export async function tokenizedBy(tokenizer: Tokenizer): Promise<(text: string) => AnswerTokens> {
  const endText = specialTokensOf(await readTokenizerFolder(tokenizer.folder)).eos_token;
  const [endId = null] = endText === undefined ? [] : tokenizer.encode(endText, { addSpecialTokens: false });
  return (text) => {
    const ids = tokenizer.encode(text, { addSpecialTokens: false });
    return { ids, texts: textsOf(ids, tokenizer), endId };
  };
}

/**
 * The text that each token adds. A token can hold part of a letter, and the text of some depends on the token before:
 * each is read together with the last ones whose text is whole, and waits until its own is.
 */
function textsOf(ids: readonly number[], tokenizer: Tokenizer): string[] {
  const texts: string[] = [];
  let contextStart = 0;
  let told = 0;
  for (let end = 1; end <= ids.length; end++) {
    const before = tokenizer.decode(ids.slice(contextStart, told));
    const now = tokenizer.decode(ids.slice(contextStart, end));
    const isWhole = !now.endsWith("\ufffd") || end === ids.length;
    texts.push(isWhole ? now.slice(before.length) : "");
    if (!isWhole) continue;
    contextStart = told;
    told = end;
  }
  return texts;
}
