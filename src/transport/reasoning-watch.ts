import type { ReasoningMarks } from "../model/define-model.ts";

/** Follows a streamed text to the place where the reasoning is over and the answer begins. */
export class ReasoningWatch {
  readonly #open: string;
  readonly #close: string;
  /** Reasoning has come, or was opened in the prompt. */
  sawReasoning: boolean;
  #stage: "undecided" | "reasoning" | "answer";
  /** What may still be part of a mark, or is space before the answer. */
  #unread = "";

  constructor({ open, close, openedInPrompt = false }: ReasoningMarks) {
    this.#open = open;
    this.#close = close;
    this.#stage = openedInPrompt ? "reasoning" : "undecided";
    this.sawReasoning = openedInPrompt;
  }

  /** Takes the next piece of text; true once some of the answer has come. */
  push(piece: string): boolean {
    this.#unread += piece;
    if (this.#stage === "undecided") this.#decide(this.#unread.trimStart());
    if (this.#stage === "reasoning") this.#lookForClose();
    return this.#stage === "answer" && this.#unread.trim() !== "";
  }

  #decide(text: string): void {
    if (text.startsWith(this.#open)) {
      this.#stage = "reasoning";
      this.sawReasoning = true;
    } else if (!this.#open.startsWith(text)) this.#stage = "answer";
  }

  #lookForClose(): void {
    const closesAt = this.#unread.indexOf(this.#close);
    if (closesAt === -1) {
      this.#unread = this.#unread.slice(Math.max(0, this.#unread.length - this.#close.length + 1));
      return;
    }
    this.#unread = this.#unread.slice(closesAt + this.#close.length);
    this.#stage = "answer";
  }
}
