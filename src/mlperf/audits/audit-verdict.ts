import type { AuditName } from "../benchmark-rules.ts";

/** One thing that an audit looks at. */
export interface AuditCheck {
  name: string;
  /** Null: it does not apply here. */
  passed: boolean | null;
  /** What was found, as one sentence. */
  finding: string;
}

/** What an audit gave, from LoadGen's logs alone. */
export interface AuditVerdict {
  audit: AuditName;
  /** No check failed. */
  passed: boolean;
  checks: AuditCheck[];
  /** Figures that the verdict rests on, by name. */
  figures: Record<string, number>;
  /** What stands in the files of the audit's folder, by file name: the lines that the submission checker looks for. */
  texts: Record<string, string>;
  /** Where the official verifier sees less, or otherwise. */
  notes: string[];
}

/** A verdict from its checks. */
export function verdictOf(known: Omit<AuditVerdict, "passed">): AuditVerdict {
  return { ...known, passed: known.checks.every(({ passed }) => passed !== false) };
}

/** A truth as the official verifiers print it. */
export function pythonTruth(value: boolean): "True" | "False" {
  return value ? "True" : "False";
}

/** A number as the official verifiers print it: whole numbers keep a decimal. */
export function pythonNumber(value: number): string {
  return Number.isInteger(value) ? value.toFixed(1) : String(value);
}

/** A number with two decimals as the official verifiers print it: what lies halfway goes to the even one. */
export function pythonHundredths(value: number): string {
  const isHalfway = Number.isInteger(value * 8) && !Number.isInteger(value * 4);
  if (!isHalfway) return value.toFixed(2);
  const below = Math.floor(value * 100);
  return ((below % 2 === 0 ? below : below + 1) / 100).toFixed(2);
}

/** Rule of the official verifiers' texts. */
export const doubleRule = "=".repeat(80);
