import { fileURLToPath } from "node:url";
import { EnvironmentError } from "../../errors.ts";
import { runProgram } from "../../server/python.ts";

/** FlexBench of this installation, as a command. */
export const ownFlexbench: readonly string[] = [
  process.execPath,
  fileURLToPath(new URL("../../cli.js", import.meta.url)),
];

/** What a program said. */
export interface ProgramOutput {
  stdout: string;
  stderr: string;
  /** 1 where a signal ended it. */
  code: number;
}

/**
 * Runs a program of the cluster to its end. Throws EnvironmentError `CAMPAIGN_PROGRAM` when it is not there, and where
 * `mustSucceed` when it fails.
 */
export async function callProgram(
  program: string,
  words: readonly string[],
  { input = "", mustSucceed = true }: { input?: string; mustSucceed?: boolean } = {},
): Promise<ProgramOutput> {
  const result = await runProgram(program, words, process.env, input);
  if (result === null)
    throw new EnvironmentError("CAMPAIGN_PROGRAM", `${program} could not be started.`, {
      hint: `Is ${program} installed, and on the PATH?`,
    });
  const { stdout, stderr, code } = result;
  if (mustSucceed && code !== 0)
    throw new EnvironmentError(
      "CAMPAIGN_PROGRAM",
      `${program} ${words[0] ?? ""} failed: ${stderr.trim().split("\n").at(-1) ?? ""}`,
      { hint: "Call it by hand to see more." },
    );
  return { stdout, stderr, code: code ?? 1 };
}
