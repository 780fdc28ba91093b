import { readFileSync } from "node:fs";
import { EnvironmentError } from "../errors.ts";
import type { KnownFailure } from "./define-server.ts";
import { explainFailure } from "./explain-failure.ts";
import { commonFailures } from "./known-failures.ts";
import type { AnyServer } from "./server-kinds.ts";
import type { ProcessEnd } from "./supervised-process.ts";

/** How a process ended, to follow its name. */
export function howItEnded({ code, signal }: ProcessEnd): string {
  return signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`;
}

/** As a shell or a container tells that a process was ended by SIGKILL. */
const killedCode = 137;

const likelyKilledForMemory: Pick<KnownFailure, "code" | "cause" | "hint"> = {
  code: "SERVER_OUT_OF_MEMORY",
  cause: "it says nothing, and the system ends processes like this when memory runs out",
  hint: "See whether the system's log (dmesg) tells of it; use a smaller type or quantization, a shorter --context-length, a smaller --cpu-kv-cache-gib or a larger --memory-limit.",
};

/** The error of a server that did not come up: the known cause, the lines that tell it, and the fix. */
export function startFailure(
  { server, logPath }: { server: AnyServer; logPath: string },
  how: string | ProcessEnd,
): EnvironmentError {
  const { known: told, lines } = explainFailure(readLog(logPath), server.failures ?? commonFailures);
  const wasKilled = typeof how !== "string" && (how.signal === "SIGKILL" || how.code === killedCode);
  const known = told ?? (wasKilled ? likelyKilledForMemory : null);
  const sentence = `${server.title} ${typeof how === "string" ? how : howItEnded(how)}${known === null ? "" : `: ${known.cause}`}.`;
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
