import { duration } from "../../config/run-values.ts";
import { gpusAllotted } from "../../server/choose-gpus.ts";
import { defaultReadySeconds, splitWords } from "../../server/launch-settings.ts";
import { serverOf } from "../../server/server-kinds.ts";
import { withCamelKeys } from "./camel-keys.ts";
import type { Cell, ServerChoice } from "./cell.ts";

type ServedCell = Pick<Cell, "server" | "run" | "resources">;

/** Settings by which a server is spread over GPUs; the product of their values is how many it takes. */
const spreads = ["tensorParallel", "pipelineParallel", "dataParallel"] as const;

/** As vLLM, SGLang and TensorRT-LLM call it. */
const spreadFlag = /^--?(?:tensor|pipeline|data)?-?(?:tp|pp|dp|parallel|tp_size|pp_size)(?:-size)?(?:=|$)/;

/**
 * What `flexbench serve` is given for a cell, names in camelCase: its model, its options, and, where the cell asks for
 * several GPUs and does not say how the server is spread over them, as many GPUs that share each layer. Throws UsageError
 * for a kind of server that there is not.
 */
export function serverSettingsOf({ server, run, resources }: ServedCell): Record<string, unknown> {
  if (server === null) return {};
  const options = optionsOf({ server });
  const others = Number(options.pipelineParallel ?? 1) * Number(options.dataParallel ?? 1);
  const share = resources.gpus / others;
  const isOpen =
    options.gpus === undefined &&
    options.tensorParallel === undefined &&
    resources.nodes === 1 &&
    !isSpreadBy(options);
  const isSpread = isOpen && share > 1 && Number.isInteger(share) && takes(server.kind, "tensorParallel");
  return {
    ...(typeof run.model === "string" ? { model: run.model } : {}),
    ...options,
    ...(server.command === null ? {} : { command: server.command }),
    ...(isSpread ? { tensorParallel: share } : {}),
  };
}

/** Whether a kind of server has a setting, written in camelCase. Throws UsageError for an unknown kind. */
function takes(kind: string, setting: string): boolean {
  return setting in serverOf(kind).settings.shape;
}

/**
 * GPUs that the server of a cell takes where there are any: what the cell or its settings ask for, else one. 0 for servers
 * that compute on none; null where its settings name the GPUs.
 */
export function gpusTaken({ server, resources }: Omit<ServedCell, "run">): number | null {
  if (server === null || !takes(server.kind, "gpus")) return 0;
  const options = optionsOf({ server });
  if (options.gpus !== undefined) return null;
  const product = spreads.reduce((count, name) => count * Number(options[name] ?? 1), 1);
  return Math.max(product, resources.gpus);
}

/** GPUs of a job for a server that has no setting of how many it is spread over. */
export function allottedGpus(
  { server, resources }: Pick<Cell, "server" | "resources">,
  environment: Readonly<Record<string, string | undefined>>,
): { gpus?: string[] } {
  const allotted = gpusAllotted(environment);
  if (server === null || allotted === null || resources.gpus < 2 || resources.nodes > 1) return {};
  const isSpread = takes(server.kind, "tensorParallel") || !takes(server.kind, "gpus");
  return isSpread || optionsOf({ server }).gpus !== undefined
    ? {}
    : { gpus: allotted.slice(0, resources.gpus) };
}

/** Longest time until a server answers, ns: `ready-within`, or what `flexbench serve` has without it. */
export function readyWithinNs(server: ServerChoice | null): number {
  const { readyWithin } = optionsOf({ server });
  return duration.safeParse(readyWithin).data ?? defaultReadySeconds * 1e9;
}

/** Whether arguments of the engine's own say how it is spread. */
function isSpreadBy({ serverArgument }: Readonly<Record<string, unknown>>): boolean {
  const words = [serverArgument ?? []].flat().flatMap((word) => splitWords(String(word)));
  return words.some((word) => spreadFlag.test(word));
}

/** Options of a server, names in camelCase. */
function optionsOf({ server }: Pick<Cell, "server">): Record<string, unknown> {
  return { ...(withCamelKeys(server?.options) as Record<string, unknown> | undefined) };
}
