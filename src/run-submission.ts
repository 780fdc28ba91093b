import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RunConfig } from "./config/run-config.ts";
import type { Dataset, Sample } from "./dataset/define-dataset.ts";
import { loadRunDataset } from "./dataset/load-run-dataset.ts";
import { UsageError } from "./errors.ts";
import { confKeyOf } from "./mlperf/benchmark-rules.ts";
import { probePrefixCaching } from "./mlperf/prefix-caching.ts";
import { type Preflight, preflight, type ServerFacts } from "./mlperf/preflight.ts";
import { longestPromptTokens } from "./mlperf/prompt-lengths.ts";
import { currentRound } from "./mlperf/round.ts";
import type { SubmissionOverrides } from "./mlperf/submission-options.ts";
import { planSubmission, type SubmissionPlan, withConfKey } from "./mlperf/submission-run.ts";
import { loadModel } from "./model/load-model.ts";
import type { SubmissionReport } from "./results/record.ts";
import { type RunFolder, runFiles } from "./results/store.ts";
import type { RunListener } from "./run-events.ts";
import type { RunTarget } from "./run-target.ts";
import { resolveAccess } from "./server/endpoint-client.ts";
import { planSettings } from "./sut/plan-settings.ts";
import type { Tokenizer } from "./tokenizer/tokenizer.ts";
import { connectionLimit } from "./transport/connection-limits.ts";

/** A run as it is made, and as its record tells it. */
export interface PlannedRun {
  config: RunConfig;
  recordedConfig: RunConfig;
  submission: { plan: SubmissionPlan; report: SubmissionReport } | null;
}

/**
 * Brings the benchmark of a run into LoadGen's form, and with `--submission` sets its rules and writes the user.conf into
 * the run's folder. Throws UsageError with every option that breaks a rule.
 */
export async function planRun(
  given: RunConfig,
  folder: RunFolder,
  overrides: SubmissionOverrides,
): Promise<PlannedRun> {
  if (!given.submission) {
    const config = withConfKey(given, overrides);
    return { config, recordedConfig: config, submission: null };
  }
  const userConf = join(folder.workPath, runFiles.userConf);
  const plan = planSubmission(given, userConf, overrides);
  await writeFile(userConf, plan.userConf);
  const { config, rules, scenario } = plan;
  const report: SubmissionReport = {
    round: currentRound.name,
    benchmark: rules.name,
    scenario,
    fast: given.fast,
    audit: overrides.audit ?? null,
  };
  // As the user gave it, so that it makes the same run again.
  const recordedConfig = { ...config, userConf: given.userConf, given: given.given };
  return { config, recordedConfig, submission: { plan, report } };
}

/** The set as the rules ask it: with the benchmark's output limit, whatever a row may say. */
export function underRules(dataset: Dataset): Dataset {
  return {
    ...dataset,
    sample: async (index) => {
      const { maxTokens: _, ...asked }: Sample = await dataset.sample(index);
      return asked;
    },
  };
}

/** What a run is checked with before it begins. */
interface Checked {
  plan: SubmissionPlan;
  audit: SubmissionReport["audit"];
  dataset: Dataset;
  /** The run's own; null when it names none. */
  tokenizer: Tokenizer | null;
}

/**
 * The pre-flight of a run: what would make it fail, before any time is spent. Tells warnings and notes. Throws UsageError
 * `PREFLIGHT_FAILED` with every problem.
 */
export async function checkBeforeRun(
  checked: Checked & { target: RunTarget },
  listener: RunListener,
): Promise<void> {
  const { plan, target } = checked;
  const found = await inspect(checked, await factsOf(plan.config, target), target.endpoints.length);
  for (const message of [introduction(plan), ...found.notes]) listener.onEvent({ kind: "note", message });
  for (const message of found.warnings) listener.onEvent({ kind: "warning", message });
  refuse(found);
}

/**
 * What a run under the rules would be told, without asking any server, as lines for people. Throws as `planRun` and
 * `checkBeforeRun` do.
 */
export async function describeSubmission(
  config: RunConfig,
  overrides: SubmissionOverrides = {},
): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), "flexbench-plan-"));
  try {
    const path = join(folder, runFiles.userConf);
    const plan = planSubmission(config, path, overrides);
    await writeFile(path, plan.userConf);
    const { dataset, tokenizer } = await loadRunDataset(plan.config);
    const checked = { plan, audit: overrides.audit ?? null, dataset, tokenizer };
    const found = await inspect(checked, null, config.endpoints.length);
    refuse(found);
    return [
      introduction(plan),
      ...found.notes,
      ...found.warnings.map((warning) => `Warning: ${warning}`),
      `${runFiles.userConf}:`,
      ...plan.userConf
        .trimEnd()
        .split("\n")
        .map((line) => `  ${line}`),
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function introduction({ rules, scenario, config }: SubmissionPlan): string {
  const { name, loadgenVersion } = currentRound;
  const key = confKeyOf(rules, scenario);
  const rehearsal = config.fast ? " This is a rehearsal: it cannot be submitted." : "";
  return `MLPerf Inference ${name} with LoadGen ${loadgenVersion}: ${rules.name}, ${scenario}, settings of ${key} in mlperf.conf.${rehearsal}`;
}

async function inspect(
  { plan, audit, dataset, tokenizer }: Checked,
  server: ServerFacts | null,
  endpoints: number,
): Promise<Preflight> {
  const { config, rules } = plan;
  const model = await loadModel(rules.modelModule, "");
  return preflight({
    rules,
    mode: config.mode,
    fast: config.fast,
    audit,
    model,
    settings: planSettings(config, model, "PerformanceOnly"),
    hasTargetQps: /target_qps = /.test(plan.userConf),
    timeoutNs: config.timeoutNs,
    connections: connectionLimit(endpoints),
    dataset,
    hasTokenizer: tokenizer !== null,
    // Counting takes time, and only a server's own limit makes it worth while.
    longestPrompt: server?.maxModelLength == null ? null : await longestPromptTokens(dataset, tokenizer),
    server,
  });
}

async function factsOf(config: RunConfig, target: RunTarget): Promise<ServerFacts> {
  const { endpoints, model, api, headers, tls, server, returnsTokenIds, simulated } = target;
  const { maxModelLength, configuration } = server;
  const access = resolveAccess({ headers, tls, timeoutMs: config.timeoutNs / 1e6 });
  const prefixCaching: ServerFacts["prefixCaching"][number][] = [];
  // One after the other: each first token is that of a server which does nothing else for us.
  for (const url of endpoints) {
    const caching = await probePrefixCaching({ url, api, model }, access, { configuration, maxModelLength });
    prefixCaching.push({ url, caching });
  }
  const moduleByName = (await loadModel(null, model)).name;
  return { model, moduleByName, maxModelLength, returnsTokenIds, simulated, prefixCaching };
}

function refuse({ problems }: Preflight): void {
  if (problems.length > 0)
    throw new UsageError("PREFLIGHT_FAILED", problems, {
      hint: "Nothing was run. docs/official-runs.md says what each check is for.",
    });
}
