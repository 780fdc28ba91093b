import type { ArgumentsCamelCase, InferredOptionTypes } from "yargs";
import { pairs } from "../config/run-values.ts";
import type { Problem } from "../errors.ts";
import type { AnswersSource } from "../server/sim-answers.ts";

/** Flags of `flexbench serve sim` that say what is answered. */
export const answersFlags = {
  answers: {
    type: "string",
    requiresArg: true,
    describe: "Dataset whose references are the answers: anything that `run --dataset` takes",
  },
  "answers-option": {
    type: "string",
    array: true,
    nargs: 1,
    default: [] as string[],
    describe: "NAME=VALUE, option of that dataset, such as reference=COLUMN; repeatable",
  },
  "answers-prompt-template": {
    type: "string",
    requiresArg: true,
    describe: "Makes prompts of its columns, as `run --prompt-template` does",
  },
  "answer-error-rate": {
    type: "number",
    requiresArg: true,
    describe: "Share of the prompts that get a wrong answer, 0 to 1; 0 by default",
  },
  tokenizer: {
    type: "string",
    requiresArg: true,
    describe: "Tokenizer of the answers' token ids, folder or Hub id; else a word is a token",
  },
} as const;

const dependent = ["answers-option", "answers-prompt-template", "answer-error-rate", "tokenizer"] as const;

/** The answers that the flags ask for, or null; adds what is wrong with them to `problems`. */
export function answersOf(
  args: ArgumentsCamelCase<InferredOptionTypes<typeof answersFlags>>,
  problems: Problem[],
): AnswersSource | null {
  const options = pairs.safeParse(args.answersOption);
  const optionProblem = options.error?.issues[0]?.message;
  if (optionProblem !== undefined) problems.push({ where: "--answers-option", message: optionProblem });
  if (args.answers === undefined) {
    const given = dependent.filter((flag) => [args[flag]].flat().some((value) => value !== undefined));
    problems.push(...given.map((flag) => ({ where: `--${flag}`, message: "needs --answers" })));
    return null;
  }
  return {
    dataset: args.answers,
    datasetOptions: options.data ?? {},
    promptTemplate: args.answersPromptTemplate ?? null,
    errorRate: args.answerErrorRate ?? 0,
    tokenizer: args.tokenizer ?? null,
  };
}
