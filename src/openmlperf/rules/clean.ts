import type { Draft, PartialRow } from "../row.ts";
import { acceleratorCount, acceleratorName, cpuOnly } from "./accelerator.ts";
import { acceleratorMemory, acceleratorMemoryType } from "./accelerator-memory.ts";
import { accuracyFigures } from "./accuracy.ts";
import {
  benchmarkName,
  complianceWord,
  latencyLimits,
  modelName,
  publicationDay,
  scenarioSpelling,
  submissionWords,
} from "./benchmark.ts";
import type { CleaningRules } from "./cleaning-rules.ts";
import { cacheDataType, declaredDataType, effectiveDataType } from "./data-type.ts";
import { doubtfulRows } from "./doubts.ts";
import { duplicates } from "./duplicates.ts";
import { hostMemory } from "./host-memory.ts";
import { loadTarget } from "./load-target.ts";
import {
  interconnectName,
  linkBandwidth,
  operatingSystemName,
  processorName,
  submitterName,
} from "./names.ts";
import { processorCores } from "./processor-cores.ts";
import { missingValues, publishedFields } from "./published-fields.ts";
import { processorFrequency } from "./quantities.ts";
import { resultColumns, resultUnit, unitRepair } from "./result-unit.ts";
import {
  type Change,
  type Journal,
  RowInHand,
  type Rule,
  type RuleForAll,
  type UnknownSpelling,
} from "./rule.ts";
import { frameworkName, sameSoftware, softwareVersions } from "./software.ts";

/** Rules for each row, in the order in which they are applied: later ones build on what earlier ones found. */
export const ruleOrder: readonly Rule[] = [
  publishedFields,
  missingValues,
  scenarioSpelling,
  submissionWords,
  complianceWord,
  publicationDay,
  submitterName,
  benchmarkName,
  latencyLimits,
  modelName,
  cpuOnly,
  acceleratorName,
  acceleratorCount,
  acceleratorMemory,
  acceleratorMemoryType,
  processorName,
  processorCores,
  processorFrequency,
  hostMemory,
  interconnectName,
  linkBandwidth,
  operatingSystemName,
  softwareVersions,
  frameworkName,
  resultUnit,
  unitRepair,
  resultColumns,
  accuracyFigures,
  declaredDataType,
  effectiveDataType,
  cacheDataType,
  doubtfulRows,
];

/** Rules that look at all rows together, after the others. */
export const rulesForAll: readonly RuleForAll[] = [sameSoftware, loadTarget, duplicates];

/** Cleaned rows, and everything that was done to them. */
export interface Cleaned {
  /** As many as there were drafts. */
  rows: PartialRow[];
  changes: Change[];
  /** Spellings without an alias; their rows keep them and have the flag no-alias. */
  unknown: UnknownSpelling[];
}

/** Applies every rule to every draft. No row is dropped. */
export function cleanDrafts(drafts: readonly Draft[], rules: CleaningRules): Cleaned {
  const journal: Journal = { changes: [], unknown: new Map(), missing: new Set(rules.units.missing) };
  const hands = drafts.map((draft) => new RowInHand(draft, journal));
  for (const hand of hands)
    for (const rule of ruleOrder) {
      hand.rule = rule.id;
      rule.apply(hand, rules);
    }
  for (const rule of rulesForAll) {
    for (const hand of hands) hand.rule = rule.id;
    rule.apply(hands, rules);
  }
  return {
    rows: hands.map(({ row }) => row),
    changes: journal.changes,
    unknown: [...journal.unknown.values()],
  };
}
