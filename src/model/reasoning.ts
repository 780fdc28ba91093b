import type { ReasoningMarks } from "./define-model.ts";

/** The marks that most models write. */
export const defaultReasoningMarks: ReasoningMarks = { open: "<think>", close: "</think>" };

/** A model's text, taken apart. */
export interface SplitText {
  /** All that stands between the marks, without the space around it; empty when there is none. */
  reasoning: string;
  /** All the rest; the space between reasoning and answer belongs to neither. */
  answer: string;
}

/**
 * Takes the reasoning out of a model's text. Where no mark opens it, all that stands before the first closing mark is
 * reasoning, as chat templates may open it in the prompt; with `openedInPrompt` a text without a closing mark is
 * reasoning throughout. Reasoning that is never closed goes on to the end.
 */
export function splitReasoning(text: string, marks: ReasoningMarks = defaultReasoningMarks): SplitText {
  const { open, close, openedInPrompt = false } = marks;
  const reasoning: string[] = [];
  const answer: string[] = [];
  let rest = text;
  let isOpen = openedInPrompt && !text.trimStart().startsWith(open);
  for (;;) {
    const opensAt = isOpen ? -1 : rest.indexOf(open);
    const closesAt = rest.indexOf(close);
    if (closesAt !== -1 && (opensAt === -1 || closesAt < opensAt)) {
      // Nothing opened it here, so that all before it was said while reasoning.
      reasoning.push(...answer.splice(0), rest.slice(0, closesAt));
      rest = rest.slice(closesAt + close.length);
      isOpen = false;
    } else if (opensAt !== -1) {
      answer.push(rest.slice(0, opensAt));
      const after = rest.slice(opensAt + open.length);
      const end = after.indexOf(close);
      reasoning.push(end === -1 ? after : after.slice(0, end));
      rest = end === -1 ? "" : after.slice(end + close.length);
    } else {
      (isOpen ? reasoning : answer).push(rest);
      break;
    }
  }
  const parts = (texts: readonly string[]) => texts.map((part) => part.trim()).filter((part) => part !== "");
  return {
    reasoning: parts(reasoning).join("\n"),
    answer: reasoning.length === 0 ? text : parts(answer).join("\n"),
  };
}
