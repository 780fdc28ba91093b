import { readFile } from "node:fs/promises";
import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { EnvironmentError, UsageError } from "../../errors.ts";
import { writeWhole } from "../../results/write-whole.ts";
import type { ServerNode } from "../../server/define-server.ts";
import { freePort } from "../../server/free-port.ts";
import { serverOf } from "../../server/server-kinds.ts";
import { howItEnded, startFailure } from "../../server/start-failure.ts";
import { startNode } from "../../server/start-node.ts";
import { startServer } from "../../server/start-server.ts";
import type { Cell } from "../matrix/cell.ts";
import { allottedGpus, readyWithinNs } from "../matrix/cell-server-settings.ts";
import { failedOutcome, readyOutcome, writeOutcome } from "./server-outcome.ts";
import { type CellOnNode, serverSettings } from "./server-settings.ts";

/** Which of the nodes of a server this process is on. */
export interface NodePlace {
  nodes: number;
  rank: number;
}

/** Where a server's nodes and its client meet. */
export interface ServerOffer {
  /** File that tells the client what became of the server. */
  outcomeFile: string;
  logPath: string;
  place: NodePlace;
  signal: AbortSignal;
}

const pollMs = 250;

/**
 * Starts the server of a cell, or this node's part of it, for a client on another node, and holds it until `signal` or until
 * it ends. The head tells in a file where the server is, or why it did not come up. Throws what it tells.
 */
export async function offerCellServer(cell: Cell, offer: ServerOffer): Promise<void> {
  const { outcomeFile, place, signal } = offer;
  try {
    const onNode = place.nodes === 1 ? null : await meet(cell, offer);
    await (place.rank === 0 ? offerHead(cell, onNode, offer) : holdNode(cell, onNode, offer));
  } catch (error) {
    // Whoever ends the job needs no reason.
    if (!signal.aborted) await writeOutcome(outcomeFile, failedOutcome(error));
    throw error;
  }
}

/** The head tells the others where they find it. */
async function meet(cell: Cell, { outcomeFile, place, signal }: ServerOffer): Promise<ServerNode> {
  const file = `${outcomeFile}.head`;
  if (place.rank === 0) {
    const own = { head: hostname(), headPort: await freePort() };
    await writeWhole(file, JSON.stringify(own));
    return { ...place, ...own };
  }
  const endsAt = performance.now() + readyWithinNs(cell.server) / 1e6;
  for (;;) {
    const text = await readFile(file, "utf8").catch(() => "");
    if (text !== "") return { ...place, ...(JSON.parse(text) as Pick<ServerNode, "head" | "headPort">) };
    if (performance.now() > endsAt)
      throw new EnvironmentError("CAMPAIGN_SERVER_SILENT", `The first node told nothing in ${file}.`);
    await sleep(pollMs, undefined, { signal });
  }
}

async function offerHead(
  cell: Cell,
  node: CellOnNode,
  { outcomeFile, logPath, signal }: ServerOffer,
): Promise<void> {
  const { kind, settings } = serverSettings(cell, { host: hostname(), node });
  const allotted = { ...settings, ...allottedGpus(cell, process.env) };
  const server = await startServer(kind, allotted, { logPath, signal });
  try {
    await writeOutcome(outcomeFile, readyOutcome(server));
    const words = await Promise.race([aborted(signal), server.died]);
    if (words !== null) throw new EnvironmentError("SERVER_DIED", words);
  } finally {
    await server.stop();
  }
}

async function holdNode(
  cell: Cell,
  node: CellOnNode,
  { logPath, signal, place }: ServerOffer,
): Promise<void> {
  const { kind, settings } = serverSettings(cell, { host: hostname(), node });
  const part = await startNode(kind, settings, logPath);
  try {
    const end = await Promise.race([aborted(signal), part.ended]);
    if (end !== null)
      throw startFailure({ server: serverOf(kind), logPath }, `on node ${place.rank} ${howItEnded(end)}`);
  } finally {
    await part.stop();
  }
}

function aborted(signal: AbortSignal): Promise<null> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(null);
    else signal.addEventListener("abort", () => resolve(null), { once: true });
  });
}

/** The place of this process in a step of Slurm. Throws UsageError where it makes no sense. */
export function placeInStep(environment: NodeJS.ProcessEnv): NodePlace {
  const nodes = Number(environment.SLURM_STEP_NUM_TASKS ?? 1);
  const rank = Number(environment.SLURM_PROCID ?? 0);
  if (Number.isInteger(nodes) && Number.isInteger(rank) && rank < nodes) return { nodes, rank };
  throw new UsageError("CAMPAIGN_CELL", [{ where: "SLURM_PROCID", message: `is ${rank} of ${nodes} tasks` }]);
}
