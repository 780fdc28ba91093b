import { cp, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import type { CheckedResult, CheckOutcome } from "./check-submission.ts";
import {
  type OfficialChecker,
  type OfficialEnd,
  requireCheckers,
  runOfficialChecker,
} from "./official-run.ts";

/** A result with the verdicts of all who looked at it; null where a checker said nothing about it. */
export interface ComparedResult {
  folder: string;
  flexbench: boolean;
  present: boolean | null;
  former: boolean | null;
}

/** One run of a checker over a part of the submission. */
export interface OfficialPart extends OfficialEnd {
  checker: OfficialChecker;
  /** Results in this part. */
  expected: number;
  /** Why only a part of the rules was applied; null when all were. */
  note: string | null;
}

/** Verdicts of FlexBench and of both official checkers, side by side. */
export interface OfficialVerdicts {
  results: ComparedResult[];
  parts: OfficialPart[];
  /** Everything that is not as it should be, a sentence each; empty: all agree and all pass. */
  disagreements: string[];
}

/** What to compare. */
export interface OfficialOptions {
  /** Local checkout of the repository mlcommons/inference. */
  checkout: string;
  submitter: string | null;
}

/**
 * The former checker asks the audits of gpt-oss-120b for what its performance test must have (600 s, 6,396 samples, a
 * verify_performance.txt), which no TEST07 can, and then raises an error of its own.
 */
const auditsItCannotJudge: readonly string[] = ["gpt-oss-120b"];

/**
 * Runs both official checkers over a submission, which stays as it is, and sets their verdicts beside ours. Throws what `requireCheckers` and `runOfficialChecker` throw.
 */
export async function officialVerdicts(
  root: string,
  { results }: Pick<CheckOutcome, "results">,
  { checkout, submitter }: OfficialOptions,
): Promise<OfficialVerdicts> {
  requireCheckers(checkout);
  const workspace = await mkdtemp(join(tmpdir(), "flexbench-official-"));
  try {
    const run = { workspace, root: resolve(root), checkout: resolve(checkout), submitter };
    const [special, plain] = [results.filter(isBeyondFormer), results.filter((one) => !isBeyondFormer(one))];
    const parts = [await runPart(run, { checker: "present", results, without: [], note: null })];
    if (plain.length > 0 || special.length === 0)
      parts.push(await runPart(run, { checker: "former", results: plain, without: special, note: null }));
    if (special.length > 0) {
      const note = "without the audits of gpt-oss-120b, which it cannot judge";
      parts.push(await runPart(run, { checker: "former", results: special, without: plain, note }));
    }
    const compared = results.map((result) => compare(result, parts));
    return { results: compared, parts, disagreements: disagreementsOf(compared, parts) };
  } finally {
    await rm(workspace, { recursive: true, force: true });
  }
}

function isBeyondFormer({ division, rulesOf }: CheckedResult): boolean {
  return division !== "open" && auditsItCannotJudge.includes(rulesOf);
}

interface PartTask {
  checker: OfficialChecker;
  results: readonly CheckedResult[];
  without: readonly CheckedResult[];
  note: string | null;
}

async function runPart(
  run: { workspace: string; root: string; checkout: string; submitter: string | null },
  { checker, results, without, note }: PartTask,
): Promise<OfficialPart> {
  const tree = without.length === 0 ? run.root : await copyWithout(run, without, results);
  const csv = join(await mkdtemp(join(run.workspace, "csv-")), "results.csv");
  const { checkout, submitter } = run;
  const end = await runOfficialChecker({
    checker,
    checkout,
    tree,
    csv,
    submitter,
    skipsAudits: note !== null,
  });
  return { checker, expected: results.length, note, ...end };
}

/** A copy of the tree without some of its benchmarks. */
async function copyWithout(
  { workspace, root }: { workspace: string; root: string },
  without: readonly CheckedResult[],
  kept: readonly CheckedResult[],
): Promise<string> {
  const tree = await mkdtemp(join(workspace, "tree-"));
  const left = new Set(without.map(({ folder }) => dirname(join(root, folder))));
  await cp(root, tree, { recursive: true, verbatimSymlinks: true, filter: (source) => !left.has(source) });
  await dropSystemsWithout(tree, without, kept);
  return tree;
}

/** A system whose results all went to the other part would count as one without results. */
async function dropSystemsWithout(
  tree: string,
  without: readonly CheckedResult[],
  kept: readonly CheckedResult[],
): Promise<void> {
  for (const { division, submitter, system } of without) {
    const results = join(tree, division, submitter, "results", system);
    const remaining = await readdir(results).catch(() => []);
    if (remaining.length > 0) continue;
    await rm(results, { recursive: true, force: true });
    await rm(join(tree, division, submitter, "systems", `${system}.json`), { force: true });
    const submitterHasMore = kept.some((one) => one.division === division && one.submitter === submitter);
    if (!submitterHasMore) await rm(join(tree, division, submitter), { recursive: true, force: true });
  }
}

function compare({ folder, passed }: CheckedResult, parts: readonly OfficialPart[]): ComparedResult {
  const verdictOf = (checker: OfficialChecker): boolean | null =>
    parts
      .filter((part) => part.checker === checker)
      .map(({ verdicts }) => verdicts.get(folder) ?? null)
      .find((verdict) => verdict !== null) ?? null;
  return { folder, flexbench: passed, present: verdictOf("present"), former: verdictOf("former") };
}

const names: Readonly<Record<OfficialChecker, string>> = {
  present: "The official checker",
  former: "The former official checker",
};

function disagreementsOf(results: readonly ComparedResult[], parts: readonly OfficialPart[]): string[] {
  const brokeOff = new Set(parts.filter(({ traceback }) => traceback !== null).map(({ checker }) => checker));
  const found = parts.flatMap(partComplaints);
  for (const result of results) {
    for (const checker of ["present", "former"] as const) {
      const verdict = result[checker];
      if (verdict === null) {
        if (!brokeOff.has(checker)) found.push(`${names[checker]} says nothing about ${result.folder}.`);
      } else if (verdict !== result.flexbench) {
        const [theirs, ours] = [verdict, result.flexbench].map((passed) => (passed ? "passes" : "refuses"));
        found.push(`${names[checker]} ${theirs} ${result.folder}, and FlexBench ${ours} it.`);
      }
    }
  }
  return found;
}

function partComplaints({
  checker,
  exitCode,
  traceback,
  counted,
  expected,
  refused,
  isContent,
}: OfficialPart): string[] {
  const name = names[checker];
  if (traceback !== null) return [`${name} broke off: ${traceback}`];
  const found: string[] = [];
  if (counted === null)
    found.push(`${name} printed no number of results and ended with ${exitCode ?? "a signal"}.`);
  else if (counted !== expected) found.push(`${name} counted ${counted} results, and there are ${expected}.`);
  for (const place of refused) found.push(`${name} refuses ${place} as a whole.`);
  if (exitCode !== 0 || isContent !== true)
    found.push(
      `${name} ended with ${exitCode ?? "a signal"} and said that the submission ${isContent === true ? "looks OK" : "has errors"}.`,
    );
  return found;
}
