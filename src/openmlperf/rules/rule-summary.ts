import { ruleOrder, rulesForAll } from "./clean.ts";
import type { Change } from "./rule.ts";

/** What one rule did, for the report. */
export interface RuleSummary {
  rule: string;
  meaning: string;
  /** Rows that it touched. */
  rows: number;
  /** Values that were empty before. */
  filled: number;
  /** Values that were others before. */
  changed: number;
}

/** What each rule did, in the order of the rules; rules that did nothing are listed too. */
export function summarizeRules(changes: readonly Change[]): RuleSummary[] {
  return [...ruleOrder, ...rulesForAll].map(({ id, meaning }) => {
    const own = changes.filter(({ rule }) => rule === id);
    const filled = own.filter(({ from }) => from === null).length;
    return {
      rule: id,
      meaning,
      rows: new Set(own.map((change) => change.id)).size,
      filled,
      changed: own.length - filled,
    };
  });
}
