import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type FlexBenchError, type Problem, RunFailedError, UsageError } from "../errors.ts";
import type { TestPlan } from "./plan.ts";
import type { PlainError, ProcessReply, ProcessRequest, TestMeasurements } from "./process-messages.ts";
import type { Snapshot } from "./snapshot.ts";

/** How the process of a test ended. */
export type TestProcessOutcome =
  | { state: "completed"; measurements: TestMeasurements }
  /** The SUT or the process failed; measurements where it could still tell. */
  | { state: "failed"; error: FlexBenchError; measurements: TestMeasurements | null }
  | { state: "aborted"; measurements: TestMeasurements | null };

export interface TestProcessOptions {
  onPhase?: (phase: "warm-up" | "test") => void;
  onSnapshot?: (snapshot: Snapshot) => void;
  /** Aborts the test: what was measured so far is still told, then the process ends. */
  signal?: AbortSignal;
  /** A process that says nothing for this long is ended, ms. @default 30000 */
  silenceTimeoutMs?: number;
}

/**
 * The test makes little garbage. V8's helper threads for it, and the collections it makes because it has nothing else to
 * do, took 9 % of the test's CPU (bench/README.md says how to measure).
 */
const garbageCollection = ["--single-threaded-gc", "--no-memory-reducer"];
/** Time for an aborted process to tell what it measured. */
const abortGraceMs = 1200;
const defaultSilenceTimeoutMs = 30_000;
const talkBytes = 4096;

/**
 * Runs one LoadGen test in a process of its own and waits for its end. Throws UsageError for a plan that LoadGen must
 * not see. Whatever becomes of the process, a crash included, is an outcome; none is left running.
 */
export async function runTestProcess(
  plan: TestPlan,
  options: TestProcessOptions = {},
): Promise<TestProcessOutcome> {
  const child = fork(fileURLToPath(new URL("./child.js", import.meta.url)), [], {
    serialization: "advanced",
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    // A flag of the controller, such as a debugger's port, is not the child's.
    execArgv: garbageCollection,
  });
  try {
    return await attend(child, plan, options);
  } finally {
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
  }
}

function attend(
  child: ChildProcess,
  plan: TestPlan,
  options: TestProcessOptions,
): Promise<TestProcessOutcome> {
  const { onPhase, onSnapshot, signal, silenceTimeoutMs = defaultSilenceTimeoutMs } = options;
  return new Promise((resolve, reject) => {
    let talk = "";
    let aborting = false;
    let told: TestProcessOutcome | null = null;
    const timers = new Set<NodeJS.Timeout>();
    const release = (): void => {
      for (const timer of timers) clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
    };
    const end = (outcome: TestProcessOutcome): void => {
      release();
      resolve(outcome);
    };
    const silence = setTimeout(() => {
      child.kill("SIGKILL");
      end(
        failed(
          "CHILD_SILENT",
          `The test process said nothing for ${silenceTimeoutMs / 1000} s and was ended.`,
          talk,
        ),
      );
    }, silenceTimeoutMs);
    timers.add(silence);
    const abort = (): void => {
      aborting = true;
      send(child, { kind: "abort" });
      timers.add(
        setTimeout(() => {
          child.kill("SIGKILL");
          end({ state: "aborted", measurements: null });
        }, abortGraceMs),
      );
    };
    const keepTalk = (text: string): void => {
      talk = (talk + text).slice(-talkBytes);
    };
    child.stdout?.setEncoding("utf8").on("data", keepTalk);
    child.stderr?.setEncoding("utf8").on("data", keepTalk);
    child.on("message", (reply: ProcessReply) => {
      silence.refresh();
      if (reply.kind === "snapshot") onSnapshot?.(reply.snapshot);
      else if (reply.kind === "warming") onPhase?.("warm-up");
      else if (reply.kind === "started") onPhase?.("test");
      else if (reply.kind === "aborted") told = { state: "aborted", measurements: reply.measurements };
      else if (reply.kind === "finished") {
        const { measurements, failure } = reply;
        told = failure
          ? { state: "failed", error: revive(failure), measurements }
          : { state: "completed", measurements };
      } else {
        const error = revive(reply.failure);
        if (error instanceof UsageError) {
          release();
          reject(error);
        } else told = { state: "failed", error, measurements: null };
      }
      if (told) end(told);
    });
    child.on("error", (cause) =>
      end(failed("CHILD_NOT_STARTED", "The test process could not be started.", talk, cause)),
    );
    child.on("exit", (code, killedBy) => {
      if (told) return;
      if (aborting) end({ state: "aborted", measurements: null });
      else
        end(
          failed(
            "CHILD_DIED",
            `The test process died ${killedBy === null ? `with exit code ${code}` : `by ${killedBy}`} before the test ended.`,
            talk,
          ),
        );
    });
    if (signal?.aborted) abort();
    else signal?.addEventListener("abort", abort, { once: true });
    send(child, { kind: "start", plan });
  });
}

function send(child: ChildProcess, request: ProcessRequest): void {
  // A process that is gone is heard of by its exit.
  if (child.connected) child.send(request, () => undefined);
}

function failed(code: string, message: string, talk: string, cause?: unknown): TestProcessOutcome {
  const lastWords = talk.trim();
  const error = new RunFailedError(code, message, {
    ...(lastWords === "" ? {} : { hint: `It said last: ${lastWords.split("\n").slice(-5).join(" | ")}` }),
    ...(cause === undefined ? {} : { cause }),
  });
  return { state: "failed", error, measurements: null };
}

function revive({ name, code, message, hint, cause }: PlainError): FlexBenchError {
  const options = {
    ...(hint === null ? {} : { hint }),
    ...(cause === null ? {} : { cause: new Error(cause) }),
  };
  if (name !== "UsageError") return new RunFailedError(code, message, options);
  const problems = message.split("\n").map((line): Problem => {
    const colon = line.indexOf(": ");
    return colon === -1
      ? { where: "", message: line }
      : { where: line.slice(0, colon), message: line.slice(colon + 2) };
  });
  return new UsageError(code, problems, options);
}
