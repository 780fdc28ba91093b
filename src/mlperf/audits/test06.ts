import type { LogEntry } from "../../accuracy/accuracy-log.ts";
import type { SubmissionScenario } from "../benchmark-rules.ts";
import { type AuditCheck, type AuditVerdict, pythonTruth, verdictOf } from "./audit-verdict.ts";
import { tokenIdsOf } from "./token-ids.ts";

/** What TEST06 holds answers against. */
export interface ConsistencyRules {
  /** In Offline no first token is reported. */
  scenario: SubmissionScenario;
  /** Every id that ends an answer. */
  eosTokens: readonly number[];
  /** Least logged answers; the official verifier is content with none. */
  leastAnswers: number;
}

/**
 * TEST06: what was reported first is the beginning of the answer, at most one end-of-sequence token ends it, and its
 * tokens are as many as were reported.
 */
export async function verifyTest06(
  entries: AsyncIterable<LogEntry> | Iterable<LogEntry>,
  { scenario, eosTokens, leastAnswers }: ConsistencyRules,
): Promise<AuditVerdict> {
  const eos = new Set(eosTokens);
  const firstTokens = new Tally("answers begin with the token that was reported first");
  const endings = new Tally("answers end with one end-of-sequence token at most");
  const lengths = new Tally("answers are as long as was reported");
  let answers = 0;
  for await (const entry of entries) {
    answers += 1;
    const ids = tokenIdsOf(entry.data);
    if (scenario !== "Offline") firstTokens.note(firstTokenComplaint(entry));
    endings.note(ids === null ? noTokens(entry) : endingComplaint(entry.index, ids, eos));
    lengths.note(lengthComplaint(entry, ids));
  }
  const first = scenario === "Offline" ? skippedInOffline : firstTokens.check("first token");
  const checks: AuditCheck[] = [
    first,
    endings.check("end of sequence"),
    lengths.check("length"),
    {
      name: "answers logged",
      passed: answers >= leastAnswers,
      finding: `${answers} answers were logged, of at least ${leastAnswers}.`,
    },
  ];
  const verdict = verdictOf({
    audit: "TEST06",
    checks,
    figures: { answers },
    texts: {},
    notes: [
      "The official verifier takes -e as text, so that any id given there switches its end-of-sequence check off; without it, it looks for the id 2, whatever the model.",
      "The official verifier leaves the first token of an answer out of its end-of-sequence check, passes a log without answers, and exits with 0 whatever it found.",
    ],
  });
  return { ...verdict, texts: { "verify_accuracy.txt": accuracyText(checks, verdict.passed) } };
}

const skippedInOffline: AuditCheck = {
  name: "first token",
  passed: null,
  finding: "In Offline no first token is reported.",
};

/** How many entries kept a rule, and the first that did not. */
class Tally {
  readonly #rule: string;
  #all = 0;
  #broken = 0;
  #example: string | null = null;

  constructor(rule: string) {
    this.#rule = rule;
  }

  note(complaint: string | null): void {
    this.#all += 1;
    if (complaint === null) return;
    this.#broken += 1;
    this.#example ??= complaint;
  }

  check(name: string): AuditCheck {
    const finding = `${this.#all - this.#broken} of ${this.#all} ${this.#rule}`;
    return {
      name,
      passed: this.#broken === 0,
      finding: this.#example === null ? `${finding}.` : `${finding}; ${this.#example}.`,
    };
  }
}

function noTokens({ index, data }: LogEntry): string {
  return `sample ${index} has ${data.length} bytes, which are not token ids of 4 bytes`;
}

function firstTokenComplaint({ index, data, firstToken }: LogEntry): string | null {
  if (firstToken === null || firstToken.length === 0) return `sample ${index} has no first token`;
  const begins = data.subarray(0, firstToken.length).equals(firstToken);
  return begins ? null : `sample ${index} does not begin with its first token`;
}

function endingComplaint(index: number, ids: readonly number[], eos: ReadonlySet<number>): string | null {
  const ending = ids.slice(ids.findLastIndex((id) => !eos.has(id)) + 1);
  return ending.length <= 1 ? null : `sample ${index} ends with ${ending.length} of them`;
}

function lengthComplaint(entry: LogEntry, ids: readonly number[] | null): string | null {
  const { index, tokenCount } = entry;
  if (ids === null) return noTokens(entry);
  if (ids.length === tokenCount) return null;
  return `sample ${index} has ${ids.length} tokens, and ${tokenCount ?? "none"} were reported`;
}

/** As the official verifier writes it; its submission checker looks for the first three lines. */
function accuracyText(checks: readonly AuditCheck[], passed: boolean): string {
  const truth = (name: string) => checks.find((check) => check.name === name)?.passed ?? null;
  const first = truth("first token");
  return [
    `First token check pass: ${first === null ? "Skipped" : pythonTruth(first)}`,
    `EOS check pass: ${pythonTruth(truth("end of sequence") === true)}`,
    `Sample length check pass: ${pythonTruth(truth("length") === true)}`,
    `TEST06 verification ${passed ? "complete" : "failed"}`,
    "",
  ].join("\n");
}
