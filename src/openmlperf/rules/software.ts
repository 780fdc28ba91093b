import type { ColumnName } from "../columns.ts";
import { plainSpelling } from "./alias-table.ts";
import type { Rule } from "./rule.ts";

/** Versions of the parts of the software. */
export const softwareVersions: Rule = {
  id: "software-versions",
  meaning: "Versions are read from the software as published, with or without a v before them.",
  apply(hand, { softwareVersions: patterns }) {
    for (const [column, pattern] of Object.entries(patterns) as [keyof typeof patterns, string][]) {
      const expression = new RegExp(pattern, "iu");
      for (const source of ["software_raw", "system_name", "other_software"] as const) {
        const version = expression.exec(plainSpelling(hand.published(source) ?? ""))?.[1];
        if (version === undefined) continue;
        hand.fill(column, version.replace(/[.,]+$/u, ""));
        break;
      }
    }
  },
};

const placesOfTheEngine: readonly ColumnName[] = [
  "software_raw",
  "system_name",
  "platform",
  "other_software",
  "notes",
  "system_notes",
];

/** The serving engine and its version. */
export const frameworkName: Rule = {
  id: "framework-name",
  meaning:
    "The serving engine has one name: from the software, else from the names of the system and the notes.",
  apply(hand, { engines, softwareNotStated }) {
    if (hand.published("framework") !== null) {
      const given = engines.find(hand.published("framework") ?? "");
      if (given === null) hand.unknownSpelling("framework", hand.published("framework") ?? "");
      else hand.set("framework", given.name);
      return;
    }
    const found = placesOfTheEngine
      .map((place) => engines.find(hand.published(place) ?? ""))
      .filter((match) => match !== null);
    // PyTorch is under most engines: it is the engine only where no other is named.
    const match = found.find(({ name }) => name !== "PyTorch") ?? found[0];
    if (match !== undefined) {
      hand.set("framework", match.name);
      const version = match.group ?? found.find(({ name, group }) => name === match.name && group)?.group;
      const ownColumn = { vLLM: hand.row.vllm_version, SGLang: hand.row.sglang_version }[match.name];
      hand.fill("framework_version", version ?? ownColumn ?? null);
      return;
    }
    const published = hand.published("software_raw") ?? "";
    if (softwareNotStated.test(plainSpelling(published))) hand.flag("framework-not-stated");
    else hand.unknownSpelling("framework", published);
  },
};
