import type { CostReport, RunState } from "../results/record.ts";
import type { Mean } from "./confidence.ts";
import type { SearchResult } from "./find-max.ts";

/** Name and version of the schema of `sweep.json`. */
export const sweepSchemaName = "flexbench.sweep/1";

/** What the load of a sweep is: queries a second in the open loop, requests under way at once in the closed one. */
export type LoadKind = "qps" | "concurrency";

/** What a sweep is to do; a sweep is continued only with the same plan. */
export interface SweepPlan {
  kind: LoadKind | "find-max";
  /** Loads in ascending order; null: found while it runs. */
  loads: readonly number[] | null;
  /** Points up to 120 % of the capacity; null when loads are given. */
  autoPoints: number | null;
  repeats: number;
  coolDownNs: number;
  /** Of `--find-max`. */
  search: { resolution: number; confirmations: number; trialQueries: number } | null;
  /** The resolved options of its runs, secrets masked. */
  config: Record<string, unknown>;
}

/** Why a run was made: to find the capacity or the size of a test, as a point, or as a trial of the search. */
export type SweepRunRole = "probe" | "point" | "trial";

/** One run of a sweep in short; its record stands in its folder. */
export interface SweepRun {
  /** Unique in its sweep. */
  name: string;
  role: SweepRunRole;
  load: number;
  /** 0 for the first run at this load. */
  repeat: number;
  /** Relative to the folder of the sweep. */
  folder: string;
  state: RunState;
  /** Ended early because it was certain not to become VALID. */
  endedEarly: boolean;
  figures: PointFigures;
  /** Null where no price was given. */
  cost: CostReport | null;
}

/** What a point shows of a run; null where it was not measured. Times from LoadGen's schedule, ns. */
export interface PointFigures {
  samplesPerSecond: number | null;
  tokensPerSecond: number | null;
  /** Rate of good answers over rate of arrivals, at most 1: below it a queue grows. Null in a closed loop. */
  keptUpShare: number | null;
  ttftP50Ns: number | null;
  ttftP99Ns: number | null;
  /** From the moment of sending; the one that says something in a closed loop. */
  serviceTtftP50Ns: number | null;
  serviceTtftP99Ns: number | null;
  tpotP50Ns: number | null;
  tpotP99Ns: number | null;
  latencyP50Ns: number | null;
  latencyP99Ns: number | null;
  /** Requests within both limits: share of those issued, and rate. */
  goodputShare: number | null;
  goodputPerSecond: number | null;
}

/** All runs at one load. */
export interface SweepPoint {
  load: number;
  runs: number;
  /** Runs that LoadGen judged VALID. */
  valid: number;
  failed: number;
  figures: { [Figure in keyof PointFigures]: Mean | null };
}

/** What a sweep shows as a whole. */
export interface SweepSummary {
  points: SweepPoint[];
  /** Highest load up to which every run was VALID; null when there is none, and in a closed loop. */
  highestValid: number | null;
  /** First load that the server cannot follow, and the most it delivered; null when it follows at every point. */
  saturation: { load: number; samplesPerSecond: number } | null;
  /** The load that is best to run at, and why. */
  knee: { load: number; why: string } | null;
}

/** A sweep, whole or so far: schema `flexbench.sweep/1`. */
export interface SweepRecord {
  schema: typeof sweepSchemaName;
  id: string;
  state: "running" | "finished" | "interrupted";
  startedAt: string;
  /** Null while it runs. */
  endedAt: string | null;
  flexbench: { version: string; commit: string | null };
  plan: SweepPlan;
  /** Samples a second of the Offline probe; null when none was needed. */
  capacity: number | null;
  /** Runs in the order in which they were made. */
  runs: SweepRun[];
  /** Null for a search, and before the first point. */
  summary: SweepSummary | null;
  /** Null unless the sweep is a search that came to its end. */
  search: SearchResult | null;
}
