import type { SubmissionScenario } from "../benchmark-rules.ts";
import { retiredBenchmarks } from "../benchmark-rules.ts";
import { currentRound } from "../round.ts";
import { isObject } from "./json-file.ts";
import type { Rule } from "./rule.ts";
import { type BenchmarkFolder, type SubmitterFolder, submissionScenarios } from "./submission-tree.ts";

const isRelaxed = ({ division }: BenchmarkFolder): boolean => division === "open";

/** The rule about the open division's own names for models. */
export const mappingRules: readonly Rule<SubmitterFolder>[] = [
  {
    id: "model-mapping",
    asks: "model_mapping.json, in the open division, maps folder names to names of benchmarks.",
    find: ({ mapping, division }) => {
      if (mapping === null) return [];
      const { path: file, value, complaint } = mapping;
      if (division !== "open") return [{ file, message: "only the open division may map model names" }];
      if (!isObject(value)) return [{ file, message: complaint ?? "it holds no JSON object" }];
      return Object.entries(value)
        .filter(([, benchmark]) => typeof benchmark !== "string")
        .map(([name]) => ({ file, message: `${name} is mapped to no name` }));
    },
  },
];

/** Rules about which benchmarks and scenarios are there. */
export const benchmarkFolderRules: readonly Rule<BenchmarkFolder>[] = [
  {
    id: "benchmark-known",
    asks: "The folder is named as a text benchmark of the round, or, in the open division, mapped to one.",
    find: ({ name, path, rules, division }) => {
      if (rules !== null && (rules.name === name || division === "open")) return [];
      const instead = retiredBenchmarks[name];
      const reason =
        rules !== null
          ? `its name must be ${rules.name}`
          : instead === undefined
            ? `${currentRound.name} has no text benchmark of this name`
            : `${currentRound.name} does not take it any more; submit ${instead}`;
      return [{ file: path, message: reason }];
    },
  },
  {
    id: "benchmark-suite",
    asks: "The benchmark belongs to a suite that the system's system_type names.",
    find: ({ path, rules, systemType }) =>
      rules === null || systemType === "" || systemType.split(",").includes(rules.suite)
        ? []
        : [
            {
              file: path,
              message: `it is a benchmark of the ${rules.suite} suite, but the system is ${systemType}`,
            },
          ],
  },
  {
    id: "scenario-known",
    asks: "Folders of a benchmark are scenarios of it, spelled as Offline, Server, Interactive or SingleStream.",
    find: (folder) => {
      const { path, rules, scenarios } = folder;
      if (rules === null) return [];
      const allowed: readonly string[] = isRelaxed(folder)
        ? submissionScenarios
        : [...rules.required, ...rules.oneOf];
      return scenarios
        .filter((name) => !allowed.includes(name))
        .map((name) => ({
          file: `${path}/${name}`,
          message: `it is no scenario of ${rules.name}: ${allowed.join(", ")}`,
        }));
    },
  },
  {
    id: "scenarios-complete",
    asks: "In the closed and network divisions all required scenarios are there, and one of Server and Interactive.",
    find: (folder) => {
      const { path, rules, scenarios } = folder;
      if (rules === null || isRelaxed(folder)) return [];
      const isThere = (scenario: SubmissionScenario): boolean => scenarios.includes(scenario);
      const problems = rules.required
        .filter((scenario) => !isThere(scenario))
        .map((scenario) => ({ file: `${path}/${scenario}`, message: `${rules.name} needs this scenario` }));
      if (rules.oneOf.length > 0 && !rules.oneOf.some(isThere))
        problems.push({ file: path, message: `one of ${rules.oneOf.join(" and ")} is needed as well` });
      return problems;
    },
  },
];
