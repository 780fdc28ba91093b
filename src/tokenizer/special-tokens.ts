import type { TokenizerFiles } from "./tokenizer-files.ts";

/** Special tokens by their name in the files: `bos_token`, `eos_token`, `pad_token`, … */
export type SpecialTokens = Readonly<Record<string, string>>;

const named = /^(bos|eos|unk|sep|pad|cls|mask)_token$/;

/** The texts of the special tokens; those of tokenizer_config.json come before those of special_tokens_map.json. */
export function specialTokensOf({ tokenizerConfig, specialTokensMap }: TokenizerFiles): SpecialTokens {
  const entries = [...Object.entries(specialTokensMap), ...Object.entries(tokenizerConfig)];
  return Object.fromEntries(
    entries.flatMap(([name, value]): [string, string][] => {
      const text = textOf(value);
      return named.test(name) && text !== null ? [[name, text]] : [];
    }),
  );
}

/** A token is written as its text, or as an object with the text and how it is to be found. */
function textOf(value: unknown): string | null {
  if (typeof value === "string") return value;
  const { content } = (value ?? {}) as { content?: unknown };
  return typeof content === "string" ? content : null;
}

/** A model with its own tokenizer class of the Llama family, where a flag says whether BOS is added. */
const llamaClass = /^(Llama|CodeLlama)Tokenizer(Fast)?$/;

/**
 * Whether the tokenizer's class adds BOS by itself, whatever tokenizer.json says: the Llama family goes by
 * `add_bos_token`. Null where tokenizer.json alone decides.
 */
export function classAddsBos({ tokenizerConfig }: TokenizerFiles): boolean | null {
  const { tokenizer_class: name, add_bos_token: adds } = tokenizerConfig;
  return typeof name === "string" && llamaClass.test(name) && typeof adds === "boolean" ? adds : null;
}
