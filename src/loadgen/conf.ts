import { readFileSync } from "node:fs";
import { FlexBenchError, type Problem, UsageError } from "../errors.ts";
import { nativeBinding } from "./binding.ts";
import type { Scenario, TestSettings } from "./settings.ts";

const wholeNumberKeys: ReadonlySet<string> = new Set([
  "mode",
  "performance_issue_unique",
  "performance_issue_same",
  "performance_issue_same_index",
  "sample_concatenate_permutation",
  "coalesce_queries",
  "max_async_queries",
  "min_duration",
  "max_duration",
  "min_query_count",
  "max_query_count",
  "performance_sample_count_override",
  "accuracy_sample_count_override",
  "print_timestamps",
  "accuracy_log_rng_seed",
  "accuracy_log_sampling_target",
  "use_token_latencies",
  "ttft_latency",
  "tpot_latency",
  "infer_token_latencies",
  "token_latency_scaling_factor",
  "samples_per_query",
]);

const fractionalKeys: ReadonlySet<string> = new Set([
  "target_qps",
  "target_latency",
  "target_latency_percentile",
]);

/** LoadGen reads these from its embedded mlperf.conf alone and passes over them anywhere else. */
const embeddedOnlyKeys: ReadonlySet<string> = new Set([
  "qsl_rng_seed",
  "sample_index_rng_seed",
  "schedule_rng_seed",
  "accuracy_log_probability",
  "test05",
  "test05_qsl_rng_seed",
  "test05_sample_index_rng_seed",
  "test05_schedule_rng_seed",
]);

const scenarios: ReadonlySet<string> = new Set(["SingleStream", "MultiStream", "Server", "Offline", "*"]);

/** A user.conf sets a model's own load; an audit.config is read by LoadGen with the model "*". */
export type ConfKind = "user" | "audit";

/**
 * Everything in a conf file that LoadGen would pass over in silence or that makes it drop the whole file
 * (`TestSettings::FromConfig`, loadgen/test_settings_internal.cc).
 */
export function checkConf(text: string, kind: ConfKind): { line: number; message: string }[] {
  const found: { line: number; message: string }[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const message = lineComplaint(line, kind);
    if (message !== null) found.push({ line: index + 1, message });
  }
  return found;
}

function lineComplaint(line: string, kind: ConfKind): string | null {
  const tokens = line.trim().split(/\s+/);
  const [key = "", equals, value, ...rest] = tokens;
  if (key === "" || key === "#") return null;
  if (key.startsWith("#")) return tokens.length === 1 ? null : "needs a space after #";
  if (equals !== "=") return "must read `key = value`, with spaces around the equals sign";
  if (value === undefined) return "has no value";
  if (rest.some((token) => token.startsWith("#"))) return "must not hold a comment after the value";
  if (rest.length > 0) return "must hold one value only";
  if (Number.isNaN(Number(value))) return `has the value ${value}, which is not a number`;
  const parts = key.split(".");
  if (parts.length < 3) return `names ${key}, which is not of the form model.scenario.key`;
  return keyComplaint(parts, value, kind);
}

function keyComplaint(parts: readonly string[], value: string, kind: ConfKind): string | null {
  const name = parts.at(-1) ?? "";
  const scenario = parts.at(-2) ?? "";
  if (scenario === "Interactive")
    return "names the scenario Interactive, which LoadGen does not know: use Server with the model <name>-interactive";
  if (!scenarios.has(scenario)) return `names the scenario ${scenario}, which LoadGen does not know`;
  // Audit files carry keys for their own verifiers; LoadGen passes over them by design.
  if (kind === "audit") return parts[0] === "*" ? null : "must name the model *: LoadGen reads no other here";
  if (embeddedOnlyKeys.has(name))
    return `sets ${name}, which LoadGen takes from its embedded mlperf.conf only`;
  if (fractionalKeys.has(name)) return null;
  if (!wholeNumberKeys.has(name)) return `sets ${name}, which LoadGen does not know`;
  return /^(0x[0-9a-f]+|\d+)$/i.test(value) ? null : `sets ${name} to ${value}, which is not a whole number`;
}

/** Where settings come from beside LoadGen's defaults. */
export interface ConfSources {
  /** Model key of mlperf.conf, e.g. `llama3_1-8b`, or `llama3_1-8b-interactive`. */
  model: string;
  scenario: Scenario;
  /** Path of a user.conf, applied over the embedded mlperf.conf. */
  userConf?: string | undefined;
}

/**
 * Applies the mlperf.conf that is embedded in LoadGen, then the user.conf, as LoadGen itself does.
 * Throws UsageError `CONF_INVALID` with file and line of everything that LoadGen would misread.
 */
export function applyConf(settings: TestSettings, sources: ConfSources): TestSettings {
  const { model, scenario, userConf } = sources;
  const official = applyChecked(settings, null, model, scenario);
  if (userConf === undefined) return official;
  readCheckedConf(userConf, "user");
  return applyChecked(official, userConf, model, scenario);
}

/** What the settings will be once LoadGen has read the audit file. Throws UsageError `CONF_INVALID`. */
export function applyAudit(settings: TestSettings, auditConfig: string): TestSettings {
  readCheckedConf(auditConfig, "audit");
  return applyChecked(settings, auditConfig, "*", settings.scenario);
}

function readCheckedConf(path: string, kind: ConfKind): void {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw new UsageError("CONF_INVALID", [{ where: path, message: "cannot be read" }], { cause });
  }
  const problems: Problem[] = checkConf(text, kind).map(({ line, message }) => ({
    where: `${path}:${line}`,
    message,
  }));
  if (problems.length > 0) throw new UsageError("CONF_INVALID", problems);
}

function applyChecked(
  settings: TestSettings,
  path: string | null,
  model: string,
  scenario: Scenario,
): TestSettings {
  const { settings: applied, status } = nativeBinding().applyConfig(settings, path, model, scenario);
  if (status === 0) return applied;
  throw new FlexBenchError(
    "CONF_REFUSED",
    `LoadGen refused ${path ?? "its own mlperf.conf"} with status ${status}.`,
  );
}
