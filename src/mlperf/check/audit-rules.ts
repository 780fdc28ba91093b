import { settingsCheck } from "../audits/settings-check.ts";
import { readAccuracyText } from "./accuracy-text.ts";
import { meanOutputTokens } from "./headline.ts";
import { mostKeptBytes } from "./kept-accuracy-log.ts";
import type { Finding, Rule } from "./rule.ts";
import type { AuditFolder, ResultFolder } from "./submission-tree.ts";

/** A rule about every audit that a result needs and has. */
function perAudit(
  id: string,
  asks: string,
  find: (audit: AuditFolder, result: ResultFolder) => readonly Finding[],
): Rule<ResultFolder> {
  return {
    id,
    asks,
    find: (result) =>
      neededAudits(result)
        .filter(({ exists }) => exists)
        .flatMap((audit) => find(audit, result)),
  };
}

/** The open division needs no audits. */
function neededAudits({ division, audits }: ResultFolder): readonly AuditFolder[] {
  return division === "open" ? [] : audits;
}

/** Lines of a verdict that the official checkers look for. */
function missingLines({ name, verdict: { text } }: AuditFolder, { scenario }: ResultFolder): string[] {
  const lines = (text ?? "").split(/\r?\n/).map((line) => line.trim());
  if (name !== "TEST06") return lines.includes("TEST PASS") ? [] : ["TEST PASS"];
  const first = `First token check pass: ${scenario === "Offline" ? "Skipped" : "True"}`;
  return [
    first,
    "EOS check pass: True",
    "Sample length check pass: True",
    "TEST06 verification complete",
  ].filter((line) => !lines.includes(line));
}

/** A figure of a verdict's text. */
function told(text: string, label: string): number | null {
  const value = Number(new RegExp(`^${label}: ([\\d.]+)`, "m").exec(text)?.[1] ?? Number.NaN);
  return Number.isNaN(value) ? null : value;
}

/** LoadGen's rates have six digits, the texts two decimals, and the rate of completed samples leaves one sample out. */
const lengthTolerance = (samples: number): number => 0.001 + 1 / samples;

/** Whether the figures of a verdict are those of the audit's bounds and of the audit's own logs. */
function figureComplaints({ settings, verdict: { text }, performance }: AuditFolder): string[] {
  const complaints: string[] = [];
  const { leastScore, meanOutputTokens: bounds, samples } = settings;
  if (text === null) return [];
  if (leastScore !== null) {
    const score = told(text, "Accuracy score");
    if (score === null || score < leastScore)
      complaints.push(`its accuracy score is ${score ?? "not told"}, and at least ${leastScore} is needed`);
  }
  if (bounds !== null) {
    const lengthTold = told(text, "Mean output tokens");
    const logged = performance.detail === null ? null : meanOutputTokens(performance.detail);
    for (const [source, length] of [
      ["it tells", lengthTold],
      ["its performance log says", logged],
    ] as const)
      if (length === null || length < bounds.least || length > bounds.most)
        complaints.push(
          `${source} a mean output length of ${length?.toFixed(2) ?? "nothing"} tokens; it must be ${bounds.least} to ${bounds.most}`,
        );
    const count = told(text, "Total samples");
    if (
      lengthTold !== null &&
      logged !== null &&
      Math.abs(lengthTold / logged - 1) > lengthTolerance(count ?? Number.POSITIVE_INFINITY)
    )
      complaints.push(
        `it tells a mean output length of ${lengthTold} tokens, and the performance log says ${logged.toFixed(2)}`,
      );
    if (samples !== null && count !== samples)
      complaints.push(`it is about ${count ?? "an unknown number of"} samples and not ${samples}`);
  }
  return complaints;
}

/** Rules about audits, in the closed and network divisions. */
export const auditRules: readonly Rule<ResultFolder>[] = [
  {
    id: "audits-present",
    asks: "Each audit of the benchmark has its folder in each scenario, except in the open division.",
    find: (result) =>
      neededAudits(result)
        .filter(({ exists }) => !exists)
        .map(({ path, name }) => ({
          file: path,
          message: `${result.rules.name} needs ${name} in ${result.scenario}`,
        })),
  },
  perAudit(
    "audit-files",
    "An audit has its verdict and its accuracy log; TEST07 and TEST09 have the logs of their run as well.",
    ({ name, path, verdict, accuracyLog, performance }) => {
      const missing: string[] = [];
      if (verdict.text === null) missing.push(verdict.path);
      if (accuracyLog === null) missing.push(`${path}/accuracy/mlperf_log_accuracy.json`);
      if (name !== "TEST06") {
        if (performance.detail === null) missing.push(`${performance.path}/mlperf_log_detail.txt`);
        if (performance.summary === null) missing.push(`${performance.path}/mlperf_log_summary.txt`);
      }
      return missing.map((file) => ({ file, message: "it is missing" }));
    },
  ),
  perAudit("audit-verdict", "The verdict of an audit is that it passed.", (audit, result) =>
    audit.verdict.text === null
      ? []
      : missingLines(audit, result).map((line) => ({
          file: audit.verdict.path,
          message: `the line "${line}" is not in it`,
        })),
  ),
  perAudit(
    "audit-recomputed",
    "The logged answers of TEST06 pass its three checks, each with every end token of the model.",
    ({ recomputed, accuracyLog }) =>
      (recomputed?.checks ?? [])
        .filter(({ passed }) => passed === false)
        .map(({ name, finding }) => ({ file: accuracyLog?.path ?? "", message: `${name}: ${finding}` })),
  ),
  perAudit(
    "audit-figures",
    "Score, mean output length and number of samples of TEST07 and TEST09 are within their bounds, in the verdict and in the logs.",
    (audit) => figureComplaints(audit).map((message) => ({ file: audit.verdict.path, message })),
  ),
  perAudit(
    "audit-settings",
    "LoadGen ran under the settings of the audit.",
    ({ performance: { detail }, settings }) => {
      if (detail === null) return [];
      const values = new Map([...detail.first].map(([key, { value }]) => [key, value]));
      const { passed, finding } = settingsCheck(values, settings);
      return passed === false ? [{ file: detail.path, message: finding }] : [];
    },
  ),
  perAudit(
    "audit-hash",
    "TEST07 and TEST09 keep a truncated accuracy log and the hash of the whole one.",
    ({ name, path, accuracyLog, accuracyText }) => {
      if (name === "TEST06" || accuracyLog === null) return [];
      const problems: Finding[] = [];
      if (accuracyLog.bytes > mostKeptBytes)
        problems.push({
          file: accuracyLog.path,
          message: `it has ${accuracyLog.bytes} bytes, and ${mostKeptBytes} is the most: truncate it`,
        });
      const [hash] = readAccuracyText(accuracyText ?? "", []).hashes;
      if (hash === undefined || !/^[0-9a-f]{64}$/.test(hash))
        problems.push({
          file: `${path}/accuracy/accuracy.txt`,
          message: "it lacks the line hash=<SHA-256 of the whole accuracy log>",
        });
      return problems;
    },
  ),
];
