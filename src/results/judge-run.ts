import { type Explanation, explainVerdict, followsFromFailedRequest } from "../loadgen/explain-verdict.ts";
import { type LoadgenResult, loadgenNumber } from "../loadgen/verdict.ts";
import type { RequestCounts } from "../metrics/requests.ts";
import type { RunState } from "./record.ts";

/** What the state of a run depends on, of one test. */
export interface JudgedTest {
  requests: RequestCounts;
  /** What LoadGen logged; null when there is no readable log. */
  loadgen: LoadgenResult | null;
  /** Why the test did not come to its end; null when it did. */
  failure: Explanation | null;
}

/** What the state of a run depends on. */
export interface JudgedRun {
  performance: JudgedTest | null;
  accuracy: JudgedTest | null;
  /** Failures allowed, as a share of the requests issued; 0..1. */
  maxErrorRate: number;
  aborted: Explanation | null;
  failure: Explanation | null;
}

/** The state of a run and why it is not `valid`. */
export interface Judgement {
  state: RunState;
  reasons: Explanation[];
}

/**
 * Decides the state of a run; the first that holds:
 * - `aborted`: somebody ended it early
 * - `failed`: it or one of its tests did not come to its end, or more requests failed than allowed
 * - `invalid`: LoadGen says INVALID, or logged errors that do not follow from failures that are allowed
 * - `valid`: none of these; for an accuracy test, which has no verdict, every sample was answered
 */
export function judgeRun(run: JudgedRun): Judgement {
  const tests = testsOf(run);
  const failures = [
    ...(run.failure === null ? [] : [run.failure]),
    ...tests.flatMap((test) => test.prefixed(failuresOf(test, run.maxErrorRate))),
    ...(tests.length === 0 && run.failure === null ? [noTest] : []),
  ];
  if (run.aborted !== null) {
    return { state: "aborted", reasons: [run.aborted] };
  }
  if (failures.length > 0) return { state: "failed", reasons: failures };
  const objections = tests.flatMap((test) => test.prefixed(objectionsOf(test)));
  return { state: objections.length > 0 ? "invalid" : "valid", reasons: objections };
}

const noTest: Explanation = { reason: "The run ended before a test began.", remedy: null };

interface NamedTest extends JudgedTest {
  name: "performance" | "accuracy";
  /** Says which test is meant, where a run has both. */
  prefixed(explanations: Explanation[]): Explanation[];
}

function testsOf({ performance, accuracy }: JudgedRun): NamedTest[] {
  const both = performance !== null && accuracy !== null;
  const named = (name: NamedTest["name"], test: JudgedTest | null): NamedTest[] => {
    if (test === null) return [];
    const prefixed = (explanations: Explanation[]) =>
      both
        ? explanations.map(({ reason, remedy }) => ({ reason: `In the ${name} test: ${reason}`, remedy }))
        : explanations;
    return [{ ...test, name, prefixed }];
  };
  return [...named("performance", performance), ...named("accuracy", accuracy)];
}

function failuresOf(test: NamedTest, maxErrorRate: number): Explanation[] {
  const failed = requestFailures(test.requests, maxErrorRate);
  if (test.failure !== null) return [test.failure, ...failed];
  return [...failed, ...unfinished(test)];
}

function requestFailures({ issued, failed, byError }: RequestCounts, maxErrorRate: number): Explanation[] {
  if (failed === 0 || failed / issued <= maxErrorRate) return [];
  const causes = byError.map(({ code, count, example }) => `${count} × ${code} (${example})`).join(", ");
  return [
    {
      reason: `${failed} of ${issued} requests failed (${percent(failed / issued)}; allowed ${percent(maxErrorRate)}): ${causes}.`,
      remedy:
        "See error_code in requests.parquet and the server's log; --max-error-rate allows a share of failures.",
    },
  ];
}

function unfinished({ name, loadgen, requests }: NamedTest): Explanation[] {
  if (loadgen === null) return [{ reason: "LoadGen left no readable log.", remedy: null }];
  if (name === "performance") {
    return loadgen.validity === null
      ? [{ reason: "The test ended before LoadGen gave its verdict.", remedy: null }]
      : [];
  }
  const samples = loadgenNumber(loadgen, "effective_accuracy_sample_count");
  const answered = requests.completed + requests.failed;
  return samples !== null && answered < samples
    ? [{ reason: `Only ${answered} of ${samples} samples were answered.`, remedy: null }]
    : [];
}

function objectionsOf({ loadgen, requests }: NamedTest): Explanation[] {
  if (loadgen === null) return [];
  return loadgen.validity !== "INVALID" && errorsFollowFromFailures(loadgen, requests.failed)
    ? []
    : explainVerdict(loadgen);
}

/** LoadGen can object to one failed request twice: for its first token and for its number of tokens. */
function errorsFollowFromFailures(loadgen: LoadgenResult, failed: number): boolean {
  const count = loadgenNumber(loadgen, "num_errors") ?? loadgen.errors.length;
  return count <= 2 * failed && loadgen.errors.every(followsFromFailedRequest);
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(3))} %`;
}
