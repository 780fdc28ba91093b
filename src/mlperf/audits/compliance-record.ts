import type { LoadgenResult } from "../../loadgen/verdict.ts";
import type { RunRecord } from "../../results/record.ts";
import type { SubmissionScenario } from "../benchmark-rules.ts";
import type { AuditSettings } from "./audit-settings.ts";
import type { AuditVerdict } from "./audit-verdict.ts";

/** One audit as it was run and judged. */
export interface AuditReport extends Omit<AuditVerdict, "texts"> {
  /** Id of the run that it was. */
  run: string;
  startedAt: string;
  endedAt: string;
  settings: AuditSettings;
  /** LoadGen's own verdict; without a least duration INVALID is normal. */
  loadgenVerdict: LoadgenResult["validity"];
  /** Different error lines of LoadGen. */
  loadgenErrors: string[];
}

/** The audits of one benchmark and scenario on one system: schema `flexbench.compliance/1`. */
export interface ComplianceRecord {
  schema: "flexbench.compliance/1";
  /** Every audit passed. */
  passed: boolean;
  createdAt: string;
  round: string;
  benchmark: string;
  scenario: SubmissionScenario;
  /** True when the server was the built-in simulator: the folder shows nothing about a system then. */
  simulated: boolean;
  /** Id of the run that is audited; null when only its options were given. */
  auditedRun: string | null;
  audits: AuditReport[];
  flexbench: RunRecord["flexbench"];
  loadgen: { version: string; sourceSha256: string } | null;
  model: RunRecord["model"];
  server: RunRecord["server"];
  endpoints: string[];
  /** Of the client. */
  system: RunRecord["system"];
  /** SHA-256 of every file of the folder but this one and its page, hex, by path. */
  files: Record<string, string>;
  /** "not verified by MLCommons", always. */
  label: string;
}

/** Names of what stands beside the audits' folders. */
export const complianceFiles = {
  record: "compliance.json",
  page: "compliance.html",
  /** The runs that the audits were. */
  runs: "runs",
  /** What LoadGen was told. */
  settings: "settings",
} as const;
