import { basename } from "node:path";
import { kebabCase } from "../../config/run-options.ts";
import type { RunRecord } from "../../results/record.ts";
import type { BenchmarkRules, SubmissionScenario } from "../benchmark-rules.ts";
import { currentRound } from "../round.ts";
import type { SystemDescription } from "../system/system-fields.ts";
import { softwareName } from "./tree-documents.ts";

/** What the README of a result is made from. */
export interface ResultFacts {
  rules: BenchmarkRules;
  scenario: SubmissionScenario;
  systemName: string;
  system: Readonly<SystemDescription>;
  /** The runs of its tests: one of both, or one each. */
  records: readonly RunRecord[];
}

/** Options that make a run again; all else follows from the benchmark, or is about the surroundings. */
const repeated = [
  "model",
  "api",
  "tokenizer",
  "dataset",
  "datasetOption",
  "datasetRevision",
  "column",
  "promptTemplate",
  "metric",
  "metricCommand",
] as const;

const scenarioFlags: Readonly<Record<SubmissionScenario, string>> = {
  Offline: "offline",
  Server: "server",
  Interactive: "interactive",
  SingleStream: "single-stream",
};

/** The README of a result: what was run, and the commands that run it again. */
export function resultReadme({ rules, scenario, systemName, system, records }: ResultFacts): string {
  const [first] = records;
  const software = first === undefined ? "" : ` ${softwareName(first.flexbench)}`;
  const audits = rules.audits.length === 0 ? [] : [auditSection(rules, scenario)];
  return `${[
    `# ${rules.name}, ${scenario}, ${systemName}`,
    `MLPerf Inference ${currentRound.name}, measured by FlexBench${software} with MLPerf LoadGen ${currentRound.loadgenVersion}. How to install it stands in \`src/README.md\`.`,
    `## Server\n\n${serverText(system)}`,
    `## Data\n\n- Performance: ${rules.performanceSet}\n- Accuracy: ${rules.accuracySet ?? "the same"}`,
    `## Tests\n\nWith the address of the server for \`HOST:PORT\`, in this folder:\n\n${records.map((record) => fenced(runAgain(record, rules, scenario))).join("\n\n")}`,
    ...audits,
  ].join("\n\n")}\n`;
}

function serverText(system: Readonly<SystemDescription>): string {
  const framework = `${system.framework} on ${system.system_name}.`;
  const command = String(system.sw_notes ?? "");
  return command === "" ? framework : `${framework}\n\n${fenced(command)}`;
}

function auditSection({ name, audits }: BenchmarkRules, scenario: SubmissionScenario): string {
  const command = `flexbench compliance RUN   # ${audits.join(", ")} of ${name}, ${scenario}; RUN is the folder of the run above`;
  return `## Audits\n\n${fenced(command)}`;
}

/** The command that makes a run again against a server of the reader's; files of the machine stand by their names. */
function runAgain({ config }: RunRecord, { name }: BenchmarkRules, scenario: SubmissionScenario): string {
  const options = [
    `--benchmark ${name} --scenario ${scenarioFlags[scenario]} --submission`,
    `--mode ${config.mode ?? "all"}`,
    "--endpoint http://HOST:PORT",
    "--user-conf user.conf",
    ...repeated.flatMap((key) => optionTexts(key, config[key])),
  ];
  return ["flexbench run", ...options].join(" \\\n  ");
}

function optionTexts(key: string, value: unknown): string[] {
  if (value === null || value === undefined || value === "") return [];
  const texts =
    typeof value === "object"
      ? Object.entries(value).map(([name, part]) => `${name}=${fileName(part)}`)
      : [fileName(value)];
  return texts.map((text) => `--${kebabCase(key)} ${quoted(text)}`);
}

/** Where a file lies on the submitter's machine says nothing to others. */
function fileName(value: unknown): string {
  const text = String(value);
  return /^(\/|\.{1,2}\/|~\/)/.test(text) ? basename(text) : text;
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

function fenced(text: string): string {
  return `\`\`\`\n${text}\n\`\`\``;
}
