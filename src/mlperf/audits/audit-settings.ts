import { UsageError } from "../../errors.ts";
import type { AuditName, BenchmarkRules } from "../benchmark-rules.ts";

/** What an audit tells LoadGen, and what its answers must keep to. */
export interface AuditSettings {
  audit: AuditName;
  /** Least queries; null: as many as the run itself. */
  leastQueries: number | null;
  /** Answers that LoadGen logs at most; null: none. */
  loggedAnswers: number | null;
  /** Samples that must be among the logged answers; null: any. */
  samples: number | null;
  /** Each sample is asked exactly once. */
  asksEachSampleOnce: boolean;
  /** The only sample that is asked, by its index; null: as the run itself asks. */
  sameSample: number | null;
  /** Least score of the answers; null: they are not scored. */
  leastScore: number | null;
  /** Bounds of the mean output length, tokens; null: none. */
  meanOutputTokens: { least: number; most: number } | null;
}

/** Of the choice of logged answers, the same in every audit; beyond 2^53. */
export const accuracyLogSeed = "720381539243781796";

const nothing = {
  leastQueries: null,
  loggedAnswers: null,
  samples: null,
  asksEachSampleOnce: false,
  sameSample: null,
  leastScore: null,
  meanOutputTokens: null,
} as const;

/** Answers of TEST01 where no benchmark of MLPerf says how many. */
const answersOfTest01 = 4096;
/** The sample that MLPerf chose for TEST04. */
const sampleOfTest04 = 3;

/** Audits whose thresholds are a benchmark's own (audit.config of mlcommons/inference b66003e). */
const ownThresholds: Readonly<Record<string, Partial<Record<AuditName, Partial<AuditSettings>>>>> = {
  "gpt-oss-120b": {
    TEST07: { leastQueries: 990, loggedAnswers: 990, samples: 990, leastScore: 60.698 },
    TEST09: {
      leastQueries: 6396,
      loggedAnswers: 10_000,
      samples: 6396,
      meanOutputTokens: { least: 1150.38, most: 1406.02 },
    },
  },
};

/**
 * The settings of an audit of a benchmark. Throws a UsageError `AUDIT_UNKNOWN` for an audit whose thresholds the
 * benchmark does not have.
 */
export function auditSettings(audit: AuditName, benchmark: Pick<BenchmarkRules, "name">): AuditSettings {
  const base = { audit, ...nothing };
  switch (audit) {
    case "TEST01":
      return { ...base, loggedAnswers: answersOfTest01 };
    case "TEST04":
      return { ...base, sameSample: sampleOfTest04 };
    case "TEST06":
      return { ...base, leastQueries: 100, loggedAnswers: 100 };
    default: {
      const own = ownThresholds[benchmark.name]?.[audit];
      if (own !== undefined) return { ...base, ...own, asksEachSampleOnce: true };
      const message = `MLPerf has no thresholds of it for ${benchmark.name}`;
      throw new UsageError("AUDIT_UNKNOWN", [{ where: audit, message }]);
    }
  }
}

/**
 * LoadGen's audit.config for an audit. Lines that only the official verifiers read stand at its end, so that they can
 * be run over the same file.
 */
export function auditConfigText(settings: AuditSettings): string {
  const lines = [...loadgenKeys(settings), ...verifierKeys(settings)];
  return `# ${settings.audit}\n${lines.map(([key, value]) => `*.*.${key} = ${value}\n`).join("")}`;
}

type Key = readonly [name: string, value: string | number];

/** Keys that LoadGen reads. Whatever is not here stays as the run itself has it. */
function loadgenKeys(settings: AuditSettings): Key[] {
  const { leastQueries, loggedAnswers, asksEachSampleOnce, sameSample } = settings;
  const keys: Key[] = [["mode", 2]];
  if (loggedAnswers !== null)
    keys.push(["accuracy_log_rng_seed", accuracyLogSeed], ["accuracy_log_sampling_target", loggedAnswers]);
  if (leastQueries !== null)
    keys.push(
      ["min_query_count", leastQueries],
      ["min_duration", 0],
      // Whole copies of the performance set would be more queries than the audit asks for.
      ["sample_concatenate_permutation", 0],
    );
  if (asksEachSampleOnce) keys.push(["performance_issue_unique", 1]);
  if (sameSample !== null)
    keys.push(
      ["performance_issue_unique", 0],
      ["performance_issue_same", 1],
      ["performance_issue_same_index", sameSample],
    );
  return keys;
}

function verifierKeys({ leastScore, meanOutputTokens }: AuditSettings): Key[] {
  const keys: Key[] = [];
  if (leastScore !== null) keys.push(["test07_accuracy_threshold", leastScore]);
  if (meanOutputTokens !== null)
    keys.push(
      ["test09_min_output_tokens", meanOutputTokens.least],
      ["test09_max_output_tokens", meanOutputTokens.most],
    );
  return keys;
}
