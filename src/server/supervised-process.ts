import { fork } from "node:child_process";
import { randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import { EnvironmentError } from "../errors.ts";
import { endFamily } from "./process-family.ts";

/** What a supervisor is to run. */
export interface SupervisedPlan {
  executable: string;
  arguments: readonly string[];
  /** All variables of the program. */
  environment: NodeJS.ProcessEnv;
  /** File that its output is added to. */
  logPath: string;
  /** Values that are masked there. */
  secrets: readonly string[];
  /** Programs to run when it has ended, such as one that removes its container. */
  cleanup: readonly { executable: string; arguments: readonly string[] }[];
  /** Time between asking it to end and ending it. */
  graceMs: number;
  /** Told by `startSupervised`. */
  mark: string;
}

/** What a supervisor tells. */
export type SupervisorReply =
  | { kind: "started"; pid: number }
  | { kind: "failed"; code: string; message: string }
  | { kind: "ended"; code: number | null; signal: string | null };

/** How a process ended. */
export interface ProcessEnd {
  code: number | null;
  signal: string | null;
}

/** A program that ends with this process, however this process ends, and with it all that it started. */
export interface SupervisedProcess {
  pid: number;
  /** Whether the program itself runs now. */
  isAlive(): boolean;
  /** Resolves when the program and all that it started are gone. */
  ended: Promise<ProcessEnd>;
  /** Ends them and waits until they are gone. May be called again. */
  stop(): Promise<void>;
}

/** Starts a program under a supervisor. Throws EnvironmentError `SERVER_MISSING` when there is no such program. */
export async function startSupervised(plan: Omit<SupervisedPlan, "mark">): Promise<SupervisedProcess> {
  const mark = randomUUID();
  const entry = fileURLToPath(new URL("./supervisor-main.js", import.meta.url));
  // In a session of its own, so that what ends this process and its group does not end the supervisor.
  const supervisor = fork(entry, [], {
    execArgv: [],
    detached: true,
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
  let pid: number | null = null;
  const ended = new Promise<ProcessEnd>((resolve) => {
    supervisor.on("message", (message) => {
      const reply = message as SupervisorReply;
      if (reply.kind === "ended") resolve({ code: reply.code, signal: reply.signal });
    });
    supervisor.once("exit", async (code, signal) => {
      // A killed supervisor leaves its server to us.
      if (pid !== null) await endFamily({ leader: pid, mark }, 0);
      resolve({ code, signal });
    });
  });
  const first = new Promise<SupervisorReply>((resolve, reject) => {
    supervisor.once("message", (message) => resolve(message as SupervisorReply));
    supervisor.once("error", reject);
    supervisor.once("exit", (code, signal) => resolve({ kind: "ended", code, signal }));
  });
  supervisor.send({ ...plan, mark } satisfies SupervisedPlan, () => {});
  const reply = await first;
  if (reply.kind !== "started") throw notStarted(plan.executable, reply);
  pid = reply.pid;
  const stop = async () => {
    if (supervisor.connected) supervisor.send("stop", () => {});
    await ended;
  };
  const { pid: started } = reply;
  return { pid, isAlive: () => isThere(started), ended, stop };
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // One of another user is there too.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

function notStarted(
  executable: string,
  reply: Exclude<SupervisorReply, { kind: "started" }>,
): EnvironmentError {
  if (reply.kind === "failed" && reply.code !== "ENOENT") {
    return new EnvironmentError("SERVER_START", `${executable} cannot be started: ${reply.message}.`);
  }
  return new EnvironmentError("SERVER_MISSING", `There is no program ${executable}.`, {
    hint: "Install it, or name it with --executable, --python or --container.",
  });
}
