import type { AuditSettings } from "../audits/audit-settings.ts";
import type { AuditVerdict } from "../audits/audit-verdict.ts";
import type { AuditName, BenchmarkRules, SubmissionScenario } from "../benchmark-rules.ts";
import type { DetailRecord } from "./detail-record.ts";
import type { JsonFile } from "./json-file.ts";
import type { KeptAccuracyLog } from "./kept-accuracy-log.ts";
import type { TreeEntry } from "./tree-entries.ts";

/** The divisions of MLPerf Inference. */
export const divisions = ["closed", "open", "network"] as const;

/** One of the divisions. */
export type Division = (typeof divisions)[number];

/** Scenarios as the folders of a submission must spell them. */
export const submissionScenarios: readonly SubmissionScenario[] = [
  "Offline",
  "Server",
  "Interactive",
  "SingleStream",
];

/** A submission, read: nothing below it reads files any more. */
export interface SubmissionTree {
  /** Everything that is there. */
  entries: readonly TreeEntry[];
  submitters: readonly SubmitterFolder[];
}

/** What one submitter hands in to one division. */
export interface SubmitterFolder {
  division: Division;
  name: string;
  path: string;
  /** Everything below it. */
  entries: readonly TreeEntry[];
  /** Names of the descriptions in systems/, without ending. */
  described: readonly string[];
  systems: readonly SystemFolder[];
  /** The open division's mapping of its own model names; null when there is none. */
  mapping: JsonFile | null;
}

/** Results of one system. */
export interface SystemFolder {
  division: Division;
  submitter: string;
  name: string;
  path: string;
  description: JsonFile;
  benchmarks: readonly BenchmarkFolder[];
}

/** Results of one system under one benchmark. */
export interface BenchmarkFolder {
  division: Division;
  name: string;
  path: string;
  /** Null when the round has no such benchmark and no mapping leads to one. */
  rules: BenchmarkRules | null;
  /** `system_type` of the system. */
  systemType: string;
  /** Names of its folders as they are spelled. */
  scenarios: readonly string[];
}

/** One result: a benchmark in a scenario. */
export interface ResultFolder {
  division: Division;
  submitter: string;
  system: string;
  benchmark: string;
  scenario: SubmissionScenario;
  path: string;
  rules: BenchmarkRules;
  /** Whether the system says that it is reached over a network. */
  isNetwork: boolean;
  /** Everything below it. */
  entries: readonly TreeEntry[];
  measurements: JsonFile;
  userConf: string | null;
  performance: LoadGenTest;
  accuracy: LoadGenTest;
  /** Content of accuracy.txt. */
  accuracyText: string | null;
  audits: readonly AuditFolder[];
}

/** What LoadGen left of one test. */
export interface LoadGenTest {
  /** Its folder, from the root of the submission. */
  path: string;
  detail: DetailRecord | null;
  summary: string | null;
  accuracyLog: KeptAccuracyLog | null;
}

/** One audit of a result. */
export interface AuditFolder {
  name: AuditName;
  path: string;
  exists: boolean;
  /** What the verifier wrote. */
  verdict: { path: string; text: string | null };
  /** Logs of the audit's run. */
  performance: LoadGenTest;
  accuracyLog: KeptAccuracyLog | null;
  /** Content of accuracy/accuracy.txt. */
  accuracyText: string | null;
  /** What the audit told LoadGen, and what it holds answers to. */
  settings: AuditSettings;
  /** What the logged answers say, of TEST06 alone: those of the others are truncated. */
  recomputed: AuditVerdict | null;
}
