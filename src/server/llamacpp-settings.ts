import { z } from "zod";
import { number, text } from "../config/run-values.ts";
import { launchFields } from "./launch-settings.ts";

/** The name under which the embedded server serves SmolLM2-135M-Instruct. */
export const llamacppModel = "smollm2";

/** Least and most of the embedded server's numbers. */
export const llamacppLimits = {
  port: [0, 65535],
  slots: [1, 1024],
  contextLength: [64, 8192],
  threads: [1, 1024],
} as const satisfies Record<string, readonly [least: number, most: number]>;

/** What a number outside of its limits is told, to follow its name; null where it is within. */
export function llamacppProblem(name: keyof typeof llamacppLimits, value: number): string | null {
  const [least, most] = llamacppLimits[name];
  const isGood = Number.isSafeInteger(value) && value >= least && value <= most;
  return isGood ? null : `must be a whole number from ${least} to ${most}`;
}

const within = (name: keyof typeof llamacppLimits) =>
  number(
    `a whole number from ${llamacppLimits[name].join(" to ")}`,
    (value) => llamacppProblem(name, value) === null,
  ).optional();

const { port: _port, env, readyWithin } = launchFields;

/** Settings of the embedded server as one that a run starts. */
export const llamacppSettings = z.strictObject({
  model: text
    .refine(
      (name) => name === llamacppModel,
      `can only be ${llamacppModel} here, the model that comes with it`,
    )
    .optional(),
  port: within("port"),
  env,
  readyWithin,
  slots: within("slots"),
  contextLength: within("contextLength"),
  threads: within("threads"),
});
