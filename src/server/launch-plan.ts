import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { basename, delimiter, dirname, isAbsolute, join, resolve } from "node:path";
import { isSecretName, maskSecretPairs } from "../config/secrets.ts";
import { type Problem, UsageError } from "../errors.ts";
import { chooseGpus, type DeviceChoice } from "./choose-gpus.ts";
import { quoteForShell } from "./command-server.ts";
import {
  type ContainerEngine,
  containerArguments,
  containerName,
  containerPort,
} from "./container-command.ts";
import type { LaunchPlace, ServerCommand } from "./define-server.ts";
import type { Machine } from "./device-detection.ts";
import type { LaunchSettings } from "./launch-settings.ts";
import { namesOfModel } from "./served-name.ts";
import type { AnyServer } from "./server-kinds.ts";
import { readServerSettings } from "./server-kinds.ts";

/** All that is decided before anything runs. */
export interface LaunchPlan {
  executable: string;
  arguments: readonly string[];
  /** All variables of that program. */
  environment: NodeJS.ProcessEnv;
  /** Variables that are set for the server alone, secrets masked; for the record. */
  shownVariables: Record<string, string>;
  /** Values that nothing may show. */
  secrets: string[];
  container: { engine: ContainerEngine; image: string; name: string } | null;
  choice: DeviceChoice;
  settings: LaunchSettings & Record<string, unknown>;
  /** Address of this machine that it listens at, and port there. */
  host: string;
  port: number;
  /** Where it is asked. */
  url: string;
  /** Names under which it may serve the model that was asked for; none: any is right. */
  modelNames: readonly string[];
}

/** What a plan is made from. */
export interface LaunchRequest {
  server: AnyServer;
  /** As the user gave them, in either spelling. */
  settings: Readonly<Record<string, unknown>>;
  machine: Machine;
  environment: NodeJS.ProcessEnv;
  /** Taken where the settings name none. */
  freePort: number;
  /** Key that clients will bring; null: the one in the environment, if any. */
  apiKey: string | null;
}

const loopback = "127.0.0.1";
/** Addresses at which a server is reached from everywhere, this machine included. */
const anyAddress = ["0.0.0.0", "::"];
const hubVariables = ["HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"];
/** Where a container finds the Hub's downloads, whoever its user is. */
const hubFolder = "/cache/huggingface";
const passedOn = ["HF_HUB_OFFLINE", "HF_ENDPOINT", "TRANSFORMERS_OFFLINE"];

/** Decides how a server is started. Throws a UsageError with everything that is wrong with its settings. */
export function planLaunch(request: LaunchRequest): LaunchPlan {
  const { server, machine, environment } = request;
  const problems: Problem[] = [];
  const settings = readServerSettings(server, request.settings, problems);
  if (settings === null) throw settingsError(server, problems);
  for (const name of settings.passEnv ?? []) {
    if (environment[name] === undefined)
      problems.push({ where: "passEnv", message: `${name} is not set in the environment` });
  }
  const choice = chooseGpus(settings, machine, contextOf(server, settings, environment), problems);
  const engine = settings.container ?? null;
  const image = engine === null ? null : (settings.image ?? server.image(choice.device));
  if (engine !== null && image === null)
    problems.push({
      where: "image",
      message: `is needed: no image of ${server.title} is known for ${choice.device}`,
    });
  if (problems.length > 0) throw settingsError(server, problems);

  const port = settings.port === undefined || settings.port === 0 ? request.freePort : settings.port;
  const host = settings.host ?? loopback;
  const local = localModel(settings.model);
  const place: LaunchPlace = {
    device: choice.device,
    gpus: choice.gpus,
    host: engine === null ? host : "0.0.0.0",
    port: engine === null ? port : containerPort,
    inContainer: engine !== null,
    model:
      local !== null && engine !== null ? `/models/${basename(local)}` : (local ?? settings.model ?? null),
  };
  const spread = {
    ...settings,
    ...(choice.tensorParallel === null ? {} : { tensorParallel: choice.tensorParallel }),
  };
  const command = server.command(spread, place);
  const secrets = secretVariables(request, settings);
  const common = {
    secrets: Object.values(secrets),
    shownVariables: maskSecretPairs({ ...command.environment, ...settings.env }),
    choice,
    settings,
    host,
    port,
    modelNames: namesOfModel(server, settings, place),
    url: `http://${anyAddress.includes(host) ? loopback : host}:${port}`,
  };
  if (engine === null || image === null) {
    return { ...common, ...onThisMachine(settings, command, environment, secrets), container: null };
  }
  const name = containerName(server.name);
  const cache = settings.cache ?? environment.HF_HOME ?? join(homedir(), ".cache", "huggingface");
  const openVariables = { ...settings.env };
  for (const variable of Object.keys(secrets)) delete openVariables[variable];
  for (const variable of passedOn) {
    const value = environment[variable];
    if (value) openVariables[variable] ??= value;
  }
  const words = containerArguments({
    ...{ engine, image, name, host, port, place },
    command: { ...command, environment: { ...command.environment, HF_HOME: hubFolder, ...openVariables } },
    mounts: {
      [hubFolder]: resolve(cache),
      ...(local === null || place.model === null ? {} : { [`${place.model}:ro`]: local }),
    },
    secretVariables: [...new Set([...Object.keys(secrets), ...(settings.passEnv ?? [])])],
    memoryLimit: settings.memoryLimit ?? null,
  });
  return {
    ...common,
    executable: engine,
    arguments: words,
    environment: { ...environment, ...secrets },
    container: { engine, image, name },
  };
}

/** The command as a person could type it, every secret masked by name. */
export function shownCommand({
  executable,
  arguments: words,
  shownVariables,
  container,
}: LaunchPlan): string {
  const variables = container === null ? Object.entries(shownVariables) : [];
  const assignments = variables.map(([name, value]) => `${name}=${quoteForShell(value)}`);
  return [...assignments, ...[executable, ...words].map(quoteForShell)].join(" ");
}

function settingsError(server: AnyServer, problems: readonly Problem[]): UsageError {
  return new UsageError("SERVER_SETTINGS", problems, {
    hint: `\`flexbench serve ${server.name} --help\` lists its settings.`,
  });
}

function contextOf(
  server: AnyServer,
  { serverArgument = [] }: LaunchSettings,
  environment: NodeJS.ProcessEnv,
) {
  const flags = server.multiNodeFlags ?? [];
  const multiNode = serverArgument.some((word) => flags.includes(word.split("=", 1)[0] ?? word));
  return { devices: server.devices, multiNode, environment, title: server.title };
}

/** Absolute path of a model that is here as a file or folder. */
function localModel(model: string | undefined): string | null {
  return model !== undefined && existsSync(model) ? resolve(model) : null;
}

function onThisMachine(
  { python, cache, env }: LaunchSettings,
  { executable, arguments: words, environment: needed }: ServerCommand,
  environment: NodeJS.ProcessEnv,
  secrets: Record<string, string>,
): Pick<LaunchPlan, "executable" | "arguments" | "environment"> {
  const program = python ?? executable;
  const hasFolder = program.includes("/");
  const path = environment.PATH ?? "";
  return {
    executable: hasFolder && !isAbsolute(executable) ? resolve(executable) : executable,
    arguments: words,
    environment: {
      ...environment,
      // Engines start compilers and tools of their environment by name.
      PATH: hasFolder ? `${dirname(resolve(program))}${delimiter}${path}` : path,
      ...(cache === undefined ? {} : { HF_HOME: resolve(cache) }),
      ...needed,
      ...env,
      ...secrets,
    },
  };
}

/** Variables with secrets that the server is to know, by what they are called. */
function secretVariables(
  { server, environment, apiKey }: LaunchRequest,
  { env = {}, passEnv = [] }: LaunchSettings,
): Record<string, string> {
  const keyVariable = server.apiKeyVariable ?? null;
  const masked = maskSecretPairs(env);
  const found: Record<string, string> = {};
  const known = [...hubVariables, ...(keyVariable === null ? [] : [keyVariable])];
  for (const name of [...known, ...passEnv.filter(isSecretName)]) {
    const value = environment[name];
    if (value) found[name] = value;
  }
  for (const [name, value] of Object.entries(env))
    if (masked[name] !== value && value !== "") found[name] = value;
  if (keyVariable !== null && apiKey !== null) found[keyVariable] = apiKey;
  return found;
}
