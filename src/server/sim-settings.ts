import { z } from "zod";
import { number, pairs, text, truth, wholeNumber } from "../config/run-values.ts";
import { parseLengthDistribution } from "../dataset/length-distribution.ts";
import { launchFields } from "./launch-settings.ts";
import { delayProblem, readDelay } from "./sim-delay.ts";
import { faultRuleProblems, parseFaultRule } from "./sim-fault-rules.ts";

const scalar = z.union([z.string(), z.number(), z.boolean()]);
const written = z.union([scalar, z.array(scalar)]);

/** Holds a setting against a rule and gives it on as it was written: the simulator's command reads it again. */
function asWritten(rule: z.ZodType) {
  return written
    .superRefine((given, context) => {
      const [issue] = rule.safeParse(given).error?.issues ?? [];
      if (issue !== undefined) context.addIssue({ code: "custom", message: issue.message });
    })
    .optional();
}

function textThat(problemOf: (given: string) => string | null): z.ZodType {
  return z.unknown().superRefine((given, context) => {
    const message = problemOf(String(given));
    if (message !== null) context.addIssue({ code: "custom", message });
  });
}

const delay = textThat((given) => {
  const reading = readDelay(given);
  return "problem" in reading ? reading.problem : delayProblem(reading);
});

const lengths = textThat((given) =>
  parseLengthDistribution(given) === null
    ? `must be like 50, uniform:20-80, normal:50,10 or lognormal:50,30, not "${given}"`
    : null,
);

const faultRule = textThat((given) => {
  const [problem] = faultRuleProblems(parseFaultRule(given));
  return problem === undefined ? null : `${problem.where} ${problem.message}`;
});

const notNegative = number("a number of 0 or more", (value) => value >= 0);
const { model, host, port, env, readyWithin } = launchFields;

const answersNeeded = ["answersOption", "answersPromptTemplate", "answerErrorRate", "tokenizer"] as const;

/** Settings of the simulator as a server that a run starts: the flags of `flexbench serve sim`. */
export const simSettings = z
  .strictObject({
    ...{ model, host, port, env, readyWithin },
    ttft: asWritten(delay),
    itl: asWritten(delay),
    outputTokens: asWritten(lengths),
    reasoningTokens: asWritten(wholeNumber(0)),
    answers: asWritten(text),
    answersOption: asWritten(pairs),
    answersPromptTemplate: asWritten(text),
    answerErrorRate: asWritten(number("a share from 0 to 1", (value) => value >= 0 && value <= 1)),
    tokenizer: asWritten(text),
    maxConcurrency: asWritten(wholeNumber(1)),
    ttftGrowth: asWritten(notNegative),
    itlGrowth: asWritten(notNegative),
    maxModelLen: asWritten(wholeNumber(2)),
    tokenIds: asWritten(truth),
    apiKey: asWritten(text),
    tlsCert: asWritten(text),
    tlsKey: asWritten(text),
    tlsClientCa: asWritten(text),
    seed: asWritten(number("a whole number", Number.isSafeInteger)),
    fault: asWritten(z.preprocess((given) => [given].flat(), z.array(faultRule))),
  })
  .superRefine((settings, context) => {
    const refuse = (setting: string, message: string) =>
      context.addIssue({ code: "custom", path: [setting], message });
    for (const setting of answersNeeded) {
      if (settings.answers === undefined && settings[setting] !== undefined)
        refuse(setting, "needs answers beside it");
    }
    const { tlsCert, tlsKey } = settings;
    for (const setting of ["tlsKey", "tlsClientCa"] as const) {
      if (tlsCert === undefined && settings[setting] !== undefined)
        refuse(setting, "needs tls-cert beside it: https");
    }
    if (tlsCert !== undefined && tlsKey === undefined)
      refuse("tlsCert", "needs tls-key beside it: the certificate's key");
  });
