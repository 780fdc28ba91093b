import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { RunConfig } from "../../config/run-config.ts";
import { exitCodes, FlexBenchError, UsageError } from "../../errors.ts";
import type { RunRecord } from "../../results/record.ts";
import { readRecord } from "../../results/store.ts";
import { type AuditName, confKeyOf } from "../benchmark-rules.ts";
import { currentRound } from "../round.ts";
import { type AuditSettings, auditConfigText } from "./audit-settings.ts";
import { type AuditVerdict, verdictOf } from "./audit-verdict.ts";
import { type AuditReport, type ComplianceRecord, complianceFiles } from "./compliance-record.ts";
import { hashesUnder, layOutAudit } from "./lay-out-audit.ts";
import type { AuditPlan } from "./plan-audits.ts";
import { type ScoringCommand, scoreByCommand } from "./score-by-command.ts";
import type { AnswerScore } from "./test07.ts";
import { findAuditLogs, verifyAudit } from "./verify-audit.ts";

/** What audits are conducted with. */
export interface AuditTools {
  /** Runs one benchmark, as the function `run` does; the audit is what the run is a part of. */
  run(config: RunConfig, audit: AuditName): Promise<RunRecord>;
  /** Scores the answers of a finished run by a metric. */
  score(runFolder: string): Promise<AnswerScore>;
  /** Told before and after each audit. */
  say(message: string): void;
}

/** The audits were ended early; those that are finished stay. */
export class AuditsInterrupted extends FlexBenchError {
  override readonly exitCode = exitCodes.interrupted;

  constructor() {
    super("AUDITS_INTERRUPTED", "The audits were interrupted; nothing is signed off.");
  }
}

/**
 * Runs the audits one after the other, each as a whole performance test, or takes their runs as they stand, verifies them, and writes `compliance.json`
 * with hashes of everything. A failed audit is a verdict. Throws as `run` does, and AuditsInterrupted.
 */
export async function conductAudits(plan: AuditPlan, tools: AuditTools): Promise<ComplianceRecord> {
  const reports: AuditReport[] = [];
  let record: RunRecord | null = null;
  for (const settings of plan.audits) {
    tools.say(`${settings.audit} of ${plan.benchmark.name} ${plan.scenario}.`);
    const conducted = await conductAudit(plan, settings, tools);
    ({ record } = conducted);
    reports.push(conducted.report);
    tools.say(`${settings.audit} ${conducted.report.passed ? "passed" : "failed"}.`);
  }
  if (record === null) throw new UsageError("AUDITS_NONE", [{ where: "audits", message: "there are none" }]);
  const compliance = await complianceOf(plan, reports, record);
  await writeFile(join(plan.output, complianceFiles.record), `${JSON.stringify(compliance, null, 2)}\n`);
  return compliance;
}

async function conductAudit(plan: AuditPlan, settings: AuditSettings, tools: AuditTools) {
  const { audit } = settings;
  const runFolder = runFolderOf(plan, audit);
  const record = plan.verifyAgain
    ? await readRecord(runFolder)
    : await tools.run(await auditConfigOf(plan, settings), audit);
  if (record.state === "aborted") throw new AuditsInterrupted();
  const verdict = await judge(plan, settings, record, runFolder, tools);
  await layOutAudit(plan.output, runFolder, verdict);
  const { texts: _texts, ...judged } = verdict;
  const report: AuditReport = {
    ...judged,
    run: record.id,
    startedAt: record.startedAt,
    endedAt: record.endedAt,
    settings,
    loadgenVerdict: record.loadgen?.validity ?? null,
    loadgenErrors: record.loadgen?.errors ?? [],
  };
  return { record, report };
}

function runFolderOf({ output }: AuditPlan, audit: AuditName): string {
  return join(output, complianceFiles.runs, audit);
}

/** The run's configuration, changed for an audit; what LoadGen is told stands in files of the audit's own. */
async function auditConfigOf(plan: AuditPlan, settings: AuditSettings): Promise<RunConfig> {
  const { audit } = settings;
  const folder = join(plan.output, complianceFiles.settings, audit);
  await mkdir(folder, { recursive: true });
  const auditConfig = join(folder, "audit.config");
  await writeFile(auditConfig, auditConfigText(settings));
  const config: RunConfig = {
    ...plan.config,
    mode: "performance",
    auditConfig,
    output: runFolderOf(plan, audit),
    live: false,
  };
  if (audit !== "TEST07") return config;
  // mlperf.conf has LoadGen load the performance set, which is larger than this audit's, and LoadGen then crashes.
  const userConf = join(folder, "user.conf");
  const own = plan.config.userConf === null ? "" : `${await readFile(plan.config.userConf, "utf8")}\n`;
  const { benchmark, scenario } = plan;
  const key = `${confKeyOf(benchmark, scenario)}.${loadgenScenarioOf(plan)}.performance_sample_count_override`;
  await writeFile(userConf, `${own}${key} = ${settings.samples ?? 0}\n`);
  return {
    ...config,
    userConf,
    given: [...config.given, "userConf", "dataset"],
    ...(plan.auditDataset === null ? {} : { dataset: plan.auditDataset }),
  };
}

function loadgenScenarioOf({ scenario }: AuditPlan): string {
  return scenario === "Interactive" ? "Server" : scenario;
}

async function judge(
  plan: AuditPlan,
  settings: AuditSettings,
  record: RunRecord,
  runFolder: string,
  tools: AuditTools,
): Promise<AuditVerdict> {
  const { audit } = settings;
  const runCheck = {
    name: "run",
    passed: record.state !== "failed",
    finding:
      record.state === "failed"
        ? `The run failed: ${record.reasons.map(({ reason }) => reason).join(" ")}`
        : `${record.requests.completed} of ${record.requests.issued} requests were completed.`,
  };
  try {
    const verdict = await verifyAudit(runFolder, {
      settings,
      scenario: plan.scenario,
      eosTokens: plan.eosTokens,
      answerElement: plan.answerElement,
      ...(plan.auditedRun === null ? {} : { auditedRun: plan.auditedRun.folder }),
      ...(audit === "TEST07" ? { score: await scoreOf(plan.scoring, runFolder, tools) } : {}),
    });
    return verdictOf({ ...verdict, checks: [runCheck, ...verdict.checks] });
  } catch (error) {
    if (!(error instanceof FlexBenchError)) throw error;
    const logs = { name: "logs", passed: false, finding: `${error.code}: ${error.message}` };
    return verdictOf({ audit, checks: [runCheck, logs], figures: {}, texts: {}, notes: [] });
  }
}

async function scoreOf(
  scoring: ScoringCommand | null,
  runFolder: string,
  tools: AuditTools,
): Promise<AnswerScore> {
  const { accuracy } = findAuditLogs(runFolder);
  return scoring === null || accuracy === null
    ? await tools.score(runFolder)
    : await scoreByCommand(scoring, accuracy);
}

async function complianceOf(
  { benchmark, scenario, output, auditedRun }: AuditPlan,
  audits: AuditReport[],
  record: RunRecord,
): Promise<ComplianceRecord> {
  const { flexbench, loadgen, model, server, endpoints, system, label, simulated } = record;
  return {
    schema: "flexbench.compliance/1",
    passed: audits.every(({ passed }) => passed),
    createdAt: new Date().toISOString(),
    round: currentRound.name,
    benchmark: benchmark.name,
    scenario,
    simulated,
    auditedRun: auditedRun?.id ?? null,
    audits,
    flexbench,
    loadgen: loadgen && { version: loadgen.version, sourceSha256: loadgen.sourceSha256 },
    model,
    server,
    endpoints: endpoints.map(({ url }) => url),
    system,
    files: await hashesUnder(output, [complianceFiles.record, complianceFiles.page]),
    label,
  };
}
