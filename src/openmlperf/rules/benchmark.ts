import type { Rule } from "./rule.ts";

/** Scenario as LoadGen spells it. */
export const scenarioSpelling: Rule = {
  id: "scenario-spelling",
  meaning: "Scenarios are spelt as LoadGen spells them.",
  apply(hand, { units }) {
    const published = hand.published("scenario");
    if (published === null) return;
    const plain = published.replaceAll(/[^a-z]/giu, "").toLowerCase();
    const known = units.scenarios.find((scenario) => scenario.toLowerCase() === plain);
    if (known === undefined) hand.unknownSpelling("scenario", published);
    else hand.set("scenario", known);
  },
};

/** Divisions, availabilities and suites are published in either case. */
export const submissionWords: Rule = {
  id: "submission-words",
  meaning: "Division, availability and suite are in lower case.",
  apply(hand) {
    for (const column of ["division", "availability", "suite"] as const) {
      const published = hand.published(column);
      if (published !== null) hand.set(column, published.toLowerCase());
    }
  },
};

/** What the compliance column says. */
export const complianceWord: Rule = {
  id: "compliance-word",
  meaning:
    "Compliance is passed where the table says so; a division, or the 0 of imported tables, says nothing.",
  apply(hand, { units }) {
    const published = hand.published("compliance_raw")?.toLowerCase();
    if (published === undefined) return;
    const known = Object.entries(units.compliance).find(([, spellings]) => spellings.includes(published));
    if (known !== undefined) hand.set("compliance", known[0]);
  },
};

/** Day of publication. */
export const publicationDay: Rule = {
  id: "publication-day",
  meaning: "Official rows have the day on which their round was published.",
  apply(hand, { publicationDays }) {
    const day = publicationDays.get(hand.row.round ?? "");
    if (hand.row.origin === "official" && day !== undefined) hand.fill("published_on", day);
  },
};

/** Benchmark and family, without the scenario that round v5.0 wrote into the name. */
export const benchmarkName: Rule = {
  id: "benchmark-name",
  meaning:
    "Benchmarks have one name each; the -interactive of v5.0 leaves the name, and its Server is Interactive.",
  apply(hand, { benchmarks }) {
    const published =
      hand.published("benchmark_raw") ?? hand.published("benchmark") ?? hand.published("used_model_raw");
    if (published === null) return;
    const match = benchmarks.find(published);
    if (match === null) {
      hand.unknownSpelling("benchmark", published);
      hand.fill("benchmark", published);
      hand.fill("benchmark_family", published.replace(/-99(?:\.9)?$/u, ""));
      return;
    }
    const accuracy = /-99(?:\.9)?$/u.exec(published)?.[0] ?? "";
    const edge = /-edge$/u.test(published) ? "-edge" : "";
    hand.set("benchmark", `${match.name}${edge}${accuracy}`);
    hand.set("benchmark_family", match.name);
    if (/-interactive/u.test(published) && hand.row.scenario === "Server")
      hand.set("scenario", "Interactive");
  },
};

/** Limits that the rules of MLPerf set, where no log tells them. */
export const latencyLimits: Rule = {
  id: "latency-limits",
  meaning:
    "Limits of TTFT and TPOT, or of the whole latency, come from the rules of MLPerf where no log tells them.",
  apply(hand, { benchmarks }) {
    const { benchmark_family: family, scenario, origin } = hand.row;
    if (origin !== "official" || typeof family !== "string" || typeof scenario !== "string") return;
    const entry = benchmarks.find(family)?.entry;
    const latency = entry?.latency_limits?.[scenario];
    if (latency !== undefined) hand.fill("latency_limit_ns", latency * 1e6);
    const limits = entry?.limits?.[scenario];
    if (limits === undefined) return;
    hand.fill("ttft_limit_ns", limits[0] * 1e6);
    hand.fill("tpot_limit_ns", limits[1] * 1e6);
  },
};

/** The model that was run: in the open division it need not be that of the benchmark. */
export const modelName: Rule = {
  id: "model-name",
  meaning:
    "The model that was run has one name and its parameters; open rows keep the model they really ran; a pruned, sparse or finetuned model has a flag and no parameters.",
  apply(hand, { benchmarks, models, changedModel }) {
    const names = [hand.row.used_model_raw, hand.row.benchmark_raw, hand.row.platform].join(" ");
    const isChanged = changedModel.test(names);
    if (isChanged) hand.flag("changed-model");
    const used = hand.published("used_model_raw");
    const benchmark = hand.published("benchmark_family");
    const ofBenchmark = benchmark === null ? null : (benchmarks.find(benchmark)?.entry.model ?? null);
    const published = hand.published("model") ?? used ?? ofBenchmark;
    if (published === null) return;
    const match = models.find(published) ?? (used === null && ofBenchmark ? models.find(ofBenchmark) : null);
    if (match === null) {
      hand.unknownSpelling("model", published);
      hand.fill("model", published);
      return;
    }
    const { entry } = match;
    hand.set("model", entry.name);
    hand.set("model_family", entry.family);
    hand.set("is_moe", entry.moe);
    hand.set("params_total_b", isChanged ? null : entry.params_total_b);
    hand.set("params_active_b", isChanged ? null : entry.params_active_b);
  },
};
