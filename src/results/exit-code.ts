import { type ExitCode, exitCodes } from "../errors.ts";
import type { RunRecord } from "./record.ts";

/** The exit code that says how a run ended; what is worse comes first. */
export function exitCodeOf({ state, accuracy }: Pick<RunRecord, "state" | "accuracy">): ExitCode {
  if (state === "aborted") return exitCodes.interrupted;
  if (state === "failed") return exitCodes.failed;
  if (state === "invalid") return exitCodes.invalid;
  return accuracy?.passed === false ? exitCodes.inaccurate : exitCodes.ok;
}
