import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { parseDocument } from "yaml";
import { z } from "zod";
import { duration, number, text, wholeNumber } from "../../config/run-values.ts";
import { type Problem, UsageError } from "../../errors.ts";
import { type ExecutorSettings, executorSettings } from "../executors/executor-settings.ts";
import { readConcurrencyPoints, readQpsPoints } from "../load-points.ts";
import { withCamelKeys } from "./camel-keys.ts";
import { secretsIn } from "./campaign-secrets.ts";
import type { Measure, Scalar } from "./cell.ts";
import {
  type CellSettings,
  isMapping,
  isScalar,
  settingsOfMapping,
  settingsOfScalar,
} from "./cell-settings.ts";
import { type SearchSettings, searchSettings } from "./search-settings.ts";

/** A value on an axis: its short name and what it sets. */
export interface AxisValue {
  label: string;
  settings: CellSettings;
}

/** An axis of the matrix. */
export interface Axis {
  name: string;
  values: AxisValue[];
}

/** A partial match: for some axes the labels that it takes. */
export type Match = ReadonlyMap<string, readonly string[]>;

/** A campaign as its file says it. */
export interface CampaignFile {
  name: string;
  defaults: CellSettings;
  axes: Axis[];
  exclude: Match[];
  /** Axes with the values of the entry in place of their own. */
  include: Axis[][];
  measure: Measure;
  repeats: number;
  /** Null: derived from 42, a new one for each repeat. */
  seeds: number[] | null;
  executor: ExecutorSettings;
  search: SearchSettings | null;
  /** How often a failed cell is tried again. */
  retries: number;
  /** Longest time of a cell, ns; null: none. */
  timeLimitNs: number | null;
  /** Description of the system that `flexbench system` wrote, for the contribution; null: none. */
  system: string | null;
  /** The file itself. */
  source: string;
}

const defaultCoolDownNs = 2e9;

const points = (read: (given: string) => object) =>
  z.union([z.string(), z.number(), z.array(z.number())]).transform((given, context) => {
    const written = Array.isArray(given) ? given.join(",") : String(given);
    const reading = read(written);
    if ("problem" in reading)
      context.issues.push({ code: "custom", input: given, message: String(reading.problem) });
    return written;
  });

const measureKinds = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("run") }),
  z
    .strictObject({
      kind: z.literal("sweep"),
      qps: points(readQpsPoints).nullable().default(null),
      concurrency: points(readConcurrencyPoints).nullable().default(null),
      coolDown: duration.default(defaultCoolDownNs),
    })
    .refine(({ qps, concurrency }) => (qps === null) !== (concurrency === null), {
      message: "needs either qps or concurrency",
    }),
  z.strictObject({
    kind: z.literal("find-max"),
    resolution: number("a percentage from 0.5 to 50", (value) => value >= 0.5 && value <= 50).default(5),
    confirmations: wholeNumber(1).default(2),
    trialQueries: wholeNumber(1).nullable().default(null),
    coolDown: duration.default(defaultCoolDownNs),
  }),
]);

const measure = z
  .preprocess((given) => withCamelKeys(typeof given === "string" ? { kind: given } : given), measureKinds)
  .transform((given): Measure => {
    if (given.kind === "run") return given;
    const { coolDown, ...rest } = given;
    return given.kind === "sweep"
      ? ({ ...rest, coolDownNs: coolDown } as Measure)
      : ({ ...rest, resolution: given.resolution / 100, coolDownNs: coolDown } as Measure);
  });

const partial = z.record(z.string(), z.unknown());

const frame = z.strictObject({
  name: text.refine((name) => /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(name), {
    message: "must be letters, digits, dots and dashes, 63 at most",
  }),
  defaults: partial.default({}),
  axes: partial.default({}),
  exclude: z.array(partial).default([]),
  include: z.array(partial).default([]),
  measure: measure.default({ kind: "run" }),
  repeats: wholeNumber(1).default(1),
  seeds: z.array(wholeNumber(0)).min(1).nullable().default(null),
  endpoint: z.unknown().optional(),
  serve: z.unknown().optional(),
  serveCommand: z.unknown().optional(),
  executor: executorSettings.default({ kind: "local", parallel: 1 }),
  search: searchSettings.nullable().default(null),
  retries: wholeNumber(0).default(1),
  timeLimit: duration.nullable().default(null),
  system: text.nullable().default(null),
});

/** Reads a campaign's YAML. Throws UsageError with everything that is wrong with it. */
export function readCampaignFile(path: string): CampaignFile {
  let source: string;
  try {
    source = readFileSync(path, "utf8");
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UsageError("CAMPAIGN_UNREADABLE", [{ where: path, message: `cannot be read (${reason})` }], {
      cause,
    });
  }
  return parseCampaign(source, basename(path));
}

/** Reads the text of a campaign file; `where` is its name in problems. Throws UsageError like `readCampaignFile`. */
export function parseCampaign(source: string, where: string): CampaignFile {
  const problems: Problem[] = [];
  const document = parseDocument(source);
  const [mistake] = document.errors;
  if (mistake !== undefined) {
    const [sentence = "it cannot be read"] = mistake.message.split("\n");
    throw invalid([{ where, message: `is not YAML: ${sentence.replace(/:$/, "")}` }]);
  }
  const given = withCamelKeys(document.toJS());
  const read = frame.safeParse(given);
  for (const { path, message } of read.error?.issues ?? [])
    problems.push({ where: [where, path.join(".")].filter((part) => part !== "").join(": "), message });
  // What the frame refuses is left out, so that the problems of the rest are told as well.
  const {
    axes: givenAxes,
    defaults,
    endpoint,
    serve,
    serveCommand,
    ...rest
  } = read.data ?? {
    axes: isMapping(given) && isMapping(given.axes) ? given.axes : {},
    defaults: isMapping(given) && isMapping(given.defaults) ? given.defaults : {},
    endpoint: undefined,
    serve: undefined,
    serveCommand: undefined,
  };
  const top = Object.entries({ endpoint, serve, serveCommand }).filter(([, value]) => value !== undefined);
  const settings = settingsOfMapping(
    { ...defaults, ...Object.fromEntries(top) },
    `${where}: defaults`,
    problems,
  );
  const axes = Object.entries(givenAxes).map(([name, values]) =>
    readAxis(name, values, `${where}: axes.${name}`, problems),
  );
  if (!("name" in rest)) throw invalid(problems);
  const { exclude, include, timeLimit, ...known } = rest;
  const file: CampaignFile = {
    ...known,
    defaults: settings,
    axes,
    exclude: exclude.map((entry, index) => readMatch(entry, axes, `${where}: exclude.${index}`, problems)),
    include: include.map((entry, index) => readInclude(entry, axes, `${where}: include.${index}`, problems)),
    timeLimitNs: timeLimit,
    source,
  };
  problems.push(...secretsIn(file, where));
  if (problems.length > 0) throw invalid(problems);
  return file;
}

function invalid(problems: readonly Problem[]): UsageError {
  return new UsageError("CAMPAIGN_INVALID", problems, {
    hint: "docs/campaigns.md names every key; examples/campaign.yaml is an example.",
  });
}

function readAxis(name: string, given: unknown, where: string, problems: Problem[]): Axis {
  const values = (Array.isArray(given) ? given : [given]).map((value: unknown, index) =>
    readValue(name, value, `${where}.${index}`, problems),
  );
  if (values.length === 0) problems.push({ where, message: "needs a value at least" });
  const labels = values.map(({ label }) => label);
  for (const label of new Set(labels.filter((one, index) => labels.indexOf(one) !== index)))
    problems.push({ where, message: `has ${label} twice` });
  return { name, values };
}

function readValue(axis: string, value: unknown, where: string, problems: Problem[]): AxisValue {
  if (isScalar(value))
    return { label: String(value), settings: settingsOfScalar(axis, value as Scalar, where, problems) };
  if (!isMapping(value)) {
    problems.push({ where, message: "must be a plain value or a mapping with a name" });
    return { label: "", settings: settingsOfMapping({}, where, problems) };
  }
  const { name } = value;
  if (!isScalar(name)) problems.push({ where, message: "needs a name" });
  // An accelerator is a name and where it is found.
  const mapping = axis === "accelerator" && isScalar(name) ? { accelerator: name, ...value } : value;
  return { label: String(name), settings: settingsOfMapping(mapping, where, problems) };
}

function readMatch(
  entry: Readonly<Record<string, unknown>>,
  axes: readonly Axis[],
  where: string,
  problems: Problem[],
): Match {
  const match = new Map<string, string[]>();
  for (const [name, given] of Object.entries(entry)) {
    const axis = axes.find((candidate) => candidate.name === name);
    const labels = (Array.isArray(given) ? given : [given]).map(String);
    if (axis === undefined) {
      problems.push({ where: `${where}.${name}`, message: "is no axis" });
      continue;
    }
    for (const label of labels) {
      if (axis.values.every((value) => value.label !== label))
        problems.push({ where: `${where}.${name}`, message: `${label} is not on that axis` });
    }
    match.set(name, labels);
  }
  if (match.size === 0) problems.push({ where, message: "names no axis; it would leave nothing" });
  return match;
}

function readInclude(
  entry: Readonly<Record<string, unknown>>,
  axes: readonly Axis[],
  where: string,
  problems: Problem[],
): Axis[] {
  for (const name of Object.keys(entry)) {
    if (axes.every((axis) => axis.name !== name))
      problems.push({ where: `${where}.${name}`, message: "is no axis" });
  }
  return axes.map((axis) => {
    const given = entry[axis.name];
    if (given === undefined) return axis;
    const values = (Array.isArray(given) ? given : [given]).map((value: unknown, index) => {
      const known = axis.values.find(({ label }) => label === String(value));
      return known ?? readValue(axis.name, value, `${where}.${axis.name}.${index}`, problems);
    });
    return { name: axis.name, values };
  });
}
