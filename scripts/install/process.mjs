import { spawn } from "node:child_process";

/**
 * Runs a program to its end without a shell and without stdin.
 * @param {string} program
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, input?: string }} [options]
 * @returns {Promise<{ code: number | null, output: string, error: NodeJS.ErrnoException | null }>}
 *   stdout and stderr in one text; `error` when the program could not be started.
 */
export function runProgram(program, args, { cwd, env, input } = {}) {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd,
      env,
      stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
    });
    const chunks = [];
    let startError = null;
    child.stdout.on("data", (chunk) => chunks.push(chunk));
    child.stderr.on("data", (chunk) => chunks.push(chunk));
    child.on("error", (error) => {
      startError = error;
    });
    child.on("close", (code) => {
      resolve({ code, output: Buffer.concat(chunks).toString("utf8"), error: startError });
    });
    // A compiler that ends before it has read its input closes the pipe; its exit code tells what matters.
    child.stdin?.on("error", () => {});
    child.stdin?.end(input);
  });
}

/** True when the program could be started and ended with 0. */
export const succeeded = ({ code, error }) => error === null && code === 0;
