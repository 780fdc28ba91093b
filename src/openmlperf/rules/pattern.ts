import * as z from "zod";

/** A regular expression as rules use it: without regard to case, in Unicode. */
export function expressionOf(pattern: string): RegExp {
  return new RegExp(pattern, "iu");
}

/** Text that is a regular expression; what is wrong with it otherwise. */
export const patternText = z.string().superRefine((text, context) => {
  try {
    expressionOf(text);
  } catch (cause) {
    context.addIssue({ code: "custom", message: cause instanceof Error ? cause.message : String(cause) });
  }
});
