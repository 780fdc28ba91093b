import { closestName } from "../config/closest-name.ts";
import type { ScenarioName } from "../config/run-config.ts";
import { applyConf } from "../loadgen/conf.ts";
import { defaultTestSettings, type Scenario } from "../loadgen/settings.ts";
import { type BenchmarkRules, benchmarkRules, findBenchmark, retiredBenchmarks } from "./benchmark-rules.ts";
import { currentRound } from "./round.ts";

/** What `--benchmark` means: the key that LoadGen reads, and the rules where this round has them. */
export interface ResolvedBenchmark {
  /** Key in mlperf.conf; `-interactive` only where the name had it and the scenario does not say it already. */
  confKey: string;
  /** Null for a benchmark that LoadGen has settings for, but that is none of this round's text benchmarks. */
  rules: BenchmarkRules | null;
}

const interactive = "-interactive";

/**
 * Resolves the name of a benchmark: its folder name in a submission (`llama3.1-8b`) or its key in mlperf.conf
 * (`llama3_1-8b`). LoadGen gives its general defaults to a key that it does not know, without a word; so a name that it
 * has no settings for is a problem here, as the end of a sentence that starts with the option.
 */
export function resolveBenchmark(
  name: string,
  scenario: ScenarioName,
  table: Readonly<Record<string, BenchmarkRules>> = benchmarkRules,
): ResolvedBenchmark | { problem: string } {
  const plain = name.endsWith(interactive) ? name.slice(0, -interactive.length) : name;
  const suffix = plain !== name && scenario !== "interactive" ? interactive : "";
  const rules = findBenchmark(plain, table);
  if (rules !== null) return { confKey: rules.confKey + suffix, rules };
  const confKey = [plain, plain.replaceAll(".", "_")].find(hasSettings);
  if (confKey !== undefined) return { confKey: confKey + suffix, rules: null };
  return { problem: whyUnknown(name, plain, table) };
}

function whyUnknown(name: string, plain: string, table: Readonly<Record<string, BenchmarkRules>>): string {
  const successor = retiredBenchmarks[plain];
  if (successor !== undefined)
    return `names ${name}, which round ${currentRound.name} does not have; take ${successor}`;
  const names = Object.values(table).flatMap(({ name: folder, confKey }) => [folder, confKey]);
  const meant = closestName(plain, [...names, ...Object.keys(retiredBenchmarks)]);
  const question = meant === null ? `; known: ${Object.keys(table).join(", ")}` : `; did you mean ${meant}?`;
  return `names ${name}, which LoadGen has no settings for${question}`;
}

const scenarios: readonly Scenario[] = ["Server", "Offline", "SingleStream"];
const nobody = "no benchmark has this name";

/** Whether mlperf.conf says anything of this key that it does not say of every key. */
function hasSettings(confKey: string): boolean {
  return scenarios.some((scenario) => textOf(confKey, scenario) !== textOf(nobody, scenario));
}

function textOf(model: string, scenario: Scenario): string {
  const settings = applyConf({ ...defaultTestSettings(), scenario }, { model, scenario });
  return JSON.stringify(settings, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value));
}
