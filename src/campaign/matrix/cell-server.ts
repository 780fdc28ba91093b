import { readFile } from "node:fs/promises";
import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { EnvironmentError } from "../../errors.ts";
import { writeWhole } from "../../results/write-whole.ts";
import { startServer } from "../../server/start-server.ts";
import type { CellServer } from "./carry-out.ts";
import type { Cell } from "./cell.ts";
import { allottedGpus, readyWithinNs, serverSettingsOf } from "./cell-server-settings.ts";

const never = new Promise<string>(() => {});
const pollMs = 250;

/** Starts the server of a cell on this machine, reachable from `host`. Throws as `startServer`. */
export async function startCellServer(
  cell: Cell,
  { logPath, signal, host }: { logPath: string; signal: AbortSignal; host?: string },
): Promise<CellServer> {
  if (cell.server === null) throw new Error("the cell has endpoints of its own");
  const settings = {
    ...serverSettingsOf(cell),
    ...allottedGpus(cell, process.env),
    ...(host === undefined ? {} : { host }),
  };
  const started = await startServer(cell.server.kind, settings, { logPath, signal });
  return { url: started.url, started, died: started.died, stop: () => started.stop() };
}

/** Waits for the address of a server that another node of the job starts. Throws EnvironmentError after its `ready-within`. */
export async function awaitCellServer(
  { server }: Cell,
  { addressFile, signal }: { addressFile: string; signal: AbortSignal },
): Promise<CellServer> {
  // The other node's clock plays no part: it is waited for by this one's.
  const endsAt = performance.now() + readyWithinNs(server) / 1e6;
  for (;;) {
    const url = (await readFile(addressFile, "utf8").catch(() => "")).trim();
    if (url !== "") return serverElsewhere(url);
    if (performance.now() > endsAt)
      throw new EnvironmentError("CAMPAIGN_SERVER_SILENT", `No server told its address in ${addressFile}.`, {
        hint: "The log of the job has what the server's node said.",
      });
    await sleep(pollMs, undefined, { signal });
  }
}

/** A server that stands elsewhere and is not stopped from here. */
export function serverElsewhere(url: string): CellServer {
  return { url, started: null, died: never, stop: async () => {} };
}

/** Starts the server of a cell for a client on another node, tells its address in a file, and holds it until `signal`. */
export async function offerCellServer(
  cell: Cell,
  { addressFile, logPath, signal }: { addressFile: string; logPath: string; signal: AbortSignal },
): Promise<void> {
  const host = hostname();
  const server = await startCellServer(cell, { logPath, signal, host });
  try {
    await writeWhole(addressFile, `${server.url}\n`);
    await new Promise<void>((resolve) => {
      signal.addEventListener("abort", () => resolve(), { once: true });
      void server.died.then(() => resolve());
    });
  } finally {
    await server.stop();
  }
}
