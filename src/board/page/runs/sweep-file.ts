import { readJson } from "../read-json.ts";

/** What the board shows of a run of a sweep; times in ns, null where not measured. */
export interface SweepRun {
  name: string;
  role: string;
  load: number;
  state: string;
  figures: Partial<Record<SweepFigure, number | null>>;
}

export type SweepFigure =
  | "tokensPerSecond"
  | "ttftP50Ns"
  | "ttftP99Ns"
  | "serviceTtftP50Ns"
  | "serviceTtftP99Ns"
  | "tpotP50Ns"
  | "tpotP99Ns"
  | "latencyP50Ns"
  | "latencyP99Ns";

/** What the board shows of a sweep. */
export interface SweepFile {
  id: string;
  plan: { kind: "qps" | "concurrency" | "find-max" };
  runs: SweepRun[];
  /** Highest rate up to which every run was VALID, or that a search found; null when there is none. */
  highestValid: number | null;
}

/** Reads a sweep.json. Throws an Error that says what is wrong with it. */
export async function readSweep(url: string): Promise<SweepFile> {
  const told = (await readJson(url)) as Partial<SweepFile> & {
    schema?: unknown;
    summary?: { highestValid: number | null } | null;
    search?: { qps: number | null } | null;
  };
  if (told?.schema !== "flexbench.sweep/1" || !Array.isArray(told.runs) || told.plan === undefined)
    throw new Error(`${url} is no flexbench.sweep/1.`);
  return {
    id: told.id ?? url,
    plan: told.plan,
    runs: told.runs.filter(({ role }) => role !== "probe"),
    highestValid: told.search?.qps ?? told.summary?.highestValid ?? null,
  };
}
