import type { Dataset } from "../dataset/define-dataset.ts";
import type { Problem } from "../errors.ts";
import type { TestSettings } from "../loadgen/settings.ts";
import type { ModelModule } from "../model/define-model.ts";
import type { ConnectionLimit } from "../transport/connection-limits.ts";
import type { AuditName, BenchmarkRules } from "./benchmark-rules.ts";
import { expectedTest, leastUsefulQps, roughDuration } from "./expected-duration.ts";
import type { PrefixCaching } from "./prefix-caching.ts";

/** What is known of the servers before a run. */
export interface ServerFacts {
  /** The model as they call it. */
  model: string;
  /** Name of the module that fits that name; `generic` where none does. */
  moduleByName: string;
  /** Longest prompt plus answer, tokens; null where they do not say. */
  maxModelLength: number | null;
  returnsTokenIds: boolean;
  simulated: boolean;
  /** By endpoint. */
  prefixCaching: readonly { url: string; caching: PrefixCaching }[];
}

/** Everything that a pre-flight looks at. */
export interface PreflightSubject {
  rules: BenchmarkRules;
  mode: "performance" | "accuracy" | "all";
  fast: boolean;
  audit: AuditName | null;
  model: ModelModule;
  /** Settings of the performance test. */
  settings: TestSettings;
  /** Whether somebody gave a rate: mlperf.conf's own is 1 a second. */
  hasTargetQps: boolean;
  timeoutNs: number;
  /** Connections that this machine allows; null where it does not say. */
  connections: ConnectionLimit | null;
  dataset: Pick<Dataset, "name" | "size" | "performanceSampleCount" | "sha256">;
  /** Whether the run names a tokenizer. */
  hasTokenizer: boolean;
  /** Tokens of the longest prompt; null where they are not known. */
  longestPrompt: number | null;
  /** Null in a dry run, which asks no server. */
  server: ServerFacts | null;
}

/** What was found, each one sentence. Problems refuse the run. */
export interface Preflight {
  problems: Problem[];
  warnings: string[];
  notes: string[];
}

/** Looks for everything that would make a run fail or its result worthless before any time is spent on it. */
export function preflight(subject: PreflightSubject): Preflight {
  const found: Preflight = { problems: [], warnings: [], notes: [] };
  checkSet(subject, found);
  checkDuration(subject, found);
  checkClient(subject, found);
  if (subject.server !== null) checkServer(subject, subject.server, found);
  return found;
}

function checkSet({ rules, mode, fast, audit, dataset, server }: PreflightSubject, found: Preflight): void {
  const expected = [
    ...(mode === "accuracy"
      ? []
      : [{ test: "performance", samples: rules.performanceSamples, is: dataset.performanceSampleCount }]),
    ...(mode === "performance"
      ? []
      : [{ test: "accuracy", samples: rules.accuracySamples, is: dataset.size }]),
  ];
  // The set of TEST07 is another one.
  for (const { test, samples, is } of audit === "TEST07" ? [] : expected) {
    if (is !== samples)
      found.problems.push({
        where: "--dataset",
        message: `${dataset.name} has ${is} samples, but the ${test} test of ${rules.name} has ${samples}: ${setName(rules, test)}`,
      });
  }
  if (dataset.sha256 !== null)
    found.notes.push(
      `${dataset.name} has the SHA-256 ${dataset.sha256}; MLPerf publishes none for this set, so that it cannot be compared.`,
    );
  else if (fast || server?.simulated === true || server === null)
    found.warnings.push(`${dataset.name} is generated: it is not the official set.`);
  else
    found.problems.push({
      where: "--dataset",
      message: `${dataset.name} is generated, and not the official set: ${rules.performanceSet}`,
    });
}

function setName({ performanceSet, accuracySet }: BenchmarkRules, test: string): string {
  return test === "accuracy" ? (accuracySet ?? performanceSet) : performanceSet;
}

function checkDuration(subject: PreflightSubject, found: Preflight): void {
  const { settings, rules, mode, fast, audit } = subject;
  // An audit.config sets the length of an audit.
  if (audit !== null) return;
  const setSize = settings.performanceSampleCountOverride || rules.performanceSamples;
  const { samples, seconds } = expectedTest(settings, setSize);
  const leastSeconds = settings.minDurationMs / 1000;
  if (mode !== "accuracy") {
    const isKnown = samples !== null && (settings.scenario !== "Offline" || subject.hasTargetQps);
    const about = isKnown ? "about" : "at least";
    const asked = samples === null ? "" : ` for ${count(samples)} samples`;
    found.notes.push(
      `The performance test takes ${about} ${roughDuration(isKnown ? Math.max(seconds, leastSeconds) : leastSeconds)}${asked}.`,
    );
  }
  if (mode !== "performance") found.notes.push(accuracyNote(settings, rules));
  if (mode === "accuracy" || samples === null) return;
  if (settings.scenario === "Server" && seconds > 1.5 * leastSeconds && !fast)
    found.warnings.push(
      `At ${settings.serverTargetQps} queries/s the ${count(samples)} queries of whole copies of the set take ${roughDuration(seconds)}; from ${rate(leastUsefulQps(settings, setSize))} queries/s on, ${roughDuration(leastSeconds)} are enough.`,
    );
  if (settings.scenario === "Offline" && !subject.hasTargetQps)
    found.warnings.push(
      `Without --target-qps the query has ${count(samples)} samples: a server of more than ${rate(samples / leastSeconds)} samples/s ends before ${roughDuration(leastSeconds)} are over, and is INVALID.`,
    );
}

function accuracyNote(settings: TestSettings, { accuracySamples }: BenchmarkRules): string {
  const all = `all ${count(accuracySamples)} samples once`;
  return settings.scenario === "Server"
    ? `The accuracy test asks ${all}, at the same rate: about ${roughDuration(accuracySamples / settings.serverTargetQps)}.`
    : `The accuracy test asks ${all}.`;
}

function checkClient(subject: PreflightSubject, found: Preflight): void {
  const { settings, model, mode, timeoutNs, connections, server } = subject;
  const longestAnswer = longestOutput(model, mode);
  if (settings.scenario !== "Server") return;
  const { serverTargetQps, serverTtftLatency, serverTpotLatency } = settings;
  const longestNs = serverTtftLatency + longestAnswer * serverTpotLatency;
  if (longestNs > timeoutNs)
    found.warnings.push(
      `An answer of ${count(longestAnswer)} tokens within the limits may take ${roughDuration(longestNs / 1e9)}, but --timeout ends it after ${roughDuration(timeoutNs / 1e9)}.`,
    );
  if (connections === null) return;
  const waiting = Math.ceil((serverTargetQps * serverTtftLatency) / 1e9);
  const streaming = Math.ceil((serverTargetQps * longestNs) / 1e9);
  if (waiting > connections.most)
    found.problems.push({
      where: "--target-qps",
      message: `is ${serverTargetQps}: with first tokens at their limit ${count(waiting)} requests wait at once, and this machine allows ${count(connections.most)} connections: ${connections.setBy}`,
    });
  else if (streaming > connections.most && server?.simulated !== true)
    found.warnings.push(
      `With the longest answers at their limits ${count(streaming)} requests are open at once, and this machine allows ${count(connections.most)} connections: ${connections.setBy}.`,
    );
}

/** Output tokens that the longest answer may have. */
function longestOutput(
  { maxTokens, accuracyMaxTokens }: ModelModule,
  mode: PreflightSubject["mode"],
): number {
  const ofAccuracy = accuracyMaxTokens ?? maxTokens;
  if (mode === "performance") return maxTokens;
  return mode === "accuracy" ? ofAccuracy : Math.max(maxTokens, ofAccuracy);
}

function checkServer(subject: PreflightSubject, server: ServerFacts, found: Preflight): void {
  const { rules, hasTokenizer, mode } = subject;
  checkContext(subject, server, found);
  if (!server.returnsTokenIds) {
    if (hasTokenizer)
      found.warnings.push(
        "The server returns no token ids: its text is turned into ids by the tokenizer, and counted so.",
      );
    else
      found.problems.push({
        where: "--tokenizer",
        message: "is needed: a submission's logs hold token ids, and the server returns none",
      });
  } else if (!hasTokenizer && mode !== "performance" && rules.accuracy.metric !== null)
    found.warnings.push(
      "Without --tokenizer the answers are not scored at the end; `flexbench accuracy DIR --tokenizer …` does it later.",
    );
  for (const { url, caching } of server.prefixCaching) {
    if (caching.state === "on")
      found.problems.push({
        where: url,
        message: `caches prefixes, which no submission may do. ${caching.why} Start it without: vLLM --no-enable-prefix-caching, SGLang --disable-radix-cache`,
      });
    else if (caching.state === "off") found.notes.push(`${url} caches no prefixes. ${caching.why}`);
    else
      found.warnings.push(
        `Whether ${url} caches prefixes, which no submission may do, is not certain. ${caching.why}`,
      );
  }
  if (server.moduleByName !== rules.modelModule)
    found.warnings.push(
      `The server calls its model ${server.model}, which does not read like ${rules.name}: make sure that it is the benchmark's.`,
    );
}

function checkContext(
  { model, mode, longestPrompt }: PreflightSubject,
  { maxModelLength }: ServerFacts,
  found: Preflight,
): void {
  const answer = longestOutput(model, mode);
  if (maxModelLength === null) {
    found.notes.push("The server does not say how long prompt and answer may be together.");
    return;
  }
  const needed = (longestPrompt ?? 1) + answer;
  const prompt =
    longestPrompt === null ? "its shortest prompt" : `the longest prompt of ${count(longestPrompt)} tokens`;
  if (needed > maxModelLength)
    found.problems.push({
      where: "--endpoint",
      message: `serves ${count(maxModelLength)} tokens of prompt and answer together, but ${prompt} and ${count(answer)} tokens of answer are ${count(needed)} (vLLM: --max-model-len)`,
    });
  else if (longestPrompt === null)
    found.notes.push(
      "The longest prompt is not known in tokens; with --tokenizer it is held against the context length.",
    );
}

function count(value: number): string {
  return value.toLocaleString("en-US");
}

function rate(value: number): string {
  return String(Number(value.toPrecision(3)));
}
