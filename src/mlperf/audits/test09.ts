import type { LogEntry } from "../../accuracy/accuracy-log.ts";
import {
  type AuditCheck,
  type AuditVerdict,
  doubleRule,
  pythonHundredths,
  pythonNumber,
  pythonTruth,
  verdictOf,
} from "./audit-verdict.ts";
import { samplesCheck } from "./logged-samples.ts";
import { tokenIdsOf } from "./token-ids.ts";

/** What TEST09 holds answers against. */
export interface LengthRules {
  /** Bounds of the mean output length, tokens. */
  meanOutputTokens: { least: number; most: number };
  /** Samples of the performance set. */
  samples: number;
}

/** TEST09: answers in a performance test of all samples are as long on average as the reference's. */
export async function verifyTest09(
  entries: AsyncIterable<LogEntry> | Iterable<LogEntry>,
  { meanOutputTokens: { least, most }, samples }: LengthRules,
): Promise<AuditVerdict> {
  const indices: number[] = [];
  const lengths: number[] = [];
  let notTokens = 0;
  for await (const { index, data } of entries) {
    indices.push(index);
    lengths.push(Math.floor(data.length / 4));
    if (tokenIdsOf(data) === null) notTokens += 1;
  }
  const tokens = lengths.reduce((sum, length) => sum + length, 0);
  // Division rounds the exact mean to the nearest number, as reading a bound does: the order of the two is the exact one.
  const mean = lengths.length === 0 ? 0 : tokens / lengths.length;
  const isLongEnough = lengths.length > 0 && mean >= least;
  const isShortEnough = lengths.length > 0 && mean <= most;
  const checks: AuditCheck[] = [
    {
      name: "mean output length",
      passed: isLongEnough && isShortEnough,
      finding: `The mean output length is ${mean.toFixed(2)} tokens; it must be ${least} to ${most}.`,
    },
    {
      name: "token ids",
      passed: notTokens === 0,
      finding: `${lengths.length - notTokens} of ${lengths.length} answers are token ids of 4 bytes.`,
    },
    samplesCheck(indices, samples),
  ];
  const verdict = verdictOf({
    audit: "TEST09",
    checks,
    figures: { answers: lengths.length, outputTokens: tokens, meanOutputTokens: mean },
    texts: {},
    notes: ["The official verifier takes the mean of whatever was logged, be it one answer."],
  });
  const text = lengthText({
    lengths,
    mean,
    least,
    most,
    isLongEnough,
    isShortEnough,
    passed: verdict.passed,
  });
  return { ...verdict, texts: { "verify_output_len.txt": text } };
}

function lengthText(known: {
  lengths: readonly number[];
  mean: number;
  least: number;
  most: number;
  isLongEnough: boolean;
  isShortEnough: boolean;
  passed: boolean;
}): string {
  const { lengths, mean, least, most, isLongEnough, isShortEnough, passed } = known;
  const meanLine = `Mean output tokens: ${pythonHundredths(mean)}`;
  return [
    doubleRule,
    "TEST09: Verify Output Token Length in Performance Mode",
    doubleRule,
    "",
    "Output Token Length Statistics",
    "-".repeat(40),
    `Total samples: ${lengths.length}`,
    meanLine,
    `Min output tokens: ${lengths.reduce((one, other) => Math.min(one, other), lengths[0] ?? 0)}`,
    `Max output tokens: ${lengths.reduce((one, other) => Math.max(one, other), 0)}`,
    ...(lengths.length === 0 ? [] : [`Std deviation: ${pythonHundredths(deviation(lengths, mean))}`]),
    "",
    doubleRule,
    "Verification Results",
    doubleRule,
    meanLine,
    `Min threshold: ${pythonNumber(least)}`,
    `Max threshold: ${pythonNumber(most)}`,
    `Min check pass: ${pythonTruth(isLongEnough)}`,
    `Max check pass: ${pythonTruth(isShortEnough)}`,
    "",
    `TEST ${passed ? "PASS" : "FAIL"}`,
    "",
  ].join("\n");
}

function deviation(lengths: readonly number[], mean: number): number {
  const squares = lengths.reduce((sum, length) => sum + (length - mean) ** 2, 0);
  return Math.sqrt(squares / lengths.length);
}
