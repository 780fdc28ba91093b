import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { EnvironmentError, type Problem, UsageError } from "../errors.ts";
import { endProcess, exitOf, type RunningServer, supervise } from "./running-server.ts";
import { simName } from "./sim-identity.ts";
import type { SimOptions } from "./sim-options.ts";

/** What the simulator's process answers to its options. */
export type SimReply =
  | { url: string; version: string | null; model: string }
  | { failure: { code: string; message: string; hint: string | null; problems: Problem[] | null } };

/** Starts the simulator in a process of its own, so that it shares no event loop with the client. Errors as `startSim`. */
export async function spawnSim(options: SimOptions = {}): Promise<RunningServer> {
  const entry = fileURLToPath(new URL("./sim-main.js", import.meta.url));
  const child = fork(entry, [], { execArgv: [], stdio: ["ignore", "ignore", "inherit", "ipc"] });
  const reply = await new Promise<SimReply>((resolve) => {
    child.once("message", (message) => resolve(message as SimReply));
    void exitOf(child).then(({ code, signal }) => {
      const message = `The simulator's process ended at once (${signal ?? `exit code ${code}`}).`;
      resolve({ failure: { code: "SIM_FAILED", message, hint: null, problems: null } });
    });
    child.send(options, () => {});
  });
  if ("failure" in reply) {
    await endProcess(child);
    const { code, message, hint, problems } = reply.failure;
    const details = hint === null ? {} : { hint };
    throw problems === null
      ? new EnvironmentError(code, message, details)
      : new UsageError(code, problems, details);
  }
  const { url, version, model } = reply;
  const pid = child.pid ?? null;
  return { url, name: simName, version, model, simulated: true, pid, ...supervise(child, simName) };
}
