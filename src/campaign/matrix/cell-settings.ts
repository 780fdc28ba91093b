import { closestName } from "../../config/closest-name.ts";
import { camelCase, type RunOptionKey, runOptionKeys } from "../../config/run-options.ts";
import { maskSecretPairs } from "../../config/secrets.ts";
import type { Problem } from "../../errors.ts";
import { type ColumnName, columns } from "../../openmlperf/columns.ts";
import { type ExecutorOverrides, executorOverrides } from "../executors/executor-settings.ts";
import type { Resources, Scalar, ServerChoice } from "./cell.ts";

/** What the defaults, or one value of an axis, set; later ones win. */
export interface CellSettings {
  run: Record<string, unknown>;
  server: ServerChoice | null;
  /** Options of whatever server it is, from axes such as `serve.max-num-seqs`. */
  serverOptions: Record<string, Scalar | Scalar[]>;
  resources: Partial<Resources>;
  executor: ExecutorOverrides;
  told: Record<string, Scalar>;
}

/** Settings that say nothing. */
export function noSettings(): CellSettings {
  return { run: {}, server: null, serverOptions: {}, resources: {}, executor: {}, told: {} };
}

/** Later settings over earlier ones. */
export function merged(all: readonly CellSettings[]): CellSettings {
  return all.reduce(
    (before, after) => ({
      run: { ...before.run, ...after.run },
      // A server of one's own and an endpoint exclude each other: the later one holds.
      server: after.run.endpoint === undefined ? (after.server ?? before.server) : after.server,
      serverOptions: { ...before.serverOptions, ...after.serverOptions },
      resources: { ...before.resources, ...after.resources },
      executor: {
        ...before.executor,
        ...after.executor,
        ...(before.executor.nodeSelector === undefined && after.executor.nodeSelector === undefined
          ? {}
          : { nodeSelector: { ...before.executor.nodeSelector, ...after.executor.nodeSelector } }),
      },
      told: { ...before.told, ...after.told },
    }),
    noSettings(),
  );
}

const optionOfServer = "serve.";

/** Options of a run that a campaign sets itself, or that are of one run at a terminal. */
const ownOptions: readonly RunOptionKey[] = ["output", "live", "json", "quiet", "dryRun", "seed"];

/** Reads the value of an axis that is no mapping. */
export function settingsOfScalar(
  axis: string,
  value: Scalar,
  where: string,
  problems: Problem[],
): CellSettings {
  const settings = noSettings();
  if (axis.startsWith(optionOfServer)) settings.serverOptions[axis.slice(optionOfServer.length)] = value;
  else if (axis === "server") readServer(value, where, settings, problems);
  else readSetting(axis, value, where, settings, problems);
  return settings;
}

/** Reads a mapping of settings: options of a run, `serve`, `serve-command`, resources, and `set`. */
export function settingsOfMapping(
  mapping: Readonly<Record<string, unknown>>,
  where: string,
  problems: Problem[],
): CellSettings {
  const settings = noSettings();
  for (const [key, value] of Object.entries(mapping)) {
    if (key !== "name" && value !== null) readSetting(key, value, `${where}.${key}`, settings, problems);
  }
  if (settings.run.endpoint !== undefined && settings.server !== null)
    problems.push({ where, message: "has both an endpoint and a server to start" });
  return settings;
}

const resourceKeys = ["gpus", "nodes", "cpus", "memory"] as const;
const overrideKeys = executorOverrides.keyof().options;

function readSetting(
  key: string,
  value: unknown,
  where: string,
  settings: CellSettings,
  problems: Problem[],
): void {
  const name = camelCase(key);
  const resource = resourceKeys.find((candidate) => candidate === name);
  const option = runOptionKeys.find((candidate) => candidate === name);
  const override = overrideKeys.find((candidate) => candidate === name);
  if (key.startsWith(optionOfServer)) {
    if (isOption(value)) settings.serverOptions[key.slice(optionOfServer.length)] = value;
    else problems.push({ where, message: "must be a plain value or a list of them" });
  } else if (name === "serve") readServer(value, where, settings, problems);
  else if (name === "serveCommand") readServer({ command: value }, where, settings, problems);
  else if (name === "set") readTold(value, where, settings, problems);
  else if (resource !== undefined) readResource(resource, value, where, settings, problems);
  else if (override !== undefined) readOverride(override, value, where, settings, problems);
  else if (option === undefined) problems.push({ where, message: unknownSetting(name) });
  else if (option === "apiKey")
    problems.push({
      where,
      message: "would stand in the files of the campaign; set FLEXBENCH_API_KEY instead",
    });
  else if (ownOptions.includes(option))
    problems.push({ where, message: "is set by the campaign itself; see repeats and seeds" });
  else if (option === "header" && holdsSecret(value))
    problems.push({
      where,
      message: "would put a secret into the files of the campaign; set FLEXBENCH_HEADER",
    });
  else settings.run[option] = value;
}

function unknownSetting(name: string): string {
  const meant = closestName(name, [
    ...[...runOptionKeys, ...resourceKeys, ...overrideKeys],
    "serve",
    "serveCommand",
    "set",
  ]);
  const question = meant === null ? "" : `; did you mean ${meant}?`;
  return `is no option of a run, no resource, no setting of an executor, and neither serve nor set${question}`;
}

function holdsSecret(value: unknown): boolean {
  const pairs = Array.isArray(value)
    ? value.map((pair) => String(pair).split("=", 2))
    : typeof value === "object" && value !== null
      ? Object.entries(value)
      : [String(value).split("=", 2)];
  const given = Object.fromEntries(pairs.map(([name = "", text = ""]) => [name, String(text)]));
  return Object.entries(maskSecretPairs(given)).some(([name, masked]) => masked !== given[name]);
}

function readServer(value: unknown, where: string, settings: CellSettings, problems: Problem[]): void {
  const given = typeof value === "string" ? { kind: value } : value;
  if (!isMapping(given)) {
    problems.push({ where, message: "must be the name of a server or a mapping with its kind or command" });
    return;
  }
  const { kind, command, ...options } = given;
  if ((kind === undefined) === (command === undefined) || typeof (kind ?? command) !== "string")
    problems.push({ where, message: "needs either a kind, as `flexbench serve` knows it, or a command" });
  for (const [name, option] of Object.entries(options)) {
    const isVariables =
      camelCase(name) === "env" && isMapping(option) && Object.values(option).every(isScalar);
    if (!isOption(option) && !isVariables)
      problems.push({ where: `${where}.${name}`, message: "must be a plain value or a list of them" });
    if (camelCase(name) === "startLimit")
      problems.push({ where: `${where}.${name}`, message: "is called ready-within" });
  }
  settings.server = {
    kind: command === undefined ? String(kind) : "command",
    command: command === undefined ? null : String(command),
    options: options as ServerChoice["options"],
  };
}

function readOverride(
  key: keyof ExecutorOverrides,
  value: unknown,
  where: string,
  settings: CellSettings,
  problems: Problem[],
): void {
  const reading = executorOverrides.safeParse({ [key]: value });
  for (const { message } of reading.error?.issues ?? []) problems.push({ where, message });
  Object.assign(settings.executor, reading.data);
}

function readResource(
  key: (typeof resourceKeys)[number],
  value: unknown,
  where: string,
  settings: CellSettings,
  problems: Problem[],
): void {
  if (key === "memory") {
    if (typeof value === "string" && /^\d+(\.\d+)?([KMGT]i?)?$/.test(value))
      settings.resources.memory = value;
    else problems.push({ where, message: "must be an amount such as 64G" });
    return;
  }
  const least = key === "gpus" ? 0 : 1;
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= least)
    settings.resources[key] = value;
  else problems.push({ where, message: `must be a whole number of at least ${least}` });
}

function readTold(value: unknown, where: string, settings: CellSettings, problems: Problem[]): void {
  if (!isMapping(value)) {
    problems.push({ where, message: "must be a mapping of columns of the dataset to values" });
    return;
  }
  for (const [name, told] of Object.entries(value)) {
    const column = columns[name as ColumnName] as (typeof columns)[ColumnName] | undefined;
    const type = column?.type === "whole" ? "number" : column?.type === "text" ? "string" : column?.type;
    if (column === undefined)
      problems.push({ where: `${where}.${name}`, message: "is no column of the dataset" });
    else if (!isScalar(told) || typeof told !== type)
      problems.push({ where: `${where}.${name}`, message: `must be a ${type}` });
    else settings.told[name] = told;
  }
}

export function isScalar(value: unknown): value is Scalar {
  return ["string", "number", "boolean"].includes(typeof value);
}

function isOption(value: unknown): value is Scalar | Scalar[] {
  return isScalar(value) || (Array.isArray(value) && value.every(isScalar));
}

export function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
