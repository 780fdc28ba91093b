import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { accuracyText } from "./accuracy/accuracy-files.ts";
import type { RunConfig } from "./config/run-config.ts";
import { UsageError } from "./errors.ts";
import { type ComplianceRecord, complianceFiles } from "./mlperf/audits/compliance-record.ts";
import { conductAudits } from "./mlperf/audits/conduct-audits.ts";
import { type AuditWish, planAudits } from "./mlperf/audits/plan-audits.ts";
import type { AnswerScore } from "./mlperf/audits/test07.ts";
import { resultsFolder } from "./results/store.ts";
import { type RunOptions, run } from "./run.ts";
import { scoreRun } from "./score-run.ts";

/** What is audited, and where the audits will stand: by default in the audited run, or in a new folder. */
export type AuditRunWish = Omit<AuditWish, "output"> & { output?: string | null };

/** How the audits are watched and ended early. */
export interface AuditRunOptions extends Pick<RunOptions, "listener" | "signal"> {
  /** Told before and after each audit. */
  say?: (message: string) => void;
}

/** Audits that are over. */
export interface AuditedRun {
  compliance: ComplianceRecord;
  /** Holds compliance.json, compliance.html, the audits as a submission holds them, and the runs that they were. */
  folder: string;
}

/**
 * Runs the audits of a benchmark and scenario and verifies them; a failed audit is a verdict. Throws a UsageError
 * `AUDITS_INVALID` with every problem, AuditsInterrupted, and as `run` does.
 */
export async function auditRun(wish: AuditRunWish, options: AuditRunOptions = {}): Promise<AuditedRun> {
  const { listener, signal, say = () => undefined } = options;
  const plan = planAudits({ ...wish, output: auditFolder(wish) });
  const compliance = await conductAudits(plan, {
    run: (config, audit) =>
      run(config, {
        audit,
        ...(wish.rules === undefined ? {} : { rules: wish.rules }),
        ...(listener === undefined ? {} : { listener }),
        ...(signal === undefined ? {} : { signal }),
      }),
    score: (runFolder) => scoreAnswers(runFolder, wish.config),
    say,
  });
  const { compliancePage } = await import("./report/compliance-page.ts");
  await writeFile(join(plan.output, complianceFiles.page), compliancePage(compliance));
  return { compliance, folder: plan.output };
}

/** Where the audits of a run will stand; absolute. */
export function auditFolder({ output = null, auditedRun = null }: AuditRunWish): string {
  if (output !== null) return resolve(output);
  if (auditedRun !== null) return resolve(auditedRun.folder, "compliance");
  const time = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, "");
  return resolve(resultsFolder, `${time}-compliance-${randomBytes(3).toString("hex")}`);
}

/** By the metric of the run; the official benchmarks' is called exact_match. */
async function scoreAnswers(
  runFolder: string,
  { metric: wished, metricCommand, tokenizer }: RunConfig,
): Promise<AnswerScore> {
  const given = Object.entries({ metric: wished, metricCommand, tokenizer }).filter(
    ([, value]) => value !== null,
  );
  const scored = await scoreRun(runFolder, { options: Object.fromEntries(given) });
  const { metrics, metric } = scored.scores;
  const figures = Object.values(metrics);
  const score = metrics.exact_match ?? metrics[metric] ?? (figures.length === 1 ? figures[0] : undefined);
  if (score === undefined)
    throw new UsageError("SCORE_UNCLEAR", [
      {
        where: `metric ${metric}`,
        message: `gives ${Object.keys(metrics).join(", ")}, and none is exact_match`,
      },
    ]);
  return { score, output: accuracyText(scored) };
}
