import type { Tokenizer } from "../tokenizer/tokenizer.ts";
import type { Sample } from "./define-dataset.ts";

/**
 * Tokens of a sample's prompt: a text as the tokenizer encodes it with its special tokens, messages by the chat template
 * where there is one, and otherwise their contents alone.
 */
export function inputTokensOf({ prompt, messages, promptTokenIds }: Sample, tokenizer: Tokenizer): number {
  if (promptTokenIds !== undefined) return promptTokenIds.length;
  if (messages === undefined) return tokenizer.encode(prompt ?? "").length;
  if (tokenizer.hasChatTemplate) return tokenizer.encodeChat(messages).length;
  return messages.reduce(
    (sum, { content }) => sum + tokenizer.encode(content, { addSpecialTokens: false }).length,
    0,
  );
}

/** Whether a prompt is so short that it cannot have more than `limit` tokens: a token is at least one byte. */
export function isSurelyWithin({ prompt, messages, promptTokenIds }: Sample, limit: number): boolean {
  if (promptTokenIds !== undefined) return promptTokenIds.length <= limit;
  // Messages bring the text of a template along, of unknown length.
  return messages === undefined && Buffer.byteLength(prompt ?? "") + specialTokensAtMost <= limit;
}

const specialTokensAtMost = 16;

/**
 * Cuts the end of `text` until the sample that `build` makes of it has at most `limit` tokens; null when even without
 * any of the text it has more.
 */
export function cutToFit(
  text: string,
  build: (text: string) => Sample,
  limit: number,
  tokenizer: Tokenizer,
): Sample | null {
  const ids = tokenizer.encode(text, { addSpecialTokens: false });
  let keep = ids.length - (inputTokensOf(build(text), tokenizer) - limit);
  while (keep > 0) {
    // A cut within a character leaves a replacement character behind.
    const sample = build(tokenizer.decode(ids.slice(0, keep)).replace(/\uFFFD+$/, ""));
    const excess = inputTokensOf(sample, tokenizer) - limit;
    if (excess <= 0) return sample;
    keep -= excess;
  }
  return null;
}
