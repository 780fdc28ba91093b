import { execFile } from "node:child_process";
import { promisify } from "node:util";

const execute = promisify(execFile);

/**
 * Runs a program to its end and counts the CPU of it and of all its children that it waited for, seconds. Throws the end of
 * what it said when it fails.
 */
export async function runCounted(program, args, { env = process.env, cwd } = {}) {
  // The shell's `times` counts its children alone, to the hundredth of a second or better.
  const script = '"$@"; code=$?; times; exit $code';
  const { stdout } = await execute("bash", ["-c", script, "bash", program, ...args], {
    env,
    cwd,
    maxBuffer: 64 * 1024 * 1024,
  }).catch((error) => {
    throw new Error(
      `${program} ended with ${error.code}: ${error.stderr.trim().split("\n").slice(-3).join(" ")}`,
    );
  });
  const lines = stdout.trimEnd().split("\n");
  const [user, system] = lines.at(-1).split(" ").map(minutesAndSeconds);
  return { stdout: lines.slice(0, -2).join("\n"), cpuSeconds: user + system };
}

function minutesAndSeconds(text) {
  const [, minutes, seconds] = /(\d+)m([\d.]+)s/.exec(text);
  return Number(minutes) * 60 + Number(seconds);
}
