import { columnNames, type PartialRow } from "../row.ts";
import type { RowInHand, RuleForAll } from "./rule.ts";

const sameWithin = 0.001;

const latencyColumns = columnNames.filter(
  (name) => /^(latency|ttft|tpot)_.*_ns$/u.test(name) && !/limit/u.test(name),
);

/** Whether two rows with raw logs are of other runs: one log says the same nanoseconds wherever it was published. */
function areOtherRuns(one: PartialRow, other: PartialRow): boolean {
  if ((one.log_path ?? null) === null || (other.log_path ?? null) === null) return false;
  return latencyColumns.some((name) => (one[name] ?? null) !== (other[name] ?? null));
}

function isNear({ result_value: one }: PartialRow, { result_value: other }: PartialRow): boolean {
  if (typeof one !== "number" || typeof other !== "number") return false;
  return Math.abs(one - other) <= sameWithin * Math.max(Math.abs(one), Math.abs(other));
}

function measurementKey(row: PartialRow): string {
  const {
    round,
    submitter,
    division,
    platform,
    model,
    benchmark_family: family,
    scenario,
    result_unit,
  } = row;
  return [round, submitter, division, platform ?? row.system_name, family, model, scenario, result_unit].join(
    "|",
  );
}

/** Which of the same measurements is the one to use: lower is better. */
function rank({ row }: RowInHand): number {
  const withoutLog = (row.log_path ?? null) === null ? 4 : 0;
  const interactiveName = /-interactive/u.test(row.benchmark_raw ?? "") ? 2 : 0;
  const looserAccuracy = row.benchmark?.endsWith("-99") ? 1 : 0;
  return withoutLog + interactiveName + looserAccuracy;
}

function reason(copy: PartialRow, kept: PartialRow): string {
  if (/-interactive/u.test(copy.benchmark_raw ?? "") && copy.scenario === "Offline")
    return "The Offline run of the interactive benchmark is that of the plain one.";
  if (copy.benchmark !== kept.benchmark)
    return `The same measurement is published as ${copy.benchmark} and as ${kept.benchmark}.`;
  return "The same measurement is published more than once.";
}

function inOrder(first: RowInHand, second: RowInHand): number {
  return (
    rank(first) - rank(second) ||
    (first.row.source_row ?? 0) - (second.row.source_row ?? 0) ||
    (first.id < second.id ? -1 : 1)
  );
}

/** Rows of one measurement: all stay, all but one point to the one to use. */
export const duplicates: RuleForAll = {
  id: "duplicates",
  meaning:
    "Rows of the same system, model and scenario that differ by less than 0.1 % are one measurement, all but one of them are marked; those whose logs have other latencies are other runs and have a flag. All stay.",
  apply(hands) {
    const groups = new Map<string, RowInHand[]>();
    for (const hand of hands) {
      if (hand.row.origin !== "official" || typeof hand.row.result_value !== "number") continue;
      const key = measurementKey(hand.row);
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [hand]);
      else group.push(hand);
    }
    for (const group of groups.values()) {
      const kept: RowInHand[] = [];
      for (const hand of group.sort(inOrder)) {
        const near = kept.filter(({ row }) => isNear(row, hand.row));
        const same = near.find(({ row }) => !areOtherRuns(row, hand.row));
        if (same === undefined) {
          kept.push(hand);
          if (near.length > 0) hand.flag("another-run");
        } else {
          hand.set("duplicate_of", same.id);
          hand.set("duplicate_reason", reason(hand.row, same.row));
        }
      }
    }
  },
};
