import { startServer } from "../../server/start-server.ts";
import { serverSettings } from "../executors/server-settings.ts";
import type { CellServer } from "./carry-out.ts";
import type { Cell } from "./cell.ts";
import { allottedGpus } from "./cell-server-settings.ts";

/** Starts the server of a cell on this machine. Throws as `startServer`. */
export async function startCellServer(
  cell: Cell,
  { logPath, signal }: { logPath: string; signal: AbortSignal },
): Promise<CellServer> {
  const { kind, settings } = serverSettings(cell, { host: null, node: null });
  const allotted = { ...settings, ...allottedGpus(cell, process.env) };
  const started = await startServer(kind, allotted, { logPath, signal });
  return { url: started.url, started, died: started.died, stop: () => started.stop() };
}
