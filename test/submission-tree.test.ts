import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { UsageError } from "#src/errors.js";
import { checkSubmission } from "#src/mlperf/check/check-submission.js";
import { networkFields, systemFields } from "#src/mlperf/system/system-fields.js";
import { type AddOptions, addToSubmission } from "#src/mlperf/tree/add-to-submission.js";
import { type InitOptions, initSubmission } from "#src/mlperf/tree/init-submission.js";
import { packSubmission } from "#src/mlperf/tree/pack-submission.js";
import type { RunRecord } from "#src/results/record.js";
import { writeRecord } from "#src/results/store.js";
import { temporaryFolder } from "./child-script.ts";
import { accuracyLogText } from "./loadgen-text.ts";
import { sampleRecord } from "./sample-record.ts";
import { type MadeScenario, submissionTree } from "./submission-tree-fixture.ts";

const folder = temporaryFolder();
const cli = fileURLToPath(new URL("../dist/cli.js", import.meta.url));
let made = 0;
const fresh = (name: string): string => join(folder, `${name}-${made++}`);
const sha256 = (content: string | Buffer): string => createHash("sha256").update(content).digest("hex");

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

const texts = submissionTree({ benchmarks: ["llama3.1-8b"] });
const textOf = (scenario: MadeScenario, name: string): string =>
  texts.get(`closed/acme/results/h100x8/llama3.1-8b/${scenario}/${name}`) ?? "";
const wholeLog = (scenario: "Server" | "Offline"): string => accuracyLogText(12, 112, scenario);

const submission = { round: "v6.1", benchmark: "llama3.1-8b", fast: false, audit: null } as const;

/** A run of both tests as `flexbench run --submission` leaves it. */
async function writeRun(
  scenario: "Server" | "Offline" = "Server",
  changes: Partial<RunRecord> = {},
): Promise<string> {
  const run = fresh("run");
  for (const [from, to] of [
    ["performance/run_1/mlperf_log_detail.txt", "loadgen/mlperf_log_detail.txt"],
    ["performance/run_1/mlperf_log_summary.txt", "loadgen/mlperf_log_summary.txt"],
    ["accuracy/mlperf_log_detail.txt", "loadgen-accuracy/mlperf_log_detail.txt"],
    ["accuracy/mlperf_log_summary.txt", "loadgen-accuracy/mlperf_log_summary.txt"],
    ["accuracy/accuracy.txt", "accuracy.txt"],
    ["user.conf", "user.conf"],
  ] as const)
    write(join(run, to), textOf(scenario, from));
  write(join(run, "loadgen/mlperf_log_accuracy.json"), "[\n]\n");
  write(join(run, "loadgen-accuracy/mlperf_log_accuracy.json"), wholeLog(scenario));
  const config = {
    scenario: scenario.toLowerCase(),
    mode: "all",
    model: "meta-llama/Llama-3.1-8B-Instruct",
    tokenizer: "/models/llama3",
    dataset: "/data/cnn eval.json",
    column: { input: "input" },
  };
  await writeRecord(run, sampleRecord({ submission: { ...submission, scenario }, config, ...changes }));
  return run;
}

/** Audits as `flexbench compliance` leaves them. */
function writeAudits(scenario: "Server" | "Offline", changes: Record<string, unknown> = {}): string {
  const audits = fresh("audits");
  const files: Record<string, string> = {};
  for (const name of ["TEST06/verify_accuracy.txt", "TEST06/accuracy/mlperf_log_accuracy.json"]) {
    write(join(audits, name), textOf(scenario, name));
    files[name] = sha256(textOf(scenario, name));
  }
  const { server, system } = sampleRecord();
  const record = {
    schema: "flexbench.compliance/1",
    ...{ passed: true, round: "v6.1", benchmark: "llama3.1-8b", scenario, simulated: false },
    audits: [{ audit: "TEST06", passed: true, checks: [] }],
    ...{ server, system, files },
    ...changes,
  };
  write(join(audits, "compliance.json"), JSON.stringify(record));
  return audits;
}

function writeSystem(name: string, changes: Record<string, string | number> = {}): string {
  const text = texts.get("closed/acme/systems/h100x8.json") ?? "{}";
  const description = {
    ...(JSON.parse(text) as Record<string, string>),
    division: "",
    submitter: "",
    ...changes,
  };
  const file = join(fresh("systems"), `${name}.json`);
  write(file, JSON.stringify(description));
  return file;
}

const measurements = {
  weight_data_types: "bf16",
  starting_weights_filename: "meta-llama/Llama-3.1-8B-Instruct",
  weight_transformations: "none",
  retraining: "no",
  input_data_types: "int32",
};

async function newTree(options: Partial<InitOptions> = {}): Promise<string> {
  const root = fresh("tree");
  await initSubmission(root, {
    submitter: "acme",
    division: "closed",
    systemFile: writeSystem("h100x8"),
    calibration: "unquantised",
    ...options,
  });
  return root;
}

const add = (root: string, folders: readonly string[], options: AddOptions = {}) =>
  addToSubmission(root, folders, { measurements, ...options });

/** What a refusal says, as `rule @ last part of the file`. */
async function refusals(attempt: Promise<unknown>): Promise<string[]> {
  const error = await attempt.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof UsageError)) throw error ?? new Error("nothing was refused");
  return error.problems.map(
    ({ where, message }) => `${/\[([\w-]+)\]$/.exec(message)?.[1]} @ ${where.split("/").slice(-1)}`,
  );
}

function filesUnder(root: string): string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort();
}

describe("init", () => {
  it("makes the tree; a second call changes nothing and can add a system", async () => {
    const root = fresh("tree");
    const options: InitOptions = { submitter: "acme", division: "open", systemFile: writeSystem("small") };
    const { written, system } = await initSubmission(root, options);
    expect(system).toBe("small");
    expect(written).toEqual(
      filesUnder(root).sort((one, other) => written.indexOf(one) - written.indexOf(other)),
    );
    expect(filesUnder(root)).toEqual([
      "open/acme/documentation/calibration.md",
      "open/acme/model_mapping.json",
      "open/acme/src/README.md",
      "open/acme/systems/small.json",
    ]);
    const description = JSON.parse(
      readFileSync(join(root, "open/acme/systems/small.json"), "utf8"),
    ) as object;
    expect(description).toMatchObject({ division: "open", submitter: "acme", framework: "vLLM 0.11.0" });
    expect(readFileSync(join(root, "open/acme/src/README.md"), "utf8")).toContain("LoadGen\n6.0.17");
    writeFileSync(join(root, "open/acme/src/README.md"), "mine\n");
    expect((await initSubmission(root, options)).written).toEqual([]);
    const more = await initSubmission(root, { ...options, systemFile: writeSystem("large") });
    expect(more.written).toEqual(["open/acme/systems/large.json"]);
    expect(readFileSync(join(root, "open/acme/src/README.md"), "utf8")).toBe("mine\n");
  });

  it("names every open or wrong field of a system, asks a person for them, and takes answers", async () => {
    const systemFile = writeSystem("h100x8", { cooling: "", status: "soon", accelerators_per_node: 0 });
    const root = fresh("tree");
    const options: InitOptions = { submitter: "acme", division: "closed", systemFile };
    await expect(initSubmission(root, options)).rejects.toMatchObject({
      code: "SYSTEM_INCOMPLETE",
      problems: ["accelerators_per_node", "cooling", "status"].map((field) => ({
        where: `${systemFile}: ${field}`,
      })),
    });
    expect(existsSync(root)).toBe(false);
    await expect(initSubmission(root, { ...options, answers: { colour: "red" } })).rejects.toThrow(
      "--answer colour: is no field of a system",
    );
    await initSubmission(root, {
      ...options,
      answers: { status: "preview", accelerators_per_node: "0" },
      ask: async (question) => (question.startsWith("cooling") ? "air" : ""),
    });
    const description = JSON.parse(
      readFileSync(join(root, "closed/acme/systems/h100x8.json"), "utf8"),
    ) as object;
    expect(description).toMatchObject({ cooling: "air", status: "preview", accelerators_per_node: "0" });
  });

  it("asks 12 fields more in the network division", async () => {
    const systemFile = writeSystem("h100x8");
    const attempt = initSubmission(fresh("tree"), { submitter: "acme", division: "network", systemFile });
    const open = networkFields.map(({ name }) => name).filter((name) => name !== "is_network");
    await expect(attempt).rejects.toMatchObject({
      problems: open.map((name) => ({ where: `${systemFile}: ${name}` })),
    });
    const answers = Object.fromEntries(open.map((name) => [name, "1"]));
    const root = await newTree({ division: "network", answers });
    const description = JSON.parse(
      readFileSync(join(root, "network/acme/systems/h100x8.json"), "utf8"),
    ) as Record<string, string>;
    expect(description.is_network).toBe("true");
    expect(Object.keys(description)).toHaveLength(systemFields.length + networkFields.length);
  });

  it("refuses another submission's folder, foreign files, odd names and the wrong market", async () => {
    const root = await newTree();
    await expect(initSubmission(root, { submitter: "other", division: "open" })).rejects.toMatchObject({
      code: "SUBMISSION_OTHER",
      problems: [{ where: "--submitter" }, { where: "--division" }],
    });
    const taken = fresh("taken");
    write(join(taken, "notes.txt"), "mine");
    await expect(initSubmission(taken, { submitter: "acme", division: "open" })).rejects.toMatchObject({
      code: "SUBMISSION_FOLDER",
    });
    await expect(initSubmission(fresh("tree"), { submitter: "a b", division: "open" })).rejects.toMatchObject(
      {
        code: "SUBMISSION_NAME",
      },
    );
    await expect(newTree({ category: "edge" })).rejects.toThrow("is datacenter, but the tree is for edge");
    await expect(newTree({ calibration: join(folder, "none.md") })).rejects.toMatchObject({
      code: "CALIBRATION_UNREADABLE",
    });
  });
});

describe("add", () => {
  it("copies logs byte for byte, truncates the accuracy log on the copy alone, and keeps the whole one outside", async () => {
    const root = await newTree();
    const run = await writeRun();
    const before = new Map(filesUnder(run).map((file) => [file, sha256(readFileSync(join(run, file)))]));
    const { results, openDocuments } = await add(root, [run]);
    const path = "closed/acme/results/h100x8/llama3.1-8b/Server";
    expect(results.map((result) => result.path)).toEqual([path]);
    expect(openDocuments).toEqual([]);
    expect([...(results[0]?.files ?? [])].sort()).toEqual(filesUnder(join(root, path)));
    const copied = (name: string): Buffer => readFileSync(join(root, path, name));
    for (const [from, to] of [
      ["loadgen", "performance/run_1"],
      ["loadgen-accuracy", "accuracy"],
    ] as const)
      for (const name of ["mlperf_log_detail.txt", "mlperf_log_summary.txt"])
        expect(sha256(copied(`${to}/${name}`))).toBe(before.get(`${from}/${name}`));
    const log = wholeLog("Server");
    expect(copied("accuracy/mlperf_log_accuracy.json").toString()).toBe(
      `${log.slice(0, 4096)}\n\n...\n\n${log.slice(-4096)}`,
    );
    expect(copied("accuracy/accuracy.txt").toString()).toBe(textOf("Server", "accuracy/accuracy.txt"));
    expect(copied("accuracy/accuracy.txt").toString()).toContain(`hash=${sha256(log)}\n`);
    const kept = join(`${root}.flexbench`, "accuracy-logs", path, "accuracy/mlperf_log_accuracy.json");
    expect(readFileSync(kept, "utf8")).toBe(log);
    expect(JSON.parse(copied("measurements.json").toString())).toEqual(measurements);
    expect(copied("user.conf").toString()).toBe(textOf("Server", "user.conf"));
    for (const file of filesUnder(run)) expect(sha256(readFileSync(join(run, file)))).toBe(before.get(file));
  });

  it("writes a README whose command runs the result again, without places of the submitter's machine", async () => {
    const root = await newTree();
    const [result] = (await add(root, [await writeRun("Offline")])).results;
    const readme = readFileSync(join(root, result?.path ?? "", "README.md"), "utf8");
    expect(readme).toContain(`flexbench run \\
  --benchmark llama3.1-8b --scenario offline --submission \\
  --mode all \\
  --endpoint http://HOST:PORT \\
  --user-conf user.conf \\
  --model meta-llama/Llama-3.1-8B-Instruct \\
  --tokenizer llama3 \\
  --dataset 'cnn eval.json' \\
  --column input=input
`);
    expect(readme).toContain("flexbench compliance RUN");
  });

  it("asks for measurements once a benchmark, and names those that nobody answered", async () => {
    const root = await newTree();
    const given = { weight_data_types: "fp8", colour: "red" };
    const attempt = addToSubmission(root, [await writeRun()], { measurements: given });
    await expect(attempt).rejects.toMatchObject({
      code: "MEASUREMENTS_OPEN",
      problems: [
        { where: "colour" },
        { where: "starting_weights_filename" },
        { where: "weight_transformations" },
        { where: "retraining" },
        { where: "input_data_types" },
      ],
    });
    expect(existsSync(join(root, "closed/acme/results"))).toBe(false);
    await add(root, [await writeRun()]);
    const { results } = await addToSubmission(root, [await writeRun("Offline")]);
    const file = join(root, results[0]?.path ?? "", "measurements.json");
    expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(measurements);
  });

  it("completes an accuracy.txt that another evaluation printed", async () => {
    const run = await writeRun();
    const printed = textOf("Server", "accuracy/accuracy.txt").replace(/hash=.*\n/, "");
    writeFileSync(join(run, "accuracy.txt"), printed);
    const root = await newTree();
    const [result] = (await add(root, [run])).results;
    expect(readFileSync(join(root, result?.path ?? "", "accuracy/accuracy.txt"), "utf8")).toBe(
      `${printed}hash=${sha256(wholeLog("Server"))}\n`,
    );
    expect(readFileSync(join(run, "accuracy.txt"), "utf8")).toBe(printed);
  });

  it("takes performance and accuracy from two runs, and either in the place of another", async () => {
    const root = await newTree();
    const [performance, accuracy] = [await writeRun(), await writeRun()];
    rmSync(join(performance, "loadgen-accuracy"), { recursive: true });
    rmSync(join(accuracy, "loadgen"), { recursive: true });
    await add(root, [accuracy, performance]);
    await add(root, [performance]);
    const other = await writeRun();
    const detail = join(other, "loadgen/mlperf_log_detail.txt");
    writeFileSync(detail, readFileSync(detail, "utf8").replace("2026-11-20T10", "2026-11-21T10"));
    expect(await refusals(add(root, [other]))).toEqual(["result-taken @ mlperf_log_detail.txt"]);
    const { results } = await add(root, [other], { replace: true });
    const copy = join(root, results[0]?.path ?? "", "performance/run_1/mlperf_log_detail.txt");
    expect(readFileSync(copy, "utf8")).toBe(readFileSync(detail, "utf8"));
    expect(await refusals(add(root, [performance, other], { replace: true }))).toEqual([
      expect.stringMatching(/^one-run-a-test @ run-/),
    ]);
  });

  type Change = (run: string) => void;
  const edit =
    (file: string, from: string | RegExp, to: string): Change =>
    (run) => {
      const before = readFileSync(join(run, file), "utf8");
      const after = before.replace(from, to);
      expect(after).not.toBe(before);
      writeFileSync(join(run, file), after);
    };
  const remove =
    (file: string): Change =>
    (run) =>
      rmSync(join(run, file));
  const detail = "loadgen/mlperf_log_detail.txt";
  const unchanged: Change = () => undefined;

  it.each<[rule: string, file: string, changes: Partial<RunRecord>, change: Change]>([
    ["run-submission", "record.json", { submission: null }, unchanged],
    [
      "run-not-fast",
      "record.json",
      { submission: { ...submission, scenario: "Server", fast: true } },
      unchanged,
    ],
    [
      "run-round",
      "record.json",
      { submission: { ...submission, scenario: "Server", round: "v6.0" } },
      unchanged,
    ],
    [
      "run-no-audit",
      "record.json",
      { submission: { ...submission, scenario: "Server", audit: "TEST06" } },
      unchanged,
    ],
    [
      "run-benchmark",
      "record.json",
      { submission: { ...submission, scenario: "Server", benchmark: "bert" } },
      unchanged,
    ],
    ["run-real-server", "record.json", { simulated: true }, unchanged],
    ["run-valid", "record.json", { state: "invalid" }, unchanged],
    [
      "performance-valid",
      "mlperf_log_detail.txt",
      {},
      edit(detail, '"result_validity", "value": "VALID"', '"result_validity", "value": "INVALID"'),
    ],
    ["log-errors", "mlperf_log_detail.txt", {}, edit(detail, '"is_error": false', '"is_error": true')],
    [
      "log-errors",
      "mlperf_log_detail.txt",
      {},
      edit(`loadgen-accuracy/mlperf_log_detail.txt`, '"is_error": false', '"is_error": true'),
    ],
    ["log-round", "mlperf_log_detail.txt", {}, edit(detail, "6.0.17 @", "5.1.1 @")],
    [
      "log-seeds",
      "mlperf_log_detail.txt",
      {},
      edit(detail, /("effective_qsl_rng_seed", "value": )\d+/, "$17"),
    ],
    ["log-present", "mlperf_log_summary.txt", {}, remove("loadgen/mlperf_log_summary.txt")],
    ["log-present", "mlperf_log_accuracy.json", {}, remove("loadgen-accuracy/mlperf_log_accuracy.json")],
    ["user-conf", "user.conf", {}, remove("user.conf")],
    ["accuracy-scored", "accuracy.txt", {}, remove("accuracy.txt")],
    ["accuracy-hash", "accuracy.txt", {}, edit("accuracy.txt", /hash=\w{8}/, "hash=01234567")],
    [
      "accuracy-target",
      "accuracy.txt",
      {},
      edit("accuracy.txt", "'rouge1': '38.8017'", "'rouge1': '31.8017'"),
    ],
    ["accuracy-target", "accuracy.txt", {}, edit("accuracy.txt", "'rougeL'", "'rouge_l'")],
  ])("refuses a run for %s of its %s", async (rule, file, changes, change) => {
    const run = await writeRun("Server", changes);
    change(run);
    const root = await newTree();
    expect(await refusals(add(root, [run]))).toEqual([`${rule} @ ${file}`]);
    expect(existsSync(join(root, "closed/acme/results"))).toBe(false);
  });

  it("says everything that is wrong with all runs at once", async () => {
    const fast = await writeRun("Offline", {
      submission: { ...submission, scenario: "Offline", fast: true },
      simulated: true,
      state: "failed",
      reasons: [{ reason: "3 requests failed.", remedy: null }],
    });
    const low = await writeRun();
    edit("accuracy.txt", "38.8017", "8.8017")(low);
    const attempt = add(await newTree(), [fast, low]);
    await expect(attempt).rejects.toThrow("the state of the run is failed: 3 requests failed. [run-valid]");
    expect(await refusals(add(await newTree(), [fast, low]))).toEqual([
      "run-not-fast @ record.json",
      "run-real-server @ record.json",
      "run-valid @ record.json",
      "accuracy-target @ accuracy.txt",
    ]);
  });

  it("refuses a run of another system: server, client, framework, market", async () => {
    const root = await newTree();
    await add(root, [await writeRun()]);
    const { server, system } = sampleRecord();
    const newer = await writeRun("Offline", { server: { ...server, version: "0.11.1" } });
    expect((await refusals(add(root, [newer]))).map((text) => text.split(" ")[0])).toEqual([
      "same-system",
      "same-framework",
    ]);
    const elsewhere = await writeRun("Offline", { system: { ...system, cpu: "another" } });
    expect(await refusals(add(root, [elsewhere]))).toEqual([expect.stringMatching(/^same-system @ run-/)]);
    const edge = await writeRun("Offline", {
      submission: { ...submission, scenario: "Offline", benchmark: "llama3.1-8b-edge" },
    });
    expect(await refusals(add(root, [edge]))).toContain("system-suite @ h100x8.json");
  });

  it("wants to know which system, where there are several", async () => {
    const root = await newTree();
    await initSubmission(root, { submitter: "acme", division: "closed", systemFile: writeSystem("a100") });
    const run = await writeRun();
    await expect(add(root, [run])).rejects.toMatchObject({ code: "SYSTEM_UNCLEAR" });
    await expect(add(root, [run], { system: "b100" })).rejects.toThrow("the tree describes no b100");
    const { results } = await add(root, [run], { system: "a100" });
    expect(results[0]?.path).toBe("closed/acme/results/a100/llama3.1-8b/Server");
  });

  it("takes in the open division what misses the accuracy, under a name of its own", async () => {
    const root = await newTree({ division: "open" });
    const run = await writeRun();
    edit("accuracy.txt", "38.8017", "8.8017")(run);
    const { results } = await add(root, [run], { modelName: "llama3.1-8b-pruned" });
    expect(results[0]?.path).toBe("open/acme/results/h100x8/llama3.1-8b-pruned/Server");
    expect(JSON.parse(readFileSync(join(root, "open/acme/model_mapping.json"), "utf8"))).toEqual({
      "llama3.1-8b-pruned": "llama3.1-8b",
    });
    await expect(add(await newTree(), [run], { modelName: "mine" })).rejects.toMatchObject({
      code: "MODEL_NAME",
    });
  });

  it("takes audits as they were signed off, and none that failed or changed", async () => {
    const root = await newTree();
    const audits = writeAudits("Server");
    await add(root, [await writeRun(), audits]);
    const copied = join(root, "closed/acme/results/h100x8/llama3.1-8b/Server/TEST06");
    for (const file of filesUnder(join(audits, "TEST06")))
      expect(readFileSync(join(copied, file), "utf8")).toBe(
        readFileSync(join(audits, "TEST06", file), "utf8"),
      );
    const failed = writeAudits("Server", {
      audits: [
        { audit: "TEST06", passed: false, checks: [{ passed: false, finding: "2 answers end twice." }] },
      ],
    });
    await expect(add(root, [failed])).rejects.toThrow("TEST06 failed: 2 answers end twice. [audit-passed]");
    const changed = writeAudits("Server", { simulated: true });
    writeFileSync(join(changed, "TEST06/verify_accuracy.txt"), "EOS check pass: True\n");
    expect(await refusals(add(root, [changed]))).toEqual([
      expect.stringMatching(/^run-real-server/),
      "audit-files @ verify_accuracy.txt",
    ]);
  });

  it("truncates the answers of TEST09 and notes their hash", async () => {
    const audits = fresh("audits");
    const log = accuracyLogText(20, 1280, "Offline");
    const name = "TEST09/accuracy/mlperf_log_accuracy.json";
    write(join(audits, name), log);
    const whole = writeAudits("Offline", {
      benchmark: "gpt-oss-120b",
      audits: [{ audit: "TEST09", passed: true, checks: [] }],
      files: { [name]: sha256(log) },
    });
    cpSync(audits, whole, { recursive: true });
    const root = await newTree();
    const { results } = await add(root, [whole]);
    const copied = join(root, results[0]?.path ?? "", "TEST09/accuracy");
    expect(readFileSync(join(copied, "mlperf_log_accuracy.json"), "utf8")).toHaveLength(2 * 4096 + 7);
    expect(readFileSync(join(copied, "accuracy.txt"), "utf8")).toBe(`hash=${sha256(log)}\n`);
    const again = await add(root, [whole]);
    expect(again.results).toEqual(results);
    expect(readFileSync(join(copied, "accuracy.txt"), "utf8")).toBe(`hash=${sha256(log)}\n`);
    const otherLog = log.replace('"qsl_idx": ', '"qsl_idx":');
    write(join(whole, name), otherLog);
    const record = JSON.parse(readFileSync(join(whole, "compliance.json"), "utf8")) as object;
    write(join(whole, "compliance.json"), JSON.stringify({ ...record, files: { [name]: sha256(otherLog) } }));
    await add(root, [whole]);
    expect(readFileSync(join(copied, "accuracy.txt"), "utf8")).toBe(`hash=${sha256(otherLog)}\n`);
  });

  it("refuses folders that are no runs, and trees that are none", async () => {
    const root = await newTree();
    await expect(add(root, [folder, await writeRun()])).rejects.toMatchObject({ code: "RECORD_MISSING" });
    await expect(add(folder, [await writeRun()])).rejects.toMatchObject({ code: "SUBMISSION_UNKNOWN" });
  });
});

describe("pack", () => {
  async function fullTree(): Promise<string> {
    const root = await newTree();
    const folders = [
      await writeRun("Server"),
      writeAudits("Server"),
      await writeRun("Offline"),
      writeAudits("Offline"),
    ];
    await add(root, folders);
    return root;
  }

  it("packs a tree that passes the gate, the same bytes each time, without anything of FlexBench's own", async () => {
    const root = await fullTree();
    expect(await checkSubmission(root)).toMatchObject({ problems: [], results: { length: 2 } });
    const packed = await packSubmission(root);
    if (packed.archive === null) throw new Error("nothing was packed");
    expect(packed.archive).toBe(`${root}.tar.gz`);
    expect(packed.sha256).toBe(sha256(readFileSync(packed.archive)));
    const listed = execFileSync("tar", ["-tzf", packed.archive], { encoding: "utf8" }).trim().split("\n");
    expect(listed.filter((name) => !name.endsWith("/")).sort()).toEqual(filesUnder(root));
    const unpacked = fresh("unpacked");
    mkdirSync(unpacked);
    execFileSync("tar", ["-xzf", packed.archive, "-C", unpacked]);
    for (const file of filesUnder(root))
      expect(sha256(readFileSync(join(unpacked, file)))).toBe(sha256(readFileSync(join(root, file))));
    for (const file of filesUnder(unpacked)) utimesSync(join(unpacked, file), 1, 1);
    const again = await packSubmission(unpacked, { output: join(folder, "again.tar.gz") });
    expect(again).toMatchObject({ sha256: packed.sha256, files: packed.files, bytes: packed.bytes });
  });

  it("refuses a tree with problems, and one whose calibration is still a form", async () => {
    const root = await fullTree();
    const result = "closed/acme/results/h100x8/llama3.1-8b/Server";
    rmSync(join(root, result, "user.conf"));
    const outcome = await packSubmission(root);
    expect(outcome).toMatchObject({
      archive: null,
      problems: [{ file: `${result}/user.conf`, rule: "user-conf" }],
    });
    expect(existsSync(`${root}.tar.gz`)).toBe(false);
    const form = await newTree({ calibration: null });
    const folders = [
      await writeRun("Server"),
      writeAudits("Server"),
      await writeRun("Offline"),
      writeAudits("Offline"),
    ];
    const calibration = "closed/acme/documentation/calibration.md";
    expect((await add(form, folders)).openDocuments).toEqual([calibration]);
    expect(await packSubmission(form)).toMatchObject({
      archive: null,
      problems: [{ file: calibration, rule: "calibration-written" }],
    });
    await expect(
      packSubmission(await fullTree(), { output: join(folder, "none/here.tar.gz") }),
    ).rejects.toMatchObject({
      code: "ARCHIVE_NOT_WRITTEN",
    });
  });
});

describe("the command line", () => {
  const flexbench = (...words: string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [cli, "submission", ...words], {
      encoding: "utf8",
      cwd: folder,
    });
    return { status, stdout, stderr };
  };

  it("goes from nothing to an archive of the open division", async () => {
    const root = fresh("cli");
    const system = writeSystem("h100x8", { cooling: "" });
    const init = ["init", root, "--submitter", "acme", "--division", "open", "--system", system];
    expect(flexbench(...init)).toMatchObject({
      status: 2,
      stdout: "",
      stderr: expect.stringContaining("cooling"),
    });
    expect(flexbench(...init, "--answer", "cooling=air")).toMatchObject({
      status: 0,
      stdout: expect.stringContaining("open/acme/systems/h100x8.json\n"),
    });
    const answers = Object.entries(measurements).flatMap(([name, value]) => ["--answer", `${name}=${value}`]);
    const added = flexbench("add", root, await writeRun("Offline"), ...answers);
    expect(added).toMatchObject({ status: 0, stderr: "" });
    expect(added.stdout).toMatch(
      /^open\/acme\/results\/h100x8\/llama3\.1-8b\/Offline\n {2}performance\/run_1\//,
    );
    expect(flexbench("add", root, await writeRun("Server", { simulated: true }))).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("[run-real-server]"),
    });
    const packed = flexbench("pack", root);
    expect(packed).toMatchObject({ status: 0, stderr: "" });
    expect(packed.stdout).toMatch(/\.tar\.gz: 1 results?, \d+ files, \d+ bytes\nsha256 [0-9a-f]{64}\n$/);
    writeFileSync(join(root, "notes.txt"), "mine");
    expect(flexbench("pack", root)).toMatchObject({
      status: 3,
      stdout: "",
      stderr: expect.stringContaining("root-files"),
    });
    expect(flexbench()).toMatchObject({ status: 2, stderr: expect.stringContaining("an action is needed") });
  });
});
