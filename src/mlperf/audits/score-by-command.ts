import { spawn } from "node:child_process";
import { UsageError } from "../../errors.ts";
import type { AnswerScore } from "./test07.ts";

/** A program that scores the answers of TEST07, as the official verifier takes it. */
export interface ScoringCommand {
  /** As a shell takes it; `{accuracy_log}` stands for the path of LoadGen's accuracy log. */
  command: string;
  /** Finds the score in what it prints, as its first group. @default "'exact_match':\s*([\d.]+)" */
  pattern?: string;
}

const usualPattern = String.raw`'exact_match':\s*([\d.]+)`;

/** Runs the program to its end; the score is null when its output has none. Throws a UsageError `SCORING_FAILED`. */
export async function scoreByCommand(
  { command, pattern = usualPattern }: ScoringCommand,
  accuracyLog: string,
): Promise<AnswerScore> {
  const line = command.replaceAll("{accuracy_log}", quoted(accuracyLog));
  // A group of its own, so that what the command starts ends with it.
  const child = spawn(line, { shell: true, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  const end = (): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    } catch {
      // It has ended by itself.
    }
  };
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (piece: string) => (output += piece));
  process.once("exit", end);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", resolve);
    });
    if (code !== 0) {
      const said = output.trim().split("\n").at(-1) ?? "";
      throw new UsageError("SCORING_FAILED", [
        { where: command, message: `it ended with exit code ${code ?? "of a signal"}: ${said}` },
      ]);
    }
  } finally {
    process.off("exit", end);
    end();
  }
  const found = new RegExp(pattern).exec(output)?.[1];
  const score = found === undefined ? Number.NaN : Number(found);
  return { score: Number.isFinite(score) ? score : null, output };
}

function quoted(path: string): string {
  return `'${path.replaceAll("'", `'\\''`)}'`;
}
