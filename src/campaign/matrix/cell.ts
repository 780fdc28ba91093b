import { createHash } from "node:crypto";
import type { ExecutorOverrides } from "../executors/executor-settings.ts";

/** A plain value of a campaign file. */
export type Scalar = string | number | boolean;

/** The server that a cell is measured on, started for it; by `flexbench serve KIND`, or by any command. */
export interface ServerChoice {
  /** What `flexbench serve` calls it, or `command`. */
  kind: string;
  /** Of the kind `command`: a shell command with `{port}`, `{host}`, `{model}` and the options in braces. */
  command: string | null;
  /** Flags of `flexbench serve KIND` without their dashes, or words for the braces of the command. */
  options: Record<string, Scalar | Scalar[] | Record<string, Scalar>>;
}

/** What a job needs; null: as the executor has it. */
export interface Resources {
  gpus: number;
  nodes: number;
  cpus: number | null;
  /** As Slurm and Kubernetes write it, e.g. `64G`. */
  memory: string | null;
}

/** What is measured of each cell. */
export type Measure =
  | { kind: "run" }
  | { kind: "sweep"; qps: string | null; concurrency: string | null; coolDownNs: number }
  | {
      kind: "find-max";
      resolution: number;
      confirmations: number;
      trialQueries: number | null;
      coolDownNs: number;
    };

/** One run, sweep or search of a cell. */
export interface RunWish {
  /** Of its folder, unique in its cell. */
  name: string;
  seed: number;
}

/** Where a cell stands in a search over settings of the server. */
export interface SearchPlace {
  /** Identifier of the combination of the axes whose server is searched. */
  combination: string;
  /** Number of the candidate, the same in every round, from 1. */
  candidate: number;
  /** Settings of the server that the search tries. */
  settings: Record<string, Scalar>;
  /** From 1. */
  round: number;
  /** Rounds as planned. */
  rounds: number;
  /** Of the full length of a measurement, above 0 up to 1. */
  share: number;
}

/** One combination of a campaign: all that decides what is measured. */
export interface Cell {
  /** Twelve hex digits, a hash of everything that decides the measurement: the same settings are the same cell. */
  id: string;
  /** The value on each axis, in short. */
  labels: Record<string, string>;
  /** Options of `flexbench run` by their keys. */
  run: Record<string, unknown>;
  /** Null: the run's endpoints. */
  server: ServerChoice | null;
  resources: Resources;
  /** What it is measured on, by a name of the user's; null: not told. */
  accelerator: string | null;
  /** What it changes of the executor. */
  executor: ExecutorOverrides;
  measure: Measure;
  wishes: RunWish[];
  /** Columns of the Open MLPerf dataset that a person tells. */
  told: Record<string, Scalar>;
  /** Null outside of a search. */
  search: SearchPlace | null;
}

/** A cell before it is named. */
export type UnnamedCell = Omit<Cell, "id">;

/**
 * Gives a cell its identifier. Labels, what is told, how often it is repeated, and where it stands in a search do not
 * belong to it.
 */
export function named(cell: UnnamedCell): Cell {
  const { run, server, resources, measure } = cell;
  return { id: hashOf({ run, server, resources, measure, ...placeOf(cell) }), ...cell };
}

/** Cells of one group share one server: the same settings, the same model, the same machine. */
export function groupKeyOf(cell: Cell): string {
  const { run, server, resources } = cell;
  if (server === null) return hashOf({ endpoint: run.endpoint ?? null, resources, ...placeOf(cell) });
  return hashOf({ server, model: run.model ?? null, resources, ...placeOf(cell) });
}

/** Where it is measured, as far as that is told: a cell that tells nothing keeps its name. */
function placeOf({ accelerator, executor }: Pick<Cell, "accelerator" | "executor">): object {
  return {
    ...(accelerator === null ? {} : { accelerator }),
    ...(Object.keys(executor).length === 0 ? {} : { executor }),
  };
}

/** The labels in one line: `model=a, server=b`. */
export function titleOf({ labels, id }: Pick<Cell, "labels" | "id">): string {
  const parts = Object.entries(labels).map(([axis, value]) => `${axis}=${value}`);
  return parts.length === 0 ? id : parts.join(", ");
}

function hashOf(value: unknown): string {
  return createHash("sha256")
    .update(JSON.stringify(sorted(value)))
    .digest("hex")
    .slice(0, 12);
}

/** The same mapping in the same order, however it was written. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, part]): [string, unknown] => [key, sorted(part)]);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}
