import { writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Writes a tokenizer for clients that must have one: a token a word of what the paced server and the prompts say, so that
 * counting an answer's text again gives what the server wrote.
 */
export function writeTokenizer(folder) {
  const words = ["<unk>", "hello", "world", ...Array.from({ length: 1000 }, (_, i) => `word${i}`)];
  const vocab = Object.fromEntries(words.map((word, i) => [word, i]));
  const tokenizer = {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: [{ ...plain("<unk>"), id: 0, special: true }],
    normalizer: null,
    pre_tokenizer: { type: "WhitespaceSplit" },
    post_processor: null,
    decoder: null,
    model: { type: "WordLevel", vocab, unk_token: "<unk>" },
  };
  const settings = {
    tokenizer_class: "PreTrainedTokenizerFast",
    model_max_length: 32768,
    unk_token: "<unk>",
    clean_up_tokenization_spaces: false,
  };
  writeFileSync(join(folder, "tokenizer.json"), JSON.stringify(tokenizer));
  writeFileSync(join(folder, "tokenizer_config.json"), JSON.stringify(settings));
}

function plain(content) {
  return { content, single_word: false, lstrip: false, rstrip: false, normalized: false };
}
