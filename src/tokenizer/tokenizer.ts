/** One chat message, as chat templates take it. */
export interface TemplateMessage {
  role: string;
  content: string;
}

/** A model's tokenizer, with its chat template. */
export interface Tokenizer {
  /** Where it comes from: a folder, or a Hub id with its commit. */
  source: string;
  /** The local folder that holds its files. */
  folder: string;
  /** Tokens of the longest input and output together; null when the files do not say. */
  modelMaxLength: number | null;
  /** Whether the model has a chat template. */
  hasChatTemplate: boolean;
  /**
   * Token ids of a text; with the special tokens that the tokenizer itself adds (BOS) unless told not to. A BOS that
   * the text brings along is not doubled.
   */
  encode(text: string, options?: { addSpecialTokens?: boolean }): number[];
  /** The text of token ids; special tokens are left out unless asked for. */
  decode(ids: ArrayLike<number>, options?: { skipSpecialTokens?: boolean }): string;
  /** The prompt text that the chat template makes of messages, generation prompt included. Throws when there is no template. */
  renderChat(messages: readonly TemplateMessage[]): string;
  /** Token ids of `renderChat`. All special tokens are the template's, as in vLLM and transformers: BOS is never doubled. */
  encodeChat(messages: readonly TemplateMessage[]): number[];
}
