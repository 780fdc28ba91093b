import { closestName } from "../config/closest-name.ts";
import { camelCase } from "../config/run-options.ts";
import { type Problem, UsageError } from "../errors.ts";
import { commandServer } from "./command-server.ts";
import type { ServerDefinition } from "./define-server.ts";
import type { LaunchSettings } from "./launch-settings.ts";
import { llamaServer } from "./llama-server.ts";
import { embeddedServer, simServer } from "./own-servers.ts";
import { secretArguments } from "./secret-settings.ts";
import { sglangServer } from "./sglang-server.ts";
import { tensorrtLlmServer } from "./tensorrt-llm-server.ts";
import { vllmServer } from "./vllm-server.ts";

/** A definition whatever its settings are; they come from its own `settings`. */
export type AnyServer = ServerDefinition<LaunchSettings & Record<string, unknown>>;

/** The servers that FlexBench knows, in the order of help. */
export const knownServers = [
  vllmServer,
  sglangServer,
  tensorrtLlmServer,
  llamaServer,
  commandServer,
  simServer,
  embeddedServer,
] as readonly unknown[] as readonly AnyServer[];

/** The server of a name. Throws UsageError. */
export function serverOf(kind: string): AnyServer {
  const found = knownServers.find(({ name }) => name === kind);
  if (found !== undefined) return found;
  const names = knownServers.map(({ name }) => name);
  const meant = closestName(kind, names);
  const question = meant === null ? "" : `; did you mean ${meant}?`;
  const message = `must be one of ${names.join(", ")}, not "${kind}"${question}`;
  throw new UsageError("SERVER_KIND", [{ where: "serve", message }]);
}

/**
 * Reads settings whose names are in either spelling. Adds what is wrong with them to `problems`, where `spell` gives names
 * as the reader writes them; by default in camelCase.
 */
export function readServerSettings(
  server: AnyServer,
  given: Readonly<Record<string, unknown>>,
  problems: Problem[],
  spell: (setting: string) => string = (setting) => setting,
): (LaunchSettings & Record<string, unknown>) | null {
  const named = Object.fromEntries(
    Object.entries(given)
      .filter(([, value]) => value !== undefined && value !== null)
      .map(([name, value]) => [camelCase(name), value]),
  );
  const reading = server.settings.safeParse(named);
  const found = [
    ...(reading.error?.issues ?? []).flatMap((issue) => problemsOf(server, issue, named, spell)),
    ...contradictions(server, named),
  ];
  problems.push(...found.map(({ where, message }) => ({ where: spell(where), message })));
  if (!reading.success || found.length > 0) return null;
  return reading.data as LaunchSettings & Record<string, unknown>;
}

function problemsOf(
  server: AnyServer,
  issue: { path: PropertyKey[]; message: string; code: string; keys?: string[] | undefined },
  given: Readonly<Record<string, unknown>>,
  spell: (setting: string) => string,
): Problem[] {
  if (issue.code === "unrecognized_keys") {
    return (issue.keys ?? []).map((key) => {
      const meant = closestName(key, Object.keys(server.settings.shape));
      const question = meant === null ? "" : `; did you mean ${spell(meant)}?`;
      return { where: key, message: `is no setting of ${server.name}${question}` };
    });
  }
  const where = String(issue.path[0] ?? "serve");
  return [{ where, message: where in given ? issue.message : "is needed" }];
}

function contradictions(server: AnyServer, settings: Readonly<Record<string, unknown>>): Problem[] {
  const problems: Problem[] = [];
  const { container, image, python, executable, memoryLimit } = settings;
  const words = [settings.serverArgument ?? []].flat().flatMap((word) => String(word).split(/\s+/));
  if (settings.model === undefined && server.needsModel === true)
    problems.push({ where: "model", message: `is needed: what ${server.title} is to serve` });
  if (container === undefined && image !== undefined)
    problems.push({ where: "image", message: "needs --container beside it: docker or podman" });
  if (container === undefined && memoryLimit !== undefined)
    problems.push({ where: "memoryLimit", message: "needs --container beside it: docker or podman" });
  for (const [where, value] of Object.entries({ python, executable })) {
    if (container !== undefined && value !== undefined)
      problems.push({ where, message: "contradicts --container: the image has its own" });
  }
  if (python !== undefined && executable !== undefined)
    problems.push({ where: "executable", message: "contradicts --python: one of them starts the server" });
  return [...problems, ...secretArguments(server, words)];
}
