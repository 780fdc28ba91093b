import type { Problem } from "../../errors.ts";
import { fillIn, wordsIn } from "../../server/command-server.ts";
import type { Device } from "../../server/device-detection.ts";
import { type AnyServer, readServerSettings, serverOf } from "../../server/server-kinds.ts";
import { withCamelKeys } from "../matrix/camel-keys.ts";
import type { Cell } from "../matrix/cell.ts";
import type { KubernetesSettings } from "./executor-settings.ts";
import { serverSettings } from "./server-settings.ts";

/** Where the Hub's downloads lie in the container of a server. */
export const cacheFolder = "/cache/huggingface";

/** The container of a server. */
export interface ServerContainer {
  image: string;
  /** Program in place of the image's entrypoint; null: that one. */
  command: string[] | null;
  args: string[];
  variables: Record<string, string>;
  healthPath: string;
  device: Device;
}

/** What other machines than Kubernetes' are told by, and what to write here instead. */
const elsewhere: Readonly<Record<string, string>> = {
  container: "is for Docker and Podman; every pod is a container",
  image: "is for Docker and Podman; name it as executor.server-image",
  memoryLimit: "is for Docker and Podman; write memory beside gpus",
  gpus: "names GPUs of one machine; write their number as the resource gpus",
  host: "is given by the service",
  port: "is given by executor.server-port",
  python: "is of a machine; the image has its own",
  executable: "is of a machine; the image has its own",
  cache: "is of a machine; name a volume claim as executor.cache-claim",
};

/** Whether the server of a cell has a pod of its own. */
export function isApart(cell: Cell, settings: KubernetesSettings): boolean {
  if (cell.server === null) return false;
  return settings.client === null ? imageOf(cell, settings) !== null : settings.client === "own-pod";
}

/** The container of a cell's server. Throws an error for settings that `podProblems` finds wrong. */
export function serverContainer(cell: Cell, settings: KubernetesSettings): ServerContainer {
  const problems: Problem[] = [];
  const container = readContainer(cell, settings, problems);
  const [problem] = problems;
  if (container === null || problem !== undefined)
    throw new Error(`${problem?.where ?? "server"}: ${problem?.message ?? "cannot be started"}`);
  return container;
}

/** All that Kubernetes could not carry out of a cell. */
export function podProblems(cell: Cell, settings: KubernetesSettings): Problem[] {
  const problems: Problem[] = [];
  if (cell.resources.nodes > 1)
    problems.push({
      where: "nodes",
      message:
        "is above 1, and a server over several nodes is not rendered; start one by LeaderWorkerSet or KubeRay and name it as endpoint",
    });
  if (settings.claim === null)
    problems.push({ where: "executor.claim", message: "is needed: the volume claim that the jobs write to" });
  if (isApart(cell, settings)) readContainer(cell, settings, problems);
  return problems;
}

function readContainer(
  cell: Cell,
  settings: KubernetesSettings,
  problems: Problem[],
): ServerContainer | null {
  const { kind, settings: all } = serverSettings(cell, { host: "0.0.0.0", node: null });
  const server = serverOf(kind);
  const own = withCamelKeys(cell.server?.options ?? {}) as Record<string, unknown>;
  for (const [key, why] of Object.entries(elsewhere))
    if (own[key] !== undefined) problems.push({ where: `serve.${key}`, message: why });
  const { image: _image, memoryLimit: _limit, container: _container, ...given } = all;
  const {
    gpus: _gpus,
    port: _port,
    python: _python,
    executable: _executable,
    cache: _cache,
    ...kept
  } = given;
  const read = readServerSettings(server, kept, problems);
  const device = deviceOf(cell, settings);
  const image = imageOf(cell, settings);
  if (image === null)
    problems.push({
      where: "executor.serverImage",
      message: `is needed: no image of ${server.title} is known for ${device}`,
    });
  if (read === null || image === null) return null;
  const model = typeof kept.model === "string" ? kept.model : null;
  const place = {
    ...{ device, gpus: null, host: "0.0.0.0" },
    port: settings.serverPort,
    inContainer: true,
    model,
  };
  const { executable, arguments: words, environment } = server.command(read, place);
  const values = { ...own, host: place.host, port: place.port, model: model ?? undefined };
  if (settings.serverCommand !== null) wordProblems(settings.serverCommand, own, values, problems);
  if (cell.server?.command) wordProblems([cell.server.command], own, values, problems);
  return {
    ...{ image, device },
    command: settings.serverCommand === null ? [executable] : null,
    args: settings.serverCommand?.flatMap((word) => filledWords(word, values)) ?? [...words],
    variables: {
      ...environment,
      ...(settings.cacheClaim === null ? {} : { HF_HOME: cacheFolder }),
      ...read.env,
    },
    healthPath: settings.healthPath ?? String(own.healthPath ?? server.healthPath ?? "/health"),
  };
}

/** What a server computes on, as its settings or the resource say: nobody asks the nodes. */
function deviceOf({ server, resources }: Cell, { gpuResource }: KubernetesSettings): Device {
  const { device } = server?.options ?? {};
  if (device === "cuda" || device === "rocm" || device === "cpu" || device === "arm") return device;
  if (resources.gpus === 0) return "cpu";
  return gpuResource.startsWith("amd.com/") ? "rocm" : "cuda";
}

function imageOf(cell: Cell, settings: KubernetesSettings): string | null {
  if (settings.serverImage !== null || cell.server === null) return settings.serverImage;
  const server: AnyServer = serverOf(cell.server.kind);
  return server.image(deviceOf(cell, settings));
}

/** Settings that a command with braces does with by other means. */
const outsideWords = ["env", "device", "healthPath"];

/** Words in braces that have no value, and settings that no word names: either goes nowhere. */
function wordProblems(
  command: readonly string[],
  own: Readonly<Record<string, unknown>>,
  values: Readonly<Record<string, unknown>>,
  problems: Problem[],
): void {
  const named = command.flatMap(wordsIn);
  for (const name of new Set(named.filter((one) => values[one] === undefined)))
    problems.push({ where: "the server's command", message: `names {${name}}, which is no setting of it` });
  for (const key of Object.keys(own))
    if (!named.includes(key) && !outsideWords.includes(key))
      problems.push({
        where: `serve.${key}`,
        message: "goes nowhere: the server's command does not name it",
      });
}

/** A word of a command filled in; a list that stands alone in it is as many words. */
function filledWords(word: string, values: Readonly<Record<string, unknown>>): string[] {
  const [name] = wordsIn(word);
  const value = name === undefined ? undefined : values[name];
  if (Array.isArray(value) && /^\{[\w-]+\}$/.test(word)) return value.map(String);
  return [fillIn(word, values, String)];
}
