import type { ServerNode } from "../../server/define-server.ts";
import { serverOf } from "../../server/server-kinds.ts";
import type { Cell } from "../matrix/cell.ts";
import { serverSettingsOf } from "../matrix/cell-server-settings.ts";

/** Null: one machine has the whole server. */
export type CellOnNode = ServerNode | null;

/** The server of a cell as `startServer` takes it: its kind and its settings, in camelCase. */
export function serverSettings(
  cell: Pick<Cell, "server" | "run" | "resources">,
  { host, node }: { host: string | null; node: CellOnNode },
): { kind: string; settings: Record<string, unknown> } {
  if (cell.server === null) throw new Error("the cell has endpoints of its own");
  const { kind } = cell.server;
  const given = { ...serverSettingsOf(cell), ...(host === null ? {} : { host }) };
  const onNodes = serverOf(kind).onNodes;
  return { kind, settings: { ...(node === null || onNodes === undefined ? given : onNodes(given, node)) } };
}

/** Why the server of a cell cannot stand on several machines; null where it can. */
export function severalNodesProblem({ server }: Pick<Cell, "server">): string | null {
  if (server === null) return null;
  if (serverOf(server.kind).onNodes === undefined)
    return `asks for several nodes, and ${server.kind} runs on one; vllm, sglang or a command can`;
  if (server.command !== null && !/\{node-?[rR]ank\}/.test(server.command))
    return "asks for several nodes, and its command does not name {node-rank}: each node would start a server of its own";
  if (server.options.container !== undefined)
    return "asks for several nodes, and its nodes do not reach each other from containers";
  return null;
}
