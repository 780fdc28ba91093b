/**
 * The pre-tokenizer of a tokenizer.json, with `Digits` written as a split at every numeric character, as the original
 * in Rust has it: our library's own `Digits` knows 0 to 9 alone.
 */
export function withAllDigits(preTokenizer: unknown): unknown {
  if (typeof preTokenizer !== "object" || preTokenizer === null) return preTokenizer;
  const { type, individual_digits, pretokenizers } = preTokenizer as Record<string, unknown>;
  if (type === "Sequence" && Array.isArray(pretokenizers)) {
    return { ...preTokenizer, pretokenizers: pretokenizers.map(withAllDigits) };
  }
  if (type !== "Digits") return preTokenizer;
  const pattern = { Regex: individual_digits === true ? "\\p{N}" : "\\p{N}+" };
  return { type: "Split", pattern, behavior: "Isolated", invert: false };
}
