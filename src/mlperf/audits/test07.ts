import type { LogEntry } from "../../accuracy/accuracy-log.ts";
import { type AuditVerdict, doubleRule, pythonNumber, pythonTruth, verdictOf } from "./audit-verdict.ts";
import { samplesCheck } from "./logged-samples.ts";

/** How the answers were scored. */
export interface AnswerScore {
  /** Null when nothing could be read from what the scoring printed. */
  score: number | null;
  /** What the scoring printed. */
  output: string;
}

/** What TEST07 holds answers against. */
export interface ScoreRules {
  leastScore: number;
  /** Samples of the audit's set. */
  samples: number;
}

/** TEST07: the answers of a performance test of all samples are good enough. */
export async function verifyTest07(
  entries: AsyncIterable<LogEntry> | Iterable<LogEntry>,
  { score, output }: AnswerScore,
  { leastScore, samples }: ScoreRules,
): Promise<AuditVerdict> {
  const indices: number[] = [];
  for await (const { index } of entries) indices.push(index);
  const suffices = score !== null && score >= leastScore;
  const verdict = verdictOf({
    audit: "TEST07",
    checks: [
      {
        name: "score",
        passed: suffices,
        finding:
          score === null
            ? "The scoring printed no score."
            : `The score is ${score}, of at least ${leastScore}.`,
      },
      samplesCheck(indices, samples),
    ],
    figures: { answers: indices.length, leastScore, ...(score === null ? {} : { score }) },
    texts: {},
    notes: ["The official verifier does not count the answers, and exits with 0 whatever the score."],
  });
  const summary =
    score === null
      ? ["Error: Could not parse accuracy score"]
      : [
          `Accuracy score: ${pythonNumber(score)}`,
          `Accuracy threshold: ${pythonNumber(leastScore)}`,
          `Accuracy check pass: ${pythonTruth(suffices)}`,
        ];
  const lines = [
    "",
    doubleRule,
    "TEST07 Verification Summary",
    doubleRule,
    ...summary,
    `TEST ${verdict.passed ? "PASS" : "FAIL"}`,
    "",
  ];
  return { ...verdict, texts: { "verify_accuracy.txt": `${output}${lines.join("\n")}` } };
}
