import type { SpecTables } from "../openmlperf/features/spec-tables.ts";
import type { CaseChip, CaseModel, PredictedScenario } from "./prediction-case.ts";
import type { TrainingRow } from "./training-rows.ts";

/** A benchmark as a workload: how long prompts and answers are, and the limits of its scenarios. */
export interface Workload {
  name: string;
  promptTokens: number;
  outputTokens: number;
  beams: number;
  /** TTFT and TPOT at the 99th percentile, ms. */
  limits: Partial<Record<PredictedScenario, { ttftMs: number | null; tpotMs: number | null }>>;
}

/** A measured result that a prediction can point to. */
export interface MeasuredResult {
  id: string;
  round: string | null;
  division: string | null;
  submitter: string | null;
  system: string | null;
  accelerator: string;
  accelerators: number;
  nodes: number;
  model: string;
  benchmark: string;
  dataType: string;
  framework: string | null;
  scenario: PredictedScenario;
  tokensPerSecond: number;
  /** Mean lengths of its benchmark. */
  promptTokens: number;
  outputTokens: number;
  /** Limits that it kept, ms at the 99th percentile; null without one. */
  ttftLimitMs: number | null;
  tpotLimitMs: number | null;
  /** Output tokens for each measured joule of the system; null where no power was measured. */
  tokensPerJoule: number | null;
  url: string | null;
}

/** What can be asked about: everything that the results name, and chips of which only the specifications are known. */
export interface Catalog {
  chips: CaseChip[];
  /** Names of chips that no result was measured on. */
  unmeasured: string[];
  models: CaseModel[];
  workloads: Workload[];
  /** Serving engines of each vendor's chips, the most frequent first. */
  frameworks: Record<string, string[]>;
  /** How many accelerators a node of each chip held, the most frequent first. */
  perNode: Record<string, number[]>;
  results: MeasuredResult[];
}

/** Collects what results name, and other chips beside it. A chip's latest row tells its memory. */
export function catalogOf(
  rows: readonly TrainingRow[],
  { benchmarks }: Pick<SpecTables, "benchmarks">,
  specified: readonly CaseChip[],
): Catalog {
  const standardPower = rows.filter(({ row }) => row.accelerator_variant === null);
  const byName = <Item extends { name: string }>(items: readonly Item[]): Item[] =>
    [...new Map(items.map((item) => [item.name, item])).values()].toSorted((one, other) =>
      one.name < other.name ? -1 : 1,
    );
  const measured = byName([...rows, ...standardPower].map(({ of }) => of.chip));
  const measuredNames = new Set(measured.map(({ name }) => name));
  const unmeasured = specified.filter(({ name }) => !measuredNames.has(name));
  return {
    chips: byName([...measured, ...unmeasured]),
    unmeasured: byName(unmeasured).map(({ name }) => name),
    models: byName(rows.map(({ of }) => of.model)),
    workloads: byName(rows.map((one) => workloadOf(one, rows, benchmarks))),
    frameworks: ranked(
      rows,
      ({ of }) => of.chip.vendor,
      ({ of }) => of.framework,
    ),
    perNode: ranked(
      rows,
      ({ of }) => of.chip.name,
      ({ of }) => Math.max(1, Math.round(of.accelerators / of.nodes)),
    ),
    results: rows.map(({ row, of, tokensPerSecondPerAccelerator }) => ({
      ...{ id: row.id, round: row.round, division: row.division, submitter: row.submitter },
      ...{
        system: row.system_name,
        accelerator: of.chip.name,
        accelerators: of.accelerators,
        nodes: of.nodes,
      },
      ...{ model: of.model.name, benchmark: row.benchmark_family, dataType: of.dataType },
      ...{ framework: of.framework, scenario: of.scenario },
      tokensPerSecond: tokensPerSecondPerAccelerator * of.accelerators,
      ...{ promptTokens: of.promptTokens, outputTokens: of.outputTokens },
      ...{ ttftLimitMs: of.ttftLimitMs, tpotLimitMs: of.tpotLimitMs, tokensPerJoule: row.tokens_per_joule },
      url: row.details_url ?? row.source_url,
    })),
  };
}

function workloadOf(
  { row, of }: TrainingRow,
  rows: readonly TrainingRow[],
  benchmarks: SpecTables["benchmarks"],
): Workload {
  const limits: Workload["limits"] = {};
  for (const other of rows)
    if (other.row.benchmark_family === row.benchmark_family)
      limits[other.of.scenario] = { ttftMs: other.of.ttftLimitMs, tpotMs: other.of.tpotLimitMs };
  const beams = benchmarks.get(row.benchmark_family)?.beams ?? of.beams;
  return {
    name: row.benchmark_family,
    promptTokens: of.promptTokens,
    outputTokens: of.outputTokens,
    beams,
    limits,
  };
}

/** Values of each key, the most frequent first; unknown ones are left out. */
function ranked<Value extends string | number>(
  rows: readonly TrainingRow[],
  keyOf: (row: TrainingRow) => string,
  pickValue: (row: TrainingRow) => Value | null,
): Record<string, Value[]> {
  const counts = new Map<string, Map<Value, number>>();
  for (const row of rows) {
    const value = pickValue(row);
    if (value === null) continue;
    const ofKey = counts.get(keyOf(row)) ?? new Map<Value, number>();
    ofKey.set(value, (ofKey.get(value) ?? 0) + 1);
    counts.set(keyOf(row), ofKey);
  }
  return Object.fromEntries(
    [...counts].map(([key, values]) => [
      key,
      [...values].toSorted(([, one], [, other]) => other - one).map(([value]) => value),
    ]),
  );
}
