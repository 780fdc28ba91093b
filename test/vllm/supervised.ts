import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { pythonProgram } from "#src/server/python.js";

const supervisor = fileURLToPath(new URL("supervise.py", import.meta.url));
const outputKept = 20_000;

/** A program under `supervise.py`: it and all that it starts end with this process, however this process ends. */
export interface Supervised {
  child: ChildProcessByStdio<Writable, Readable, Readable>;
  /** The last of what it wrote on stdout and stderr. */
  output(): string;
  /** Its exit code, once the whole process group is gone. */
  exited: Promise<number | null>;
  /** Ends the process group and waits until it is gone. */
  stop(): Promise<void>;
}

/** Starts a program under supervision. */
export function supervised(
  program: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
): Supervised {
  const child = spawn(pythonProgram(), [supervisor, program, ...args], {
    stdio: ["pipe", "pipe", "pipe"],
    env: environment,
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output = (output + text).slice(-outputKept);
    });
  }
  // The pipe may break when the supervisor ends first; its exit tells of that.
  child.stdin.on("error", () => {});
  const exited = new Promise<number | null>((resolve) => {
    child.once("error", () => resolve(null));
    child.once("close", resolve);
  });
  const stop = async () => {
    child.stdin.end();
    await exited;
  };
  return { child, output: () => output, exited, stop };
}

/** Runs a program to its end; throws with its last words unless it ends with code 0. */
export async function runToEnd(
  program: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv = process.env,
): Promise<void> {
  const { exited, output } = supervised(program, args, environment);
  const code = await exited;
  if (code !== 0) throw new Error(`${program} ${args.join(" ")} ended with code ${code}:\n${output()}`);
}
