import type { ColumnName } from "../columns.ts";
import { plainSpelling } from "./alias-table.ts";
import type { CleaningRules } from "./cleaning-rules.ts";
import { expressionOf } from "./pattern.ts";
import { holds } from "./row-condition.ts";
import type { RowInHand, Rule, RuleForAll } from "./rule.ts";

/** Versions of the parts of the software. */
export const softwareVersions: Rule = {
  id: "software-versions",
  meaning: "Versions are read from the software as published, with or without a v before them.",
  apply(hand, { softwareVersions: patterns }) {
    for (const [column, pattern] of Object.entries(patterns) as [keyof typeof patterns, string][]) {
      const expression = expressionOf(pattern);
      for (const source of ["software_raw", "system_name", "other_software"] as const) {
        const version = expression.exec(plainSpelling(hand.published(source) ?? ""))?.[1];
        if (version === undefined) continue;
        hand.fill(column, version.replace(/[.,]+$/u, ""));
        break;
      }
    }
  },
};

/** Where an engine is looked for, from what says it best on. */
const placesOfTheEngine: readonly (readonly ColumnName[])[] = [
  ["software_raw", "other_software"],
  ["system_name", "platform"],
  ["notes", "system_notes"],
];

/** PyTorch is under most engines: it stands for the engine only where no other is named, and with a flag. */
export const underneath = "PyTorch";

interface NamedEngine {
  name: string;
  version: string | null;
}

/** Engines that each of the places names. */
function namedEngines(hand: RowInHand, { engines }: CleaningRules): NamedEngine[][] {
  return placesOfTheEngine.map((places) =>
    places.flatMap((place) => {
      const match = engines.find(hand.published(place) ?? "");
      return match === null ? [] : [{ name: match.name, version: match.group }];
    }),
  );
}

/** The engine that ran a model, of software that lists one for each model. */
function engineOfModel(hand: RowInHand, { enginesByModel }: CleaningRules): NamedEngine | undefined {
  const software = hand.published("software_raw") ?? "";
  const found = enginesByModel.find((one) => one.software.test(software) && holds(one, hand.row));
  return found === undefined ? undefined : { name: found.engine, version: null };
}

/** The engine that is named first; the software goes before the names of the system, and these before the notes. */
function firstEngine(hand: RowInHand, found: readonly NamedEngine[][]): NamedEngine | undefined {
  const engine = found.flat().find(({ name }) => name !== underneath);
  if (engine !== undefined) return engine;
  // The name of a system does not say that a software of another name is PyTorch.
  const isSoftwareNamed = hand.published("software_raw") !== null;
  return (isSoftwareNamed ? found[0] : found.flat())?.[0];
}

/** The serving engine and its version. */
export const frameworkName: Rule = {
  id: "framework-name",
  meaning:
    "The serving engine has one name: from the software, else from the names of the system, else from the notes; where software lists an engine for each model, the one of the model; PyTorch alone has a flag.",
  apply(hand, rules) {
    // Of published results an engine can only be what an earlier build found.
    const given = hand.row.origin === "official" ? null : hand.published("framework");
    if (given !== null) {
      const known = rules.engines.find(given);
      if (known === null) hand.unknownSpelling("framework", given);
      else hand.set("framework", known.name);
      return;
    }
    const found = namedEngines(hand, rules);
    const ofModel = engineOfModel(hand, rules);
    const engine = ofModel ?? firstEngine(hand, found);
    if (engine !== undefined) {
      const { name } = engine;
      hand.set("framework", name);
      if (name === underneath) hand.flag("framework-not-stated");
      const version =
        engine.version ?? found.flat().find((other) => other.name === name && other.version)?.version;
      const ownColumn = { vLLM: hand.row.vllm_version, SGLang: hand.row.sglang_version }[name];
      hand.fill("framework_version", version ?? ownColumn ?? null);
      return;
    }
    const published = hand.published("software_raw") ?? "";
    if (rules.softwareNotStated.test(plainSpelling(published))) hand.flag("framework-not-stated");
    else hand.unknownSpelling("framework", published);
  },
};

/** Rows that name PyTorch alone, beside rows that name the engine on the very same software. */
export const sameSoftware: RuleForAll = {
  id: "same-software",
  meaning:
    "A row that names PyTorch alone takes the engine of the rows of its round with the very same software, build and all, where these agree.",
  apply(hands) {
    const engines = new Map<string, Set<string>>();
    const keyOf = ({ row }: RowInHand): string =>
      `${row.round}|${row.accelerator_family}|${row.software_raw}`;
    for (const hand of hands) {
      const { framework } = hand.row;
      if (typeof framework !== "string" || framework === underneath) continue;
      engines.set(keyOf(hand), (engines.get(keyOf(hand)) ?? new Set()).add(framework));
    }
    for (const hand of hands) {
      const [engine, another] = engines.get(keyOf(hand)) ?? [];
      const isBuild = /\d/u.test(hand.row.software_raw ?? "");
      if (hand.row.framework !== underneath || engine === undefined || another !== undefined) continue;
      if (!isBuild) continue;
      hand.set("framework", engine);
      hand.set("framework_version", null);
      hand.flag("framework-by-software");
      hand.unflag("framework-not-stated");
    }
  },
};
