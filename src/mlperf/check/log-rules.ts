import { currentRound } from "../round.ts";
import { type DetailRecord, numberOf, textOf } from "./detail-record.ts";
import { type LogComplaints, perLog } from "./per-log.ts";
import type { Rule } from "./rule.ts";
import type { AuditFolder, LoadGenTest, ResultFolder } from "./submission-tree.ts";

/** The performance and the accuracy test of a result. */
const testsOf = ({ performance, accuracy }: ResultFolder): LoadGenTest[] => [performance, accuracy];

/** Detail logs of a result's two tests and of its audits, as far as they are there. */
const allLogs = (result: ResultFolder): DetailRecord[] =>
  [...testsOf(result), ...result.audits.map(({ performance }: AuditFolder) => performance)].flatMap(
    ({ detail }) => detail ?? [],
  );

/** A rule about the logs of the two tests and of the audits. */
const everyLog = (id: string, asks: string, complaints: LogComplaints): Rule<ResultFolder> =>
  perLog(id, asks, complaints, allLogs);

const ownLogs = (result: ResultFolder): DetailRecord[] =>
  testsOf(result).flatMap(({ detail }) => detail ?? []);

/** The value that a key must have; a log that ended early lacks keys. */
function expectText(log: DetailRecord, key: string, expected: string): string[] {
  const value = textOf(log, key);
  if (value === expected) return [];
  return [value === null ? `${key} is not in it` : `${key} is ${value} and not ${expected}`];
}

/** LoadGen's name for a scenario: Interactive is its Server under tighter limits. */
export function loadgenScenario({ scenario }: ResultFolder): string {
  return scenario === "Interactive" ? "Server" : scenario;
}

const shown = 3;

/** Rules about every log of LoadGen, whatever it is of. */
export const logRules: readonly Rule<ResultFolder>[] = [
  everyLog(
    "log-readable",
    "Every line of a detail log can be read: it starts with LoadGen's mark, is JSON, and holds no nan.",
    ({ brokenLines }) => brokenLines.slice(0, shown).map(({ line, reason }) => `line ${line}: ${reason}`),
  ),
  everyLog("log-errors", "No log holds an error of LoadGen.", (log) => {
    const told = log.errors
      .slice(0, shown)
      .map(({ key, value }) => `LoadGen reported ${key}: ${String(value)}`);
    const rest = log.errors.length - told.length;
    if (rest > 0) told.push(`and ${rest} more errors`);
    const counted = numberOf(log, "num_errors") ?? 0;
    return told.length === 0 && counted > 0 ? [`num_errors is ${counted}`] : told;
  }),
  everyLog(
    "loadgen-version",
    `All logs are of LoadGen ${currentRound.loadgenVersion}, whose seeds are those of round ${currentRound.name}.`,
    (log) => {
      const version = textOf(log, "loadgen_version");
      if (version === null) return ["loadgen_version is not in it"];
      return version.split(" ")[0] === currentRound.loadgenVersion
        ? []
        : [
            `it is of LoadGen ${version}, and round ${currentRound.name} takes ${currentRound.loadgenVersion}`,
          ];
    },
  ),
  everyLog("seeds", `All logs were made with the three seeds of round ${currentRound.name}.`, (log) => [
    ...expectText(log, "effective_qsl_rng_seed", currentRound.seeds.qsl),
    ...expectText(log, "effective_sample_index_rng_seed", currentRound.seeds.sampleIndex),
    ...expectText(log, "effective_schedule_rng_seed", currentRound.seeds.schedule),
  ]),
  everyLog(
    "scenario-of-log",
    "The scenario of a log is that of its folder; Interactive is LoadGen's Server.",
    (log, result) => expectText(log, "effective_scenario", loadgenScenario(result)),
  ),
  {
    id: "test-mode",
    asks: "The performance log is of a performance test, the accuracy log of an accuracy test.",
    find: ({ performance, accuracy }) =>
      [
        { log: performance.detail, mode: "PerformanceOnly" },
        { log: accuracy.detail, mode: "AccuracyOnly" },
      ].flatMap(({ log, mode }) =>
        log === null
          ? []
          : expectText(log, "effective_test_mode", mode).map((message) => ({ file: log.path, message })),
      ),
  },
  perLog(
    "no-audit-in-result",
    "No audit.config was in force in a result's own tests.",
    (log) => [
      ...log.warnings
        .filter(({ value }) => /audit config/i.test(String(value)))
        .map(() => "LoadGen found an audit.config: remove it and run again"),
      ...["effective_performance_issue_unique", "effective_performance_issue_same"]
        .filter((key) => textOf(log, key) === "true")
        .map((key) => `${key} is on, as in an audit`),
    ],
    ownLogs,
  ),
  {
    id: "summary-errors",
    asks: "The summary of every test says that no errors were encountered.",
    find: (result) =>
      testsOf(result).flatMap(({ path, summary }) => {
        const file = `${path}/mlperf_log_summary.txt`;
        if (summary === null) return [];
        if (/^No errors encountered during test\.\s*$/m.test(summary)) return [];
        const told = /^.*\bERRORS? encountered.*$/m.exec(summary)?.[0];
        return [{ file, message: told ?? "it does not say that no errors were encountered" }];
      }),
  },
  {
    id: "tests-of-one-client",
    asks: "Performance and accuracy test name the same system and data set: they went through the same code.",
    find: ({ performance, accuracy }) => {
      const [one, other] = [performance.detail, accuracy.detail];
      if (one === null || other === null) return [];
      return ["sut_name", "loadgen_version"]
        .filter((key) => textOf(one, key) !== textOf(other, key))
        .map((key) => ({
          file: other.path,
          message: `${key} is "${textOf(other, key)}", in the performance test "${textOf(one, key)}"`,
        }));
    },
  },
];

/** The rule that no log serves twice; it looks at all results together. */
export const distinctLogs: Rule<readonly ResultFolder[]> = {
  id: "logs-distinct",
  asks: "No detail log serves two tests.",
  find: (results) => {
    const first = new Map<string, string>();
    return results.flatMap(allLogs).flatMap(({ path, sha256 }) => {
      const earlier = first.get(sha256);
      if (earlier === undefined) first.set(sha256, path);
      return earlier === undefined ? [] : [{ file: path, message: `it is the same log as ${earlier}` }];
    });
  },
};
