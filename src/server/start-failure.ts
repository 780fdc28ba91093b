import { readFileSync } from "node:fs";
import { EnvironmentError } from "../errors.ts";
import { explainFailure } from "./explain-failure.ts";
import { commonFailures } from "./known-failures.ts";
import type { AnyServer } from "./server-kinds.ts";
import type { ProcessEnd } from "./supervised-process.ts";

/** How a process ended, to follow its name. */
export function howItEnded({ code, signal }: ProcessEnd): string {
  return signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`;
}

/** The error of a server that did not come up: the known cause, the lines that tell it, and the fix. */
export function startFailure(
  { server, logPath }: { server: AnyServer; logPath: string },
  how: string,
): EnvironmentError {
  const { known, lines } = explainFailure(readLog(logPath), server.failures ?? commonFailures);
  const sentence = `${server.title} ${how}${known === null ? "" : `: ${known.cause}`}.`;
  const shown = lines.map((line) => `  ${line}`).join("\n");
  return new EnvironmentError(
    known?.code ?? "SERVER_START",
    shown === "" ? sentence : `${sentence}\n${shown}`,
    {
      hint: `${known === null ? "" : `${known.hint} `}The whole log: ${logPath}`,
    },
  );
}

/** The end of a server's log, without the command at its begin. */
export function readLog(path: string): string {
  try {
    // The first line is the command.
    return readFileSync(path, "utf8").split("\n").slice(1).join("\n").slice(-200_000);
  } catch {
    return "";
  }
}
