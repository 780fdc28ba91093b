import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { EnvironmentError, UsageError } from "../../errors.ts";
import { currentRound } from "../round.ts";
import { type OfficialReading, readOfficialOutput } from "./official-output.ts";

/** The two official checkers: the present one and its predecessor, each of which sees what the other passes over. */
const officialCheckers = {
  present: "tools/submission/submission_checker/main.py",
  former: "tools/submission/submission_checker_old.py",
} as const;

/** One of the official checkers. */
export type OfficialChecker = keyof typeof officialCheckers;

/** What a checker is asked to look at. */
export interface OfficialTask {
  checker: OfficialChecker;
  /** Checkout of the inference repository. */
  checkout: string;
  /** Tree to check; the checker only reads it. */
  tree: string;
  /** Where its csv goes. */
  csv: string;
  submitter: string | null;
  /** Leave audits out of it. */
  skipsAudits: boolean;
}

/** How a checker ended and what it said. */
export interface OfficialEnd extends OfficialReading {
  /** Null when it was ended by a signal. */
  exitCode: number | null;
}

const mostMilliseconds = 600_000;

/** Throws a UsageError `CHECKOUT_INCOMPLETE` naming every checker that a checkout lacks. */
export function requireCheckers(checkout: string): void {
  const problems = Object.values(officialCheckers)
    .filter((file) => !existsSync(join(checkout, file)))
    .map((file) => ({ where: "--official", message: `${join(checkout, file)} is not there` }));
  if (problems.length > 0)
    throw new UsageError("CHECKOUT_INCOMPLETE", problems, {
      hint: "Name a local checkout of the repository mlcommons/inference.",
    });
}

/** Runs a checker to its end. Throws an EnvironmentError `PYTHON_MISSING` when there is no python3. */
export async function runOfficialChecker(task: OfficialTask): Promise<OfficialEnd> {
  const script = join(task.checkout, officialCheckers[task.checker]);
  const args = [script, "--input", task.tree, "--version", currentRound.name, "--csv", task.csv];
  if (task.submitter !== null) args.push("--submitter", task.submitter);
  if (task.skipsAudits) args.push("--skip_compliance");
  // Nothing is left in the checkout, which is the user's.
  const env = { ...process.env, PYTHONDONTWRITEBYTECODE: "1" };
  const child = spawn("python3", args, { env, stdio: ["ignore", "pipe", "pipe"], timeout: mostMilliseconds });
  const pieces: Buffer[] = [];
  child.stdout.on("data", (piece: Buffer) => pieces.push(piece));
  child.stderr.on("data", (piece: Buffer) => pieces.push(piece));
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.once("error", (cause) =>
      reject(
        new EnvironmentError(
          "PYTHON_MISSING",
          "The official checkers need python3, which could not be started.",
          {
            hint: "Install Python 3 with PyYAML.",
            cause,
          },
        ),
      ),
    );
    child.once("close", resolve);
  });
  return { exitCode, ...readOfficialOutput(Buffer.concat(pieces).toString("utf8"), task.tree) };
}
