import { spawn } from "node:child_process";
import { EnvironmentError, RunFailedError } from "../errors.ts";
import { defineMetric, type MetricAnswer, type MetricModule } from "./define-metric.ts";
import { readVerdicts } from "./judge-verdicts.ts";

/** How a command of the user's judges answers. */
export interface CommandJudgeOptions {
  /** As a shell would take it, e.g. `python3 judge.py`. */
  command: string;
  /** For all answers together, ns. */
  timeLimitNs: number;
}

const mostErrorText = 2000;

/**
 * pass@1 by a command of the user's: it reads one JSON object a line, `{index, answer, reference}`, and writes
 * `{index, pass}` for each. Throws RunFailedError `JUDGE_TIMEOUT`, `JUDGE_FAILED`, `JUDGE_OUTPUT_INVALID`, and
 * EnvironmentError `JUDGE_NOT_STARTED`.
 */
export function commandJudge(options: CommandJudgeOptions): MetricModule {
  return defineMetric({
    name: "pass@1",
    description: `The share of answers that \`${options.command}\` lets pass.`,
    needsReference: false,
    score: async (answers) => {
      const verdicts = readVerdicts(await runJudge(options, answers), answers);
      return verdicts.map((pass) => ({ "pass@1": pass }));
    },
  });
}

async function runJudge(
  { command, timeLimitNs }: CommandJudgeOptions,
  answers: readonly MetricAnswer[],
): Promise<string> {
  // A group of its own, so that what the command starts ends with it.
  const child = spawn(command, { shell: true, detached: true, stdio: ["pipe", "pipe", "pipe"] });
  const end = (): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    } catch {
      // It has ended by itself.
    }
  };
  const texts = { out: "", error: "" };
  child.stdout.setEncoding("utf8").on("data", (piece: string) => (texts.out += piece));
  child.stderr.setEncoding("utf8").on("data", (piece: string) => {
    texts.error = (texts.error + piece).slice(-mostErrorText);
  });
  // A judge that ends early closes its input; its exit code says more than that.
  child.stdin.on("error", () => undefined);
  child.stdin.end(
    answers
      .map(({ index, answer, reference }) => `${JSON.stringify({ index, answer, reference })}\n`)
      .join(""),
  );
  let isLate = false;
  const clock = setTimeout(() => {
    isLate = true;
    end();
  }, timeLimitNs / 1e6);
  process.once("exit", end);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", resolve);
    });
    if (isLate) throw lateJudge(command, timeLimitNs);
    if (code !== 0) throw failedJudge(command, code, texts.error);
    return texts.out;
  } catch (cause) {
    if (cause instanceof RunFailedError) throw cause;
    throw new EnvironmentError("JUDGE_NOT_STARTED", `The judge \`${command}\` could not be started.`, {
      cause,
    });
  } finally {
    clearTimeout(clock);
    process.off("exit", end);
    end();
  }
}

function lateJudge(command: string, timeLimitNs: number): RunFailedError {
  return new RunFailedError(
    "JUDGE_TIMEOUT",
    `The judge \`${command}\` did not end within ${timeLimitNs / 1e9} s and was ended.`,
    { hint: "Give it more time with --metric-timeout; `flexbench accuracy DIR` scores the run again." },
  );
}

function failedJudge(command: string, code: number | null, errorText: string): RunFailedError {
  const ending = code === null ? "was ended by a signal" : `ended with exit code ${code}`;
  const said = errorText.trim().split("\n").at(-1) ?? "";
  return new RunFailedError(
    "JUDGE_FAILED",
    `The judge \`${command}\` ${ending}${said === "" ? "" : `: ${said}`}.`,
    { hint: "`flexbench accuracy DIR` scores the run again once the judge works." },
  );
}
