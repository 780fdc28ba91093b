import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { EnvironmentError } from "../../errors.ts";

/** FlexBench of this installation, as a command. */
export const ownFlexbench: readonly string[] = [
  process.execPath,
  fileURLToPath(new URL("../../cli.js", import.meta.url)),
];

/** What a program said. */
export interface ProgramOutput {
  stdout: string;
  stderr: string;
  code: number;
}

/**
 * Runs a program of the cluster to its end. Throws EnvironmentError `CAMPAIGN_PROGRAM` when it is not there, and where
 * `mustSucceed` when it fails.
 */
export async function runProgram(
  program: string,
  words: readonly string[],
  { input = "", mustSucceed = true }: { input?: string; mustSucceed?: boolean } = {},
): Promise<ProgramOutput> {
  const output = await new Promise<ProgramOutput>((resolve, reject) => {
    const child = spawn(program, words, { stdio: ["pipe", "pipe", "pipe"] });
    let [stdout, stderr] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    child.once("error", (cause) =>
      reject(
        new EnvironmentError("CAMPAIGN_PROGRAM", `${program} could not be started.`, {
          hint: `Is ${program} installed, and on the PATH?`,
          cause,
        }),
      ),
    );
    child.once("close", (code) => resolve({ stdout, stderr, code: code ?? 1 }));
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
  });
  if (mustSucceed && output.code !== 0)
    throw new EnvironmentError(
      "CAMPAIGN_PROGRAM",
      `${program} ${words[0] ?? ""} failed: ${output.stderr.trim().split("\n").at(-1) ?? ""}`,
      { hint: "Call it by hand to see more." },
    );
  return output;
}
