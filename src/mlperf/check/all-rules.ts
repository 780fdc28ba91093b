import { accuracyRules } from "./accuracy-rules.ts";
import { auditRules } from "./audit-rules.ts";
import { benchmarkFolderRules, mappingRules } from "./benchmark-folder-rules.ts";
import { layoutRules, submitterRules } from "./layout-rules.ts";
import { distinctLogs, logRules } from "./log-rules.ts";
import { measurementRules } from "./measurement-rules.ts";
import { outputRules } from "./output-rules.ts";
import { performanceRules } from "./performance-rules.ts";
import type { Rule } from "./rule.ts";
import type { ResultFolder } from "./submission-tree.ts";
import { systemRules } from "./system-rules.ts";

/** Rules about one result. */
export const resultRules: readonly Rule<ResultFolder>[] = [
  ...measurementRules,
  ...logRules,
  ...performanceRules,
  ...accuracyRules,
  ...outputRules,
  ...auditRules,
];

/** Every rule of the gate by its name and what it asks, in the order in which they are applied. */
export const everyRule: readonly Pick<Rule<never>, "id" | "asks">[] = [
  ...layoutRules,
  ...submitterRules,
  ...mappingRules,
  ...systemRules,
  ...benchmarkFolderRules,
  ...resultRules,
  distinctLogs,
].map(({ id, asks }) => ({ id, asks }));
