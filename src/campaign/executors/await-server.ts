import { setTimeout as sleep } from "node:timers/promises";
import { EnvironmentError } from "../../errors.ts";
import { serverOf } from "../../server/server-kinds.ts";
import type { CellServer } from "../matrix/carry-out.ts";
import type { Cell } from "../matrix/cell.ts";
import { readyWithinNs } from "../matrix/cell-server-settings.ts";
import { readOutcome, type ServerOutcome } from "./server-outcome.ts";

type Environment = Readonly<Record<string, string | undefined>>;

const pollMs = 250;
const watchMs = 1000;

/**
 * Waits for the server that another node of the job starts, by this machine's clock. Throws EnvironmentError with the code
 * of what kept it from starting, or `CAMPAIGN_SERVER_SILENT` when nothing was told within the cell's limit.
 */
export async function awaitOfferedServer(
  cell: Cell,
  {
    outcomeFile,
    signal,
    environment,
  }: { outcomeFile: string; signal: AbortSignal; environment: Environment },
): Promise<CellServer> {
  const endsAt = performance.now() + readyWithinNs(cell.server) / 1e6;
  for (;;) {
    const outcome = await readOutcome(outcomeFile);
    if (outcome?.state === "ready") return offered(cell, outcome, outcomeFile, environment);
    if (outcome !== null) throw failureOf(outcome);
    if (performance.now() > endsAt)
      throw new EnvironmentError("CAMPAIGN_SERVER_SILENT", `No server told its address in ${outcomeFile}.`, {
        hint: "The log of the job has what the server's node said.",
      });
    await sleep(pollMs, undefined, { signal });
  }
}

/** The error that a server's node told of. */
export function failureOf({
  code,
  message,
  hint,
}: Extract<ServerOutcome, { state: "failed" }>): EnvironmentError {
  return new EnvironmentError(code, message, hint === null ? {} : { hint });
}

/** The key that clients of a server must bring, where its kind takes one from a variable. */
export function serverKey({ server }: Cell, environment: Environment): string | null {
  const variable = server === null ? null : (serverOf(server.kind).apiKeyVariable ?? null);
  return (variable === null ? null : environment[variable]) || null;
}

function offered(
  cell: Cell,
  { url, name, version, model, simulated, launch, logPath }: Extract<ServerOutcome, { state: "ready" }>,
  outcomeFile: string,
  environment: Environment,
): CellServer {
  const watching = new AbortController();
  const died = untilFailed(outcomeFile, watching.signal);
  const stop = async (): Promise<void> => watching.abort();
  const apiKey = serverKey(cell, environment);
  const started = {
    ...{ url, name, version, model, simulated, launch, logPath, apiKey, died },
    ...{ pid: null, stop },
  };
  return { url, started, died, stop };
}

/** Resolves with what its node told, when a server that was ready is there no more. */
async function untilFailed(outcomeFile: string, signal: AbortSignal): Promise<string> {
  while (!signal.aborted) {
    await sleep(watchMs, undefined, { ref: false });
    const outcome = await readOutcome(outcomeFile);
    if (outcome?.state === "failed") return outcome.message;
  }
  return new Promise(() => {});
}
