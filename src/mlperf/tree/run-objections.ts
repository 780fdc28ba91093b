import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { accuracyFiles } from "../../accuracy/accuracy-files.ts";
import { judgeAccuracy } from "../../accuracy/judge-accuracy.ts";
import { runFiles } from "../../results/store.ts";
import type { BenchmarkRules } from "../benchmark-rules.ts";
import { readAccuracyText } from "../check/accuracy-text.ts";
import { textOf } from "../check/detail-record.ts";
import type { CheckProblem } from "../check/rule.ts";
import type { Division } from "../check/submission-tree.ts";
import { currentRound } from "../round.ts";
import { sha256Of } from "./copy-exactly.ts";
import { type LoggedTest, logFiles, type SubmittedRun } from "./submitted-run.ts";

/** What a run is held against. */
export interface RunConditions {
  division: Division;
  /** Rules of its benchmark; null when the round has no such benchmark. */
  rules: BenchmarkRules | null;
  /** Runs against the simulator pass; for tests. */
  allowSimulated: boolean;
}

/** Takes down one objection. */
type Objection = (file: string, rule: string, message: string) => void;

const { seeds } = currentRound;
const seedKeys = [
  { key: "effective_qsl_rng_seed", expected: seeds.qsl },
  { key: "effective_sample_index_rng_seed", expected: seeds.sampleIndex },
  { key: "effective_schedule_rng_seed", expected: seeds.schedule },
] as const;

/** Everything for which a run cannot be in a submission, each with file and rule. */
export async function objectionsTo(run: SubmittedRun, conditions: RunConditions): Promise<CheckProblem[]> {
  const problems: CheckProblem[] = [];
  const object: Objection = (file, rule, message) => problems.push({ file, rule, message });
  objectToRecord(run, conditions, object);
  for (const test of [run.performance, run.accuracy]) if (test !== null) objectToLogs(test, object);
  objectToPerformance(run, object);
  if (run.accuracy !== null) await objectToAccuracy(run, run.accuracy, conditions, object);
  if (run.performance === null && run.accuracy === null)
    object(join(run.folder, runFiles.loadgen), "run-tests", "LoadGen's logs of neither test are there");
  return problems;
}

function objectToRecord(
  { folder, record }: SubmittedRun,
  { rules, allowSimulated }: RunConditions,
  object: Objection,
): void {
  const file = join(folder, runFiles.record);
  const { submission, state, simulated, reasons } = record;
  if (submission === null) {
    object(file, "run-submission", "the run was not made with --submission");
  } else {
    const { round, fast, audit, benchmark } = submission;
    if (round !== currentRound.name)
      object(
        file,
        "run-round",
        `the run is of round ${round}, and LoadGen ${currentRound.loadgenVersion} is of ${currentRound.name}`,
      );
    if (fast) object(file, "run-not-fast", "the run was made with --fast: it is too short to be submitted");
    if (audit !== null)
      object(
        file,
        "run-no-audit",
        `the run is a part of ${audit}: give the folder of \`flexbench compliance\` instead`,
      );
    if (rules === null) object(file, "run-benchmark", `${currentRound.name} has no benchmark ${benchmark}`);
  }
  if (simulated && !allowSimulated)
    object(file, "run-real-server", "the run was made against the simulator: no model computed its tokens");
  if (state !== "valid") {
    const why = reasons.map(({ reason }) => reason).join(" ");
    object(file, "run-valid", `the state of the run is ${state}${why === "" ? "" : `: ${why}`}`);
  }
}

function objectToLogs({ folder, detail }: LoggedTest, object: Objection): void {
  for (const name of Object.values(logFiles))
    if (!existsSync(join(folder, name))) object(join(folder, name), "log-present", "it is missing");
  const [first, ...more] = detail.errors;
  if (first !== undefined)
    object(
      detail.path,
      "log-errors",
      `LoadGen logged ${more.length + 1} errors, the first ${first.key}: ${first.rawValue}`,
    );
  const version = textOf(detail, "loadgen_version");
  if (version?.split(" ")[0] !== currentRound.loadgenVersion)
    object(
      detail.path,
      "log-round",
      `it is of LoadGen ${version}, and ${currentRound.name} is that of ${currentRound.loadgenVersion}`,
    );
  for (const { key, expected } of seedKeys) {
    const seed = textOf(detail, key);
    if (seed !== expected)
      object(detail.path, "log-seeds", `${key} is ${seed}, and that of ${currentRound.name} is ${expected}`);
  }
}

function objectToPerformance({ folder, performance }: SubmittedRun, object: Objection): void {
  if (performance === null) return;
  const validity = textOf(performance.detail, "result_validity");
  if (validity !== "VALID") {
    const reason = textOf(performance.detail, "result_invalid_reason");
    const why = reason === null || reason === "" ? "" : `: ${reason.trim()}`;
    object(
      performance.detail.path,
      "performance-valid",
      `LoadGen's verdict is ${validity ?? "missing"}${why}`,
    );
  }
  const userConf = join(folder, runFiles.userConf);
  if (!existsSync(userConf)) object(userConf, "user-conf", "what LoadGen was told is missing");
}

async function objectToAccuracy(
  { folder }: SubmittedRun,
  accuracy: LoggedTest,
  { division, rules }: RunConditions,
  object: Objection,
): Promise<void> {
  const file = join(folder, accuracyFiles.text);
  const text = await readFile(file, "utf8").catch(() => null);
  if (text === null) {
    const message =
      "the answers were not scored: `flexbench accuracy RUN --keep` does it, or keep here what the benchmark's own evaluation prints";
    object(file, "accuracy-scored", message);
    return;
  }
  const { floors, ceilings } = rules?.accuracy ?? { floors: {}, ceilings: {} };
  const names = [...new Set([...Object.keys(floors), ...Object.keys(ceilings)])];
  const { figures, hashes } = readAccuracyText(text, names);
  const log = join(accuracy.folder, logFiles.accuracy);
  if (existsSync(log)) {
    const hash = await sha256Of(log);
    if (hashes.some((other) => other !== hash))
      object(file, "accuracy-hash", `its hash is not that of ${log}: score the answers again`);
  }
  if (division === "open" || rules === null) return;
  const measured = Object.fromEntries([...figures].map(([name, values]) => [name, values.at(-1) ?? 0]));
  const { passed, notes } = judgeAccuracy(measured, { floors, ceilings });
  if (passed === true) return;
  const told = Object.entries(measured).map(([name, value]) => `${name} ${value}`);
  object(
    file,
    "accuracy-target",
    [`the figures do not reach the benchmark's: ${told.join(", ") || "there are none"}`, ...notes].join(". "),
  );
}
