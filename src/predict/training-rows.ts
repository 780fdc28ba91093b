import type { SpecTables } from "../openmlperf/features/spec-tables.ts";
import type { Row } from "../openmlperf/row.ts";
import { caseOfRow } from "./case-of-row.ts";
import type { TrainingCase } from "./training-case.ts";

/** A row with what it teaches. */
export interface TrainingRow extends TrainingCase {
  row: Row;
}

/** Rows that teach something, and how many do not for which reason. */
export interface TrainingRows {
  usable: TrainingRow[];
  passedOver: Record<string, number>;
}

/** Takes from a dataset what a predictor learns from: one row a measurement, never the sealed round. */
export function trainingRows(
  rows: readonly Row[],
  tables: Pick<SpecTables, "models" | "publicationDays">,
): TrainingRows {
  const usable: TrainingRow[] = [];
  const passedOver: Record<string, number> = {};
  for (const row of rows) {
    const outcome = caseOfRow(row, tables);
    if (outcome.state === "usable") {
      const { of, tokensPerSecondPerAccelerator, trust } = outcome;
      const system = (row.system_name ?? row.platform ?? row.id).toLowerCase();
      usable.push({
        row,
        round: row.round,
        of,
        tokensPerSecondPerAccelerator,
        latencies: latenciesOf(row),
        trust,
        system,
      });
    } else passedOver[outcome.why] = (passedOver[outcome.why] ?? 0) + 1;
  }
  return { usable, passedOver };
}

/** Offline has no limits, and its latencies are those of a queue. */
function latenciesOf(row: Row): TrainingCase["latencies"] {
  if (row.scenario === "Offline") return {};
  const { ttft_p50_ns, ttft_p99_ns, tpot_p50_ns, tpot_p99_ns } = row;
  const told = [
    ["ttftP50Ns", ttft_p50_ns],
    ["ttftP99Ns", ttft_p99_ns],
    ["tpotP50Ns", tpot_p50_ns],
    ["tpotP99Ns", tpot_p99_ns],
  ] as const;
  return Object.fromEntries(told.filter(([, ns]) => ns !== null && ns > 0));
}
