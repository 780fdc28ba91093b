import { readAccuracyText } from "./accuracy-text.ts";
import { numberOf } from "./detail-record.ts";
import { mostKeptBytes } from "./kept-accuracy-log.ts";
import { type LogComplaints, perLog } from "./per-log.ts";
import type { Finding, Rule } from "./rule.ts";
import type { ResultFolder } from "./submission-tree.ts";

/** Names of the figures that a benchmark has bounds for. */
function figureNames({ rules: { accuracy } }: ResultFolder): string[] {
  return [...new Set([...Object.keys(accuracy.floors), ...Object.keys(accuracy.ceilings)])];
}

/** A rule about the text of accuracy.txt, as far as it is there. */
function textRule(
  id: string,
  asks: string,
  complaints: (text: ReturnType<typeof readAccuracyText>, result: ResultFolder) => readonly string[],
): Rule<ResultFolder> {
  return {
    id,
    asks,
    find: (result): Finding[] => {
      const { accuracyText } = result;
      if (accuracyText === null) return [];
      const text = readAccuracyText(accuracyText, figureNames(result));
      const file = `${result.accuracy.path}/accuracy.txt`;
      return complaints(text, result).map((message) => ({ file, message }));
    },
  };
}

/** A rule about the detail log of the accuracy test, as far as it is there. */
function logRule(id: string, asks: string, complaints: LogComplaints): Rule<ResultFolder> {
  return perLog(id, asks, complaints, ({ accuracy }) => [accuracy.detail]);
}

/** Rules about the accuracy test. */
export const accuracyRules: readonly Rule<ResultFolder>[] = [
  logRule(
    "accuracy-samples",
    "The accuracy test was of exactly the samples of the official set.",
    (log, { rules }) => {
      const count = numberOf(log, "effective_accuracy_sample_count");
      if (count === null) return ["effective_accuracy_sample_count is not in it"];
      return count === rules.accuracySamples
        ? []
        : [`effective_accuracy_sample_count is ${count} and not ${rules.accuracySamples}`];
    },
  ),
  logRule(
    "accuracy-complete",
    "LoadGen generated every sample of the accuracy test once.",
    (log, { rules }) =>
      log.generatedSamples === rules.accuracySamples
        ? []
        : [
            `${log.generatedSamples} samples were generated and not ${rules.accuracySamples}: the test was cut off`,
          ],
  ),
  {
    id: "accuracy-truncated",
    asks: "mlperf_log_accuracy.json is at most 10,240 bytes: whole, or its first and last 4 KiB with the mark between them.",
    find: ({ accuracy: { accuracyLog } }) => {
      if (accuracyLog === null) return [];
      const { path: file, bytes, isWellFormed } = accuracyLog;
      if (bytes > mostKeptBytes)
        return [{ file, message: `it has ${bytes} bytes, and ${mostKeptBytes} is the most: truncate it` }];
      return isWellFormed
        ? []
        : [
            {
              file,
              message: "it is neither a whole log nor its first and last 4 KiB with the mark between them",
            },
          ];
    },
  },
  textRule(
    "accuracy-hash",
    "accuracy.txt has one line hash=, the SHA-256 of the whole accuracy log.",
    (text, result) => {
      const [hash, ...others] = text.hashes;
      if (hash === undefined) return ["the line hash=<SHA-256 of the whole accuracy log> is missing"];
      if (others.some((other) => other !== hash)) return ["it has several hashes"];
      if (!/^[0-9a-f]{64}$/.test(hash)) return [`hash=${hash} is no SHA-256 in hexadecimal digits`];
      const whole = result.accuracy.accuracyLog?.sha256 ?? null;
      return whole === null || whole === hash
        ? []
        : [`the hash is not that of mlperf_log_accuracy.json, ${whole}`];
    },
  ),
  textRule(
    "accuracy-figures",
    "accuracy.txt holds every figure of the benchmark as the official checkers read it; in the open division one of them.",
    (text, { rules, division }) => {
      const needed = Object.keys(rules.accuracy.floors);
      if (division === "open")
        return text.figures.size > 0 ? [] : [`it holds none of the figures ${needed.join(", ")}`];
      return [
        ...text.unreadable.map(
          (name) => `'${name}' is not followed by a plain number; was it printed by numpy 2 or later?`,
        ),
        ...needed
          .filter((name) => !text.figures.has(name) && !text.unreadable.includes(name))
          .map((name) => `'${name}' is missing`),
      ];
    },
  ),
  textRule(
    "accuracy-floor",
    "Every figure reaches its floor, except in the open division.",
    (text, { rules, division }) =>
      division === "open"
        ? []
        : Object.entries(rules.accuracy.floors).flatMap(([name, floor]) =>
            (text.figures.get(name) ?? [])
              .filter((value) => value < floor)
              .map((value) => `'${name}' is ${value}, and at least ${Number(floor.toFixed(4))} is needed`),
          ),
  ),
  textRule(
    "accuracy-ceiling",
    "No figure exceeds its ceiling, except in the open division.",
    (text, { rules, division }) =>
      division === "open"
        ? []
        : Object.entries(rules.accuracy.ceilings).flatMap(([name, ceiling]) =>
            (text.figures.get(name) ?? [])
              .filter((value) => value > ceiling)
              .map((value) => `'${name}' is ${value}, and at most ${Number(ceiling.toFixed(4))} is allowed`),
          ),
  ),
];
