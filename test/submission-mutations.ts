import {
  appendFileSync,
  cpSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { answerLine, detailText, line } from "./loadgen-text.ts";
import { type MadeTree, madeSystem } from "./submission-tree-fixture.ts";

/** Edits a made tree; paths are from its submitter's folder. */
export class TreeEditor {
  readonly root: string;
  readonly #base: string;

  constructor(root: string, base: string) {
    this.root = root;
    this.#base = base;
  }

  at(path: string): string {
    return join(this.root, this.#base, path);
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(this.at(path)), { recursive: true });
    writeFileSync(this.at(path), text);
  }

  append(path: string, text: string): void {
    appendFileSync(this.at(path), text);
  }

  remove(path: string): void {
    rmSync(this.at(path), { recursive: true });
  }

  move(path: string, to: string): void {
    renameSync(this.at(path), this.at(to));
  }

  copy(path: string, to: string): void {
    cpSync(this.at(path), this.at(to), { recursive: true });
  }

  edit(path: string, from: string | RegExp, to: string): void {
    const text = readFileSync(this.at(path), "utf8");
    const edited = text.replace(from, to);
    if (edited === text) throw new Error(`${path} does not hold ${from}`);
    writeFileSync(this.at(path), edited);
  }

  /** Gives an entry of a detail log another value. */
  set(path: string, key: string, raw: string): void {
    this.edit(
      path,
      new RegExp(`("key": "${key.replaceAll(".", "\\.")}", "value": ).*?(, "time_ms")`),
      `$1${raw}$2`,
    );
  }

  json(path: string, change: Record<string, unknown>): void {
    const value = { ...JSON.parse(readFileSync(this.at(path), "utf8")), ...change };
    writeFileSync(this.at(path), JSON.stringify(value));
  }
}

/** One way to break a passing submission. */
export interface Mutation {
  what: string;
  /** Of loadgen.md's list, or of our own. */
  made?: MadeTree;
  change: (tree: TreeEditor) => void;
  /** Everything that the gate must say, as `rule file`; nothing where the rules allow it. */
  found: readonly string[];
}

const system = `systems/${madeSystem}.json`;
const llama = `results/${madeSystem}/llama3.1-8b`;
const oss = `results/${madeSystem}/gpt-oss-120b`;
const server = `${llama}/Server`;
const offline = `${llama}/Offline`;
const interactive = `${llama}/Interactive`;
const performanceLog = "performance/run_1/mlperf_log_detail.txt";
const performanceSummary = "performance/run_1/mlperf_log_summary.txt";
const accuracyLog = "accuracy/mlperf_log_detail.txt";
const answers = "accuracy/mlperf_log_accuracy.json";
const p99Ttft = "result_first_token_99.00_percentile_latency_ns";
const gptOss: MadeTree = { benchmarks: ["gpt-oss-120b"] };
const errorLine = detailText([line("error_runtime", "sample lost", "error")]);

/** What the official checkers' table of mutations has (with our limits, as the made benchmark is llama3.1-8b). */
export const officialMutations: readonly Mutation[] = [
  {
    what: "performance test INVALID",
    change: (tree) => {
      tree.set(`${server}/${performanceLog}`, "result_validity", '"INVALID"');
      tree.edit(`${server}/${performanceSummary}`, "Result is : VALID", "Result is : INVALID");
    },
    found: [`performance-valid ${server}/${performanceLog}`],
  },
  {
    what: "error line in the performance log",
    change: (tree) => tree.append(`${server}/${performanceLog}`, errorLine),
    found: [`log-errors ${server}/${performanceLog}`],
  },
  {
    what: "error line in the accuracy log",
    change: (tree) => tree.append(`${server}/${accuracyLog}`, errorLine),
    found: [`log-errors ${server}/${accuracyLog}`],
  },
  {
    what: "Interactive with a TTFT that only Server allows",
    made: { benchmarks: ["llama3.1-8b"], scenarios: ["Interactive", "Offline"] },
    change: (tree) => tree.set(`${interactive}/${performanceLog}`, p99Ttft, "1500000000"),
    found: [`latency-limits ${interactive}/${performanceLog}`],
  },
  {
    what: "summaries missing",
    change: (tree) => {
      tree.remove(`${server}/${performanceSummary}`);
      tree.remove(`${server}/accuracy/mlperf_log_summary.txt`);
    },
    found: [
      `result-files ${server}/accuracy/mlperf_log_summary.txt`,
      `result-files ${server}/${performanceSummary}`,
    ],
  },
  {
    what: "no hash",
    change: (tree) => tree.edit(`${server}/accuracy/accuracy.txt`, /^hash=.*\n/m, ""),
    found: [`accuracy-hash ${server}/accuracy/accuracy.txt`],
  },
  {
    what: "accuracy log not truncated",
    change: (tree) => tree.append(`${server}/${answers}`, " ".repeat(4096)),
    found: [`accuracy-truncated ${server}/${answers}`],
  },
  {
    what: "README.md empty",
    change: (tree) => tree.write(`${server}/README.md`, ""),
    found: [`readme ${server}/README.md`],
  },
  {
    what: "no user.conf",
    change: (tree) => tree.remove(`${server}/user.conf`),
    found: [`user-conf ${server}/user.conf`],
  },
  { what: "no src", change: (tree) => tree.remove("src"), found: ["source-present src"] },
  {
    what: "another seed",
    change: (tree) =>
      tree.set(`${server}/${performanceLog}`, "effective_schedule_rng_seed", "16159082839903944937"),
    found: [`seeds ${server}/${performanceLog}`],
  },
  {
    what: "least duration below 600 s",
    change: (tree) => tree.set(`${server}/${performanceLog}`, "effective_min_duration_ms", "120000"),
    found: [`min-duration ${server}/${performanceLog}`],
  },
  {
    what: "rougeL too low",
    change: (tree) => tree.edit(`${server}/accuracy/accuracy.txt`, "24.5071", "24.2506"),
    found: [`accuracy-floor ${server}/accuracy/accuracy.txt`],
  },
  {
    what: "outputs too long",
    change: (tree) => tree.edit(`${server}/accuracy/accuracy.txt`, "8172304", "8984409"),
    found: [`accuracy-ceiling ${server}/accuracy/accuracy.txt`],
  },
  {
    what: "nan in a log",
    change: (tree) => tree.set(`${server}/${performanceLog}`, "result_completed_tokens_per_second", "-nan"),
    found: [`log-readable ${server}/${performanceLog}`, `result-figure ${server}/${performanceLog}`],
  },
  {
    what: "no calibration.md",
    change: (tree) => tree.remove("documentation"),
    found: ["calibration-present documentation/calibration.md"],
  },
  {
    what: "an empty folder",
    change: (tree) => mkdirSync(tree.at("src/empty")),
    found: ["no-empty-folders src/empty"],
  },
  {
    what: "odd file names",
    change: (tree) => {
      tree.write("src/.hidden", "x");
      tree.write("src/two words.txt", "x");
    },
    found: ["plain-names src/.hidden", "plain-names src/two words.txt"],
  },
  {
    what: "a file that does not belong beside the logs",
    change: (tree) => tree.write(`${server}/accuracy/notes.txt`, "x"),
    found: [`result-files ${server}/accuracy/notes.txt`],
  },
  {
    what: "TEST06 missing",
    change: (tree) => tree.remove(`${server}/TEST06`),
    found: [`audits-present ${server}/TEST06`],
  },
  {
    what: "TEST06 with its verdict alone",
    change: (tree) => tree.remove(`${server}/TEST06/accuracy`),
    found: [`audit-files ${server}/TEST06/${answers}`],
  },
  {
    what: "Interactive in place of Server",
    made: { benchmarks: ["llama3.1-8b"], scenarios: ["Interactive", "Offline"] },
    change: () => undefined,
    found: [],
  },
  {
    what: "neither Server nor Interactive",
    change: (tree) => tree.remove(server),
    found: [`scenarios-complete ${llama}`],
  },
  {
    what: "open: accuracy low, Offline alone, no audit, a model of another name",
    made: { benchmarks: ["llama3.1-8b"], division: "open" },
    change: (tree) => {
      tree.remove(server);
      tree.edit(`${offline}/accuracy/accuracy.txt`, "24.5071", "11.2");
      tree.remove(`${offline}/TEST06`);
      tree.remove("documentation");
      tree.move(llama, `results/${madeSystem}/my-model`);
      tree.write("model_mapping.json", '{"my-model": "llama3.1-8b"}');
    },
    found: [],
  },
  {
    what: "open: TTFT of Server above its limit",
    made: { benchmarks: ["llama3.1-8b"], division: "open" },
    change: (tree) => tree.set(`${server}/${performanceLog}`, p99Ttft, "2000000000"),
    found: [`latency-limits ${server}/${performanceLog}`],
  },
  {
    what: "unknown benchmark in the closed division",
    change: (tree) => tree.move(llama, `results/${madeSystem}/my-model`),
    found: [`benchmark-known results/${madeSystem}/my-model`],
  },
  {
    what: "one detail log missing",
    change: (tree) => tree.remove(`${server}/${accuracyLog}`),
    found: [`result-files ${server}/${accuracyLog}`],
  },
  {
    what: "both detail logs missing",
    change: (tree) => {
      tree.remove(`${server}/${accuracyLog}`);
      tree.remove(`${server}/${performanceLog}`);
    },
    found: [`result-files ${server}/${accuracyLog}`, `result-files ${server}/${performanceLog}`],
  },
  {
    what: "performance set too small",
    change: (tree) => tree.set(`${server}/${performanceLog}`, "effective_performance_sample_count", "13367"),
    found: [`performance-samples ${server}/${performanceLog}`],
  },
  {
    what: "early stopping not met",
    change: (tree) => tree.set(`${server}/${performanceLog}`, "early_stopping_met", "false"),
    found: [`early-stopping ${server}/${performanceLog}`],
  },
  {
    what: "no token latencies",
    change: (tree) => tree.set(`${offline}/${performanceLog}`, "requested_use_token_latencies", "false"),
    found: [`token-mode ${offline}/${performanceLog}`],
  },
  {
    what: "Offline query too small",
    change: (tree) => tree.set(`${offline}/${performanceLog}`, "effective_samples_per_query", "13367"),
    found: [`offline-samples ${offline}/${performanceLog}`],
  },
];

/** Mutations of our own. */
export const ownMutations: readonly Mutation[] = [
  {
    what: "LoadGen of another round",
    change: (tree) => {
      for (const log of [performanceLog, accuracyLog])
        tree.set(`${server}/${log}`, "loadgen_version", '"5.1.0 @ abc"');
    },
    found: [`loadgen-version ${server}/${performanceLog}`, `loadgen-version ${server}/${accuracyLog}`],
  },
  {
    what: "system description that is no JSON",
    change: (tree) => tree.edit(system, "{", "{,"),
    found: [`system-json ${system}`],
  },
  {
    what: "results of a system that is not described",
    change: (tree) => tree.remove(system),
    found: ["no-empty-folders systems", `system-json ${system}`],
  },
  {
    what: "field of the system empty, another missing",
    change: (tree) => {
      tree.json(system, { cooling: "" });
      tree.edit(system, /"hw_notes":"",/, "");
    },
    found: [`system-fields ${system}`, `system-fields ${system}`],
  },
  {
    what: "no accelerators as a number",
    change: (tree) => tree.json(system, { accelerators_per_node: 0 }),
    found: [`system-fields ${system}`],
  },
  {
    what: "text field of the system that is a number",
    change: (tree) => tree.json(system, { framework: 11 }),
    found: [`system-text ${system}`],
  },
  {
    what: "status that is none",
    change: (tree) => tree.json(system, { status: "soon" }),
    found: [`system-status ${system}`],
  },
  {
    what: "system type with a blank",
    change: (tree) => tree.json(system, { system_type: "datacenter, edge" }),
    found: [`system-type ${system}`],
  },
  {
    what: "benchmark of another suite",
    change: (tree) => tree.json(system, { system_type: "edge" }),
    found: [`benchmark-suite ${llama}`],
  },
  {
    what: "another submitter",
    change: (tree) => tree.json(system, { submitter: "Other" }),
    found: [`system-submitter ${system}`],
  },
  {
    what: "another division",
    change: (tree) => tree.json(system, { division: "open" }),
    found: [`system-division ${system}`],
  },
  {
    what: "nodes that are no number",
    change: (tree) => tree.json(system, { number_of_nodes: "two" }),
    found: [`system-numbers ${system}`],
  },
  {
    what: "is_network false in the closed division, which asks for all network fields",
    change: (tree) => tree.json(system, { is_network: "false" }),
    found: Array.from({ length: 12 }, () => `system-network ${system}`),
  },
  {
    what: "network division without Network SUT in the name",
    made: { benchmarks: ["llama3.1-8b"], division: "network" },
    change: (tree) => {
      for (const log of [performanceLog, accuracyLog])
        tree.set(`${server}/${log}`, "sut_name", '"FlexBench"');
    },
    found: [`network-name ${server}/${performanceLog}`],
  },
  {
    what: "described system without results",
    change: (tree) => tree.write("systems/other.json", "{}"),
    found: ["system-has-results systems/other.json"],
  },
  {
    what: "measurements.json that is no JSON",
    change: (tree) => tree.write(`${server}/measurements.json`, "[]"),
    found: [`measurements-json ${server}/measurements.json`],
  },
  {
    what: "measurement without its value",
    change: (tree) => tree.json(`${server}/measurements.json`, { retraining: "" }),
    found: [`measurements-fields ${server}/measurements.json`],
  },
  {
    what: "model mapping that is no JSON",
    made: { benchmarks: ["llama3.1-8b"], division: "open" },
    change: (tree) => tree.write("model_mapping.json", "my-model: llama3.1-8b"),
    found: ["model-mapping model_mapping.json"],
  },
  {
    what: "scenario in small letters",
    change: (tree) => tree.move(server, `${llama}/server`),
    found: [`scenario-known ${llama}/server`, `scenarios-complete ${llama}`],
  },
  {
    what: "Offline missing",
    change: (tree) => tree.remove(offline),
    found: [`scenarios-complete ${offline}`],
  },
  {
    what: "folder with a slip in its name",
    change: (tree) => tree.write(`${server}/TEST6/verify_accuracy.txt`, "x"),
    found: [`result-files ${server}/TEST6`],
  },
  {
    what: "benchmark of an earlier round",
    change: (tree) => tree.move(llama, `results/${madeSystem}/llama3.1-405b`),
    found: [`benchmark-known results/${madeSystem}/llama3.1-405b`],
  },
  {
    what: "benchmark under its key of mlperf.conf",
    change: (tree) => tree.move(llama, `results/${madeSystem}/llama3_1-8b`),
    found: [`benchmark-known results/${madeSystem}/llama3_1-8b`],
  },
  {
    what: "user.conf that LoadGen drops",
    change: (tree) => tree.write(`${server}/user.conf`, "llama3_1-8b.Server.target_qps = 20 # per second\n"),
    found: [`user-conf-read ${server}/user.conf`],
  },
  {
    what: "user.conf under a name that LoadGen does not know",
    change: (tree) => tree.write(`${server}/user.conf`, "llama3.1-8b.Server.target_qps = 20\n"),
    found: [`user-conf-read ${server}/user.conf`],
  },
  {
    what: "log of another scenario",
    change: (tree) => tree.set(`${offline}/${accuracyLog}`, "effective_scenario", '"Server"'),
    found: [`scenario-of-log ${offline}/${accuracyLog}`],
  },
  {
    what: "accuracy test that was a performance test",
    change: (tree) => tree.set(`${server}/${accuracyLog}`, "effective_test_mode", '"PerformanceOnly"'),
    found: [`test-mode ${server}/${accuracyLog}`],
  },
  {
    what: "audit.config in force in a result",
    change: (tree) =>
      tree.append(
        `${server}/${performanceLog}`,
        detailText([line("warning_generic_message", "Found Audit Config file (audit.config).", "warning")]),
      ),
    found: [`no-audit-in-result ${server}/${performanceLog}`],
  },
  {
    what: "summary that tells errors",
    change: (tree) =>
      tree.edit(
        `${server}/accuracy/mlperf_log_summary.txt`,
        "No errors encountered during test.",
        "3 ERRORS encountered. See detailed log.",
      ),
    found: [`summary-errors ${server}/accuracy/mlperf_log_summary.txt`],
  },
  {
    what: "summary of another verdict",
    change: (tree) =>
      tree.edit(`${server}/${performanceSummary}`, "Result is : VALID", "Result is : INVALID"),
    found: [`summary-agrees ${server}/${performanceSummary}`],
  },
  {
    what: "tests through different clients",
    change: (tree) => tree.set(`${server}/${accuracyLog}`, "sut_name", '"another client"'),
    found: [`tests-of-one-client ${server}/${accuracyLog}`],
  },
  {
    what: "one log for two results",
    made: { benchmarks: ["llama3.1-8b"], scenarios: ["Server", "Interactive", "Offline"] },
    change: (tree) => {
      // The tighter limits of Interactive hold in Server as well.
      tree.copy(interactive, server);
      tree.write(`${server}/user.conf`, "llama3_1-8b.Server.target_qps = 18\n");
    },
    found: [`logs-distinct ${interactive}/${performanceLog}`, `logs-distinct ${interactive}/${accuracyLog}`],
  },
  {
    what: "least duration not reached",
    change: (tree) => tree.set(`${server}/${performanceLog}`, "result_min_duration_met", "false"),
    found: [`minimums-met ${server}/${performanceLog}`],
  },
  {
    what: "TPOT at its limit",
    change: (tree) =>
      tree.set(
        `${server}/${performanceLog}`,
        "result_time_per_output_token_99.00_percentile_ns",
        "100000000",
      ),
    found: [`latency-limits ${server}/${performanceLog}`],
  },
  {
    what: "LoadGen told looser limits",
    change: (tree) => tree.set(`${server}/${performanceLog}`, "requested_server_ttft_latency", "2500000000"),
    found: [`limits-told ${server}/${performanceLog}`],
  },
  {
    what: "another percentile",
    change: (tree) => tree.set(`${server}/${performanceLog}`, "effective_target_latency_percentile", "0.9"),
    found: [`percentile ${server}/${performanceLog}`],
  },
  {
    what: "no equal issue",
    change: (tree) =>
      tree.set(`${offline}/${performanceLog}`, "effective_sample_concatenate_permutation", "false"),
    found: [`equal-issue ${offline}/${performanceLog}`],
  },
  {
    what: "accuracy test of a part of the set",
    change: (tree) => tree.set(`${server}/${accuracyLog}`, "effective_accuracy_sample_count", "13367"),
    found: [`accuracy-samples ${server}/${accuracyLog}`],
  },
  {
    what: "accuracy test that was cut off",
    change: (tree) => tree.set(`${server}/${accuracyLog}`, "generated_query_count", "12000"),
    found: [`accuracy-complete ${server}/${accuracyLog}`],
  },
  {
    what: "figures printed by numpy 2",
    change: (tree) => tree.edit(`${server}/accuracy/accuracy.txt`, "8172304", "np.int64(8172304)"),
    found: [`accuracy-figures ${server}/accuracy/accuracy.txt`],
  },
  {
    what: "figure missing",
    change: (tree) => tree.edit(`${server}/accuracy/accuracy.txt`, "'rouge2': '15.9512', ", ""),
    found: [`accuracy-figures ${server}/accuracy/accuracy.txt`],
  },
  {
    what: "hash of another log",
    change: (tree) => tree.write(`${server}/${answers}`, `[\n${answerLine(0, 0, [1, 2, 3], "Server")}\n]\n`),
    found: [`accuracy-hash ${server}/accuracy/accuracy.txt`, `output-length ${server}/${performanceLog}`],
  },
  {
    what: "accuracy log cut in another way",
    change: (tree) => tree.edit(`${server}/${answers}`, "\n\n...\n\n", "\n"),
    found: [`accuracy-truncated ${server}/${answers}`],
  },
  {
    what: "answers as 8-byte ids",
    change: (tree) => tree.edit(`${server}/${answers}`, '"token_count" : 112', '"token_count" : 056'),
    found: [`payload-form ${server}/${answers}`],
  },
  {
    what: "performance outputs shorter than accuracy outputs",
    change: (tree) => tree.set(`${server}/${performanceLog}`, "result_completed_tokens_per_second", "990"),
    found: [`output-length ${server}/${performanceLog}`],
  },
  {
    what: "audit that failed",
    change: (tree) =>
      tree.edit(`${server}/TEST06/verify_accuracy.txt`, "EOS check pass: True", "EOS check pass: False"),
    found: [`audit-verdict ${server}/TEST06/verify_accuracy.txt`],
  },
  {
    what: "audit log with two end tokens, of which the official verifier knows none",
    change: (tree) =>
      tree.write(
        `${offline}/TEST06/${answers}`,
        `[\n${Array.from({ length: 100 }, (_, index) => answerLine(index, index, [5, 6, 128_009, 128_001], "Offline")).join(",\n")}\n]\n`,
      ),
    found: [`audit-recomputed ${offline}/TEST06/${answers}`],
  },
  {
    what: "TEST07 below its score",
    made: gptOss,
    change: (tree) =>
      tree.edit(
        `${oss}/Server/TEST07/verify_accuracy.txt`,
        "Accuracy score: 64.21",
        "Accuracy score: 60.697",
      ),
    found: [`audit-figures ${oss}/Server/TEST07/verify_accuracy.txt`],
  },
  {
    what: "TEST07 without the verdict's last line",
    made: gptOss,
    change: (tree) => tree.edit(`${oss}/Server/TEST07/verify_accuracy.txt`, "TEST PASS", "TEST FAIL"),
    found: [`audit-verdict ${oss}/Server/TEST07/verify_accuracy.txt`],
  },
  {
    what: "TEST09 whose logs say another length than its verdict",
    made: gptOss,
    change: (tree) =>
      tree.set(`${oss}/Offline/TEST09/${performanceLog}`, "result_tokens_per_second", "11880"),
    found: [
      `audit-figures ${oss}/Offline/TEST09/verify_output_len.txt`,
      `audit-figures ${oss}/Offline/TEST09/verify_output_len.txt`,
    ],
  },
  {
    what: "TEST07 without the audit's settings",
    made: gptOss,
    change: (tree) =>
      tree.set(`${oss}/Server/TEST07/${performanceLog}`, "effective_performance_issue_unique", "false"),
    found: [`audit-settings ${oss}/Server/TEST07/${performanceLog}`],
  },
  {
    what: "TEST09 without the hash of its log",
    made: gptOss,
    change: (tree) => tree.remove(`${oss}/Server/TEST09/accuracy/accuracy.txt`),
    found: [`audit-hash ${oss}/Server/TEST09/accuracy/accuracy.txt`],
  },
  {
    what: "TEST07 without its logs",
    made: gptOss,
    change: (tree) => tree.remove(`${oss}/Server/TEST07/performance`),
    found: [
      `audit-files ${oss}/Server/TEST07/${performanceLog}`,
      `audit-files ${oss}/Server/TEST07/${performanceSummary}`,
    ],
  },
  {
    what: "Offline of gpt-oss-120b with the samples that LoadGen takes by itself",
    made: gptOss,
    change: (tree) => tree.set(`${oss}/Offline/${performanceLog}`, "effective_samples_per_query", "660"),
    found: [`offline-samples ${oss}/Offline/${performanceLog}`],
  },
  {
    what: "symbolic link",
    change: (tree) => symlinkSync("README.md", tree.at("src/link.md")),
    found: ["no-links src/link.md"],
  },
  {
    what: "file larger than 50 MiB",
    change: (tree) => {
      tree.write("src/large.bin", "x");
      truncateSync(tree.at("src/large.bin"), 50 * 1024 * 1024 + 1);
    },
    found: ["file-size src/large.bin"],
  },
  {
    what: "file at the root, and one beside the submitters",
    change: (tree) => {
      writeFileSync(join(tree.root, "notes.txt"), "x");
      writeFileSync(join(tree.root, "closed/notes.md"), "x");
    },
    found: ["root-files ../../notes.txt", "division-files ../notes.md"],
  },
  {
    what: "folder at the root that is no division",
    change: (tree) => mkdirSync(join(tree.root, "Closed")),
    found: ["root-folders ../../Closed"],
  },
  {
    what: "no results at all",
    change: (tree) => {
      tree.remove("results");
      tree.remove(system);
      tree.remove("systems");
    },
    found: ["results-present ../.."],
  },
  {
    what: "result of no tokens",
    change: (tree) => tree.set(`${offline}/${performanceLog}`, "result_tokens_per_second", "0"),
    found: [`output-length ${offline}/${performanceLog}`, `result-figure ${offline}/${performanceLog}`],
  },
];
