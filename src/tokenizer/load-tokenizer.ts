import { Tokenizer as TokenCodec } from "@huggingface/tokenizers";
import { UsageError } from "../errors.ts";
import { ChatTemplate, chatTemplateOf } from "./chat-template.ts";
import { withAllDigits } from "./digits.ts";
import { classAddsBos, specialTokensOf } from "./special-tokens.ts";
import type { TemplateMessage, Tokenizer } from "./tokenizer.ts";
import {
  type ModelHub,
  readTokenizerFiles,
  readTokenizerFolder,
  type TokenizerFiles,
} from "./tokenizer-files.ts";

/**
 * Loads the tokenizer that `spec` names: a folder with the model's tokenizer files, or a Hub id with an optional
 * `@revision`. Throws a UsageError `TOKENIZER_NOT_FOUND`, `TOKENIZER_INVALID` or `CHAT_TEMPLATE_MISSING`, and what the
 * Hub throws; the tokenizer's own methods throw `CHAT_TEMPLATE_MISSING` and `CHAT_TEMPLATE_FAILED`.
 */
export async function loadTokenizer(spec: string, hub: ModelHub): Promise<Tokenizer> {
  return new ModelTokenizer(await readTokenizerFiles(spec, hub));
}

/** Loads the tokenizer of a folder; throws as `loadTokenizer` does. */
export async function loadTokenizerFolder(folder: string): Promise<Tokenizer> {
  return new ModelTokenizer(await readTokenizerFolder(folder));
}

class ModelTokenizer implements Tokenizer {
  readonly source: string;
  readonly folder: string;
  readonly modelMaxLength: number | null;

  readonly #codec: TokenCodec;
  readonly #specialIds: ReadonlySet<number>;
  readonly #bos: { text: string; id: number } | null;
  readonly #classAddsBos: boolean | null;
  readonly #template: string | null;
  readonly #renderer: () => ChatTemplate;

  constructor(files: TokenizerFiles) {
    this.source = files.source;
    this.folder = files.folder;
    this.modelMaxLength = modelMaxLengthOf(files);
    this.#codec = codecOf(files);
    this.#specialIds = specialIdsOf(this.#codec);
    const specialTokens = specialTokensOf(files);
    const bosText = specialTokens.bos_token;
    const bosId = bosText === undefined ? undefined : this.#codec.token_to_id(bosText);
    this.#bos = bosText === undefined || bosId === undefined ? null : { text: bosText, id: bosId };
    this.#classAddsBos = classAddsBos(files);
    this.#template = chatTemplateOf(files);
    // Compiled when first needed: counting tokens must not fail for a template that nobody uses.
    let compiled: ChatTemplate | null = null;
    this.#renderer = () => {
      if (this.#template === null) throw withoutTemplate(this.source);
      compiled ??= new ChatTemplate(this.source, this.#template, specialTokens);
      return compiled;
    };
  }

  get hasChatTemplate(): boolean {
    return this.#template !== null;
  }

  encode(text: string, { addSpecialTokens = true }: { addSpecialTokens?: boolean } = {}): number[] {
    const ids = this.#codec.encode(text, { add_special_tokens: addSpecialTokens }).ids;
    return addSpecialTokens ? this.#withOneBos(ids, text) : ids;
  }

  decode(ids: ArrayLike<number>, { skipSpecialTokens = true }: { skipSpecialTokens?: boolean } = {}): string {
    // Servers pad vocabularies: an id beyond the tokenizer's own has no text.
    const isShown = (id: number) =>
      this.#codec.id_to_token(id) !== undefined && !(skipSpecialTokens && this.#specialIds.has(id));
    const shown = Array.from(ids).filter(isShown);
    return shown.length === 0 ? "" : this.#codec.decode(shown);
  }

  renderChat(messages: readonly TemplateMessage[]): string {
    return this.#renderer().render(messages);
  }

  encodeChat(messages: readonly TemplateMessage[]): number[] {
    return this.encode(this.renderChat(messages), { addSpecialTokens: false });
  }

  #withOneBos(ids: number[], text: string): number[] {
    const bos = this.#bos;
    if (bos === null) return ids;
    const written = text.startsWith(bos.text) ? 1 : 0;
    const added = ids[0] === bos.id && ids[written] === bos.id;
    if (added) return written === 1 || this.#classAddsBos === false ? ids.slice(1) : ids;
    return written === 0 && this.#classAddsBos === true ? [bos.id, ...ids] : ids;
  }
}

function codecOf({ source, tokenizer, tokenizerConfig }: TokenizerFiles): TokenCodec {
  try {
    const file = { ...tokenizer, pre_tokenizer: withAllDigits(tokenizer.pre_tokenizer) };
    // Where nothing is said, nothing is changed in the text.
    return new TokenCodec(file, { clean_up_tokenization_spaces: false, ...tokenizerConfig });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UsageError(
      "TOKENIZER_INVALID",
      [{ where: source, message: `tokenizer.json cannot be used (${reason})` }],
      { cause },
    );
  }
}

/** By id: the library looks each token up in a list of texts, and some models have hundreds. */
function specialIdsOf(codec: TokenCodec): ReadonlySet<number> {
  const added = [...codec.get_added_tokens_decoder()];
  return new Set(added.flatMap(([id, { special }]) => (special ? [id] : [])));
}

/** The model's own word comes first: tokenizer_config.json often holds another model's number, or a huge one. */
function modelMaxLengthOf({ modelConfig, tokenizerConfig }: TokenizerFiles): number | null {
  const text = modelConfig.text_config as { max_position_embeddings?: unknown } | undefined;
  const candidates = [
    modelConfig.max_position_embeddings,
    text?.max_position_embeddings,
    tokenizerConfig.model_max_length,
  ];
  const isLength = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) > 0;
  return candidates.find(isLength) ?? null;
}

function withoutTemplate(source: string): UsageError {
  return new UsageError(
    "CHAT_TEMPLATE_MISSING",
    [{ where: source, message: "the model has no chat template" }],
    { hint: "Use the completions API with plain prompts, or the tokenizer of the model's chat version." },
  );
}
