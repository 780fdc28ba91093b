import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, posix } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkCommandHandler } from "#src/commands/submission-check.js";
import { everyRule } from "#src/mlperf/check/all-rules.js";
import { checkSubmission } from "#src/mlperf/check/check-submission.js";
import { officialVerdicts } from "#src/mlperf/check/official-verdicts.js";
import { type Mutation, officialMutations, ownMutations, TreeEditor } from "./submission-mutations.ts";
import { type MadeTree, madeSubmitter, writeSubmissionTree } from "./submission-tree-fixture.ts";

let workspace = "";
const built = new Map<string, string>();
const llamaAlone: MadeTree = { benchmarks: ["llama3.1-8b"] };

beforeAll(() => {
  workspace = mkdtempSync(join(tmpdir(), "flexbench-check-"));
});
afterAll(() => rmSync(workspace, { recursive: true, force: true }));

/** A fresh copy of a made tree. */
function freshTree(made: MadeTree): string {
  const name = JSON.stringify(made);
  let original = built.get(name);
  if (original === undefined) {
    original = mkdtempSync(join(workspace, "made-"));
    writeSubmissionTree(original, made);
    built.set(name, original);
  }
  const copy = mkdtempSync(join(workspace, "tree-"));
  cpSync(original, copy, { recursive: true });
  return copy;
}

function mutated({ made = llamaAlone, change }: Mutation): { root: string; base: string } {
  const root = freshTree(made);
  const base = `${made.division ?? "closed"}/${madeSubmitter}`;
  change(new TreeEditor(root, base));
  return { root, base };
}

describe("a submission that follows every rule", () => {
  it("passes with all its results and their figures", async () => {
    const { results, problems } = await checkSubmission(freshTree({}));
    expect(problems).toEqual([]);
    expect(
      results.map(({ benchmark, scenario, figure, unit, passed }) => [
        benchmark,
        scenario,
        figure,
        unit,
        passed,
      ]),
    ).toEqual([
      ["gpt-oss-120b", "Offline", 15_206.4, "tokens/s", true],
      ["gpt-oss-120b", "Server", 12_672, "tokens/s", true],
      ["llama3.1-8b", "Offline", 11_088, "tokens/s", true],
      ["llama3.1-8b", "Server", 2217.6, "tokens/s", true],
    ]);
    expect(results.at(-1)?.accuracy).toMatchObject({ rouge1: 38.8017, gen_len: 8_172_304 });
  });

  it.each(["open", "network"] as const)("passes in the %s division", async (division) => {
    const { problems } = await checkSubmission(freshTree({ division }));
    expect(problems).toEqual([]);
  });
});

describe.each([
  ["that the official checkers are known to judge", officialMutations],
  ["of our own", ownMutations],
] as const)("mutations %s", (_, mutations) => {
  it.each(mutations)("$what", async (mutation) => {
    const { root, base } = mutated(mutation);
    const { problems } = await checkSubmission(root);
    const named = problems.map(({ rule, file }) => `${rule} ${posix.relative(base, file)}`);
    expect(named.sort()).toEqual([...mutation.found].sort());
    for (const { message } of problems) expect(message).toMatch(/\S/);
    rmSync(root, { recursive: true });
  });
});

describe("rules", () => {
  const broken = new Set(
    [...officialMutations, ...ownMutations].flatMap(({ found }) => found.map((one) => one.split(" ")[0])),
  );

  it("have names of their own, and each is broken by a mutation", () => {
    const names = everyRule.map(({ id }) => id);
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => !broken.has(name))).toEqual([]);
  });

  it("are all in docs/submission-rules.md, as they are told there", () => {
    const page = readFileSync(join(import.meta.dirname, "../docs/submission-rules.md"), "utf8");
    const rows = new Map(
      page.split("\n").flatMap((row) => {
        const [, name, asks] = /^\| `([\w-]+)` \| (.*?) \|/.exec(row) ?? [];
        return name === undefined || asks === undefined ? [] : [[name, asks] as const];
      }),
    );
    expect([...rows.keys()].sort()).toEqual(everyRule.map(({ id }) => id).sort());
    expect(everyRule.filter(({ id, asks }) => rows.get(id) !== asks)).toEqual([]);
  });
});

/** A checkout whose checkers do what a few lines of Python say. */
function standIn(present: string, former: string): string {
  const checkout = mkdtempSync(join(workspace, "checkout-"));
  const tools = join(checkout, "tools/submission");
  mkdirSync(join(tools, "submission_checker"), { recursive: true });
  const start = `import os, sys
root = sys.argv[sys.argv.index("--input") + 1]
assert sys.argv[sys.argv.index("--version") + 1] == "v6.1"
folders = sorted(d for d, _, _ in os.walk(root) if os.path.isdir(os.path.join(d, "performance")) and "TEST" not in d)
def say(text): sys.stderr.write("[2026 main.py:1 INFO] " + text + "\\n")
`;
  writeFileSync(join(tools, "submission_checker/main.py"), start + present);
  writeFileSync(join(tools, "submission_checker_old.py"), start + former);
  return checkout;
}

const passesAll = `
for f in folders: say("Results " + f + SUFFIX + " 12.5")
say("Results=%d, NoResults=0, Power Results=0" % len(folders))
say("SUMMARY: submission looks OK")
`;
const presentPasses = passesAll.replace("SUFFIX", '"/performance/run_1/mlperf_log_detail.txt"');
const formerPasses = `folders = [os.path.relpath(f, root) for f in folders]\n${passesAll.replace("SUFFIX", '""')}`;

async function runCheck(root: string, checkout: string): Promise<{ text: string; exitCode: unknown }> {
  let text = "";
  const process: { stdout: { write: (piece: string) => void }; exitCode?: number | string | null } = {
    stdout: {
      write: (piece) => {
        text += piece;
      },
    },
  };
  await checkCommandHandler({ folder: root, official: checkout }, process);
  return { text, exitCode: process.exitCode };
}

describe("official checkers of a checkout", () => {
  it("that pass every result leave the exit code at 0", async () => {
    const root = freshTree({});
    const { text, exitCode } = await runCheck(root, standIn(presentPasses, formerPasses));
    expect(text).toMatch(/llama3\.1-8b\/Server +passes +passes +passes/);
    expect(text).toContain("without the audits of gpt-oss-120b");
    expect(exitCode).toBeUndefined();
  });

  it("that find no results are not believed, whatever their exit code", async () => {
    const nothing = 'say("Results=0, NoResults=0, Power Results=0")\nsay("SUMMARY: submission looks OK")\n';
    const { text, exitCode } = await runCheck(freshTree(llamaAlone), standIn(presentPasses, nothing));
    expect(text).toContain("The former official checker counted 0 results, and there are 2.");
    expect(exitCode).toBe(3);
  });

  it("that break off are reported with the last line of the traceback", async () => {
    const breaks = 'raise KeyError("my-model")\n';
    const { text, exitCode } = await runCheck(freshTree(llamaAlone), standIn(breaks, formerPasses));
    expect(text).toContain("The official checker broke off: KeyError: 'my-model'");
    expect(exitCode).toBe(3);
  });

  it("that disagree on a result are named with it", async () => {
    const refuses = `say("NoResults " + folders[0] + "/performance/run_1/mlperf_log_detail.txt")
say("Results " + folders[1] + "/performance/run_1/mlperf_log_detail.txt 3")
say("Results=1, NoResults=1, Power Results=0")
say("SUMMARY: submission has errors")
sys.exit(1)
`;
    const { text, exitCode } = await runCheck(freshTree(llamaAlone), standIn(refuses, formerPasses));
    expect(text).toMatch(/The official checker refuses \S+Offline, and FlexBench passes it\./);
    expect(exitCode).toBe(3);
  });

  it("must be there", async () => {
    await expect(runCheck(freshTree(llamaAlone), workspace)).rejects.toMatchObject({
      code: "CHECKOUT_INCOMPLETE",
      exitCode: 2,
    });
  });

  const checkout = process.env.FLEXBENCH_INFERENCE_CHECKOUT;
  it.runIf(checkout !== undefined)("pass the made submission when they are the real ones", async () => {
    const root = freshTree({});
    const outcome = await checkSubmission(root);
    const verdicts = await officialVerdicts(root, outcome, { checkout: checkout ?? "", submitter: null });
    expect(verdicts.disagreements).toEqual([]);
    expect(verdicts.results.map(({ flexbench, present, former }) => [flexbench, present, former])).toEqual(
      Array.from({ length: 4 }, () => [true, true, true]),
    );
  });
});

describe("flexbench submission check", () => {
  it("prints problems under their file, and ends with 3", async () => {
    const { root } = mutated(officialMutations[0] as Mutation);
    let text = "";
    const process: { stdout: { write: (piece: string) => void }; exitCode?: number | string | null } = {
      stdout: {
        write: (piece) => {
          text += piece;
        },
      },
    };
    await checkCommandHandler({ folder: root }, process);
    expect(text).toContain("mlperf_log_detail.txt\n  performance-valid: result_validity is INVALID");
    expect(text).toContain("Round v6.1: 2 results, 1 problem.");
    expect(process.exitCode).toBe(3);
  });

  it("gives the same as JSON", async () => {
    let text = "";
    await checkCommandHandler(
      { folder: freshTree(llamaAlone), json: true },
      {
        stdout: {
          write: (piece) => {
            text += piece;
          },
        },
      },
    );
    expect(JSON.parse(text)).toMatchObject({
      schema: "flexbench.submission-check/1",
      round: "v6.1",
      results: [{ scenario: "Offline" }, { scenario: "Server" }],
      problems: [],
      official: null,
    });
  });

  it("refuses a folder that is not there", async () => {
    await expect(checkSubmission(join(workspace, "nowhere"))).rejects.toMatchObject({
      code: "SUBMISSION_MISSING",
    });
  });
});
