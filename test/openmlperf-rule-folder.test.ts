import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { buildDataset } from "#src/openmlperf/build-dataset.js";
import { sourceAt } from "#src/openmlperf/build-file.js";
import { loadSpecTables } from "#src/openmlperf/features/spec-tables.js";
import { loadRules } from "#src/openmlperf/rules/cleaning-rules.js";
import { temporaryFolder } from "./child-script.ts";

const cli = fileURLToPath(new URL("../dist/cli.js", import.meta.url));
const folder = temporaryFolder();

function ruleFolder(name: string, files: Readonly<Record<string, string>>): string {
  const path = join(folder, name);
  mkdirSync(path);
  for (const [file, text] of Object.entries(files)) writeFileSync(join(path, file), text);
  return path;
}

function problemsOf(rules: string): readonly { where: string; message: string }[] {
  try {
    loadRules(rules);
  } catch (error) {
    return (error as { problems?: { where: string; message: string }[] }).problems ?? [];
  }
  return [];
}

const specifications = `sources: { own: { title: Sheet, publisher: Maker, url: "https://example.org" } }
accelerators: [{ name: Chip-9, values: [{ source: own, confidence: high, peak_bf16_tflops: 7 }] }]
`;

describe("a folder of rules", () => {
  it("replaces the files that it has; the others come with FlexBench", async () => {
    const rules = ruleFolder("own", {
      "submitters.yaml": "submitters: [{ name: Maker Ltd, spellings: [maker] }]\n",
      "accelerators.yaml":
        "accelerators: [{ name: Chip-9, vendor: Maker, family: Chips, memory_gb: 80, patterns: ['^chip.9'] }]\nvariants: []\n",
      "specifications.yaml": specifications,
      "README.md": "no rule",
    });
    const table = join(folder, "table.json");
    const row = {
      ...{ ID: "1", Submitter: "maker", Category: "closed", Suite: "datacenter", Platform: "1x", Nodes: 1 },
      ...{ UsedModel: "llama2-70b-99", Model: "llama2-70b-99", Scenario: "Offline", version: "v9.0" },
      ...{ Accelerator: "chip 9", "a#": 1, Performance_Result: 5, Performance_Units: "Tokens/s" },
    };
    writeFileSync(table, JSON.stringify([row]));
    const { rows } = await buildDataset({ sources: [sourceAt(table)], rules });
    expect(rows).toMatchObject([
      { submitter: "Maker Ltd", accelerator: "Chip-9", peak_bf16_tflops: 7, model: "llama2-70b", layers: 80 },
    ]);
    expect(loadSpecTables(rules).models.has("llama2-70b")).toBe(true);
  });

  it("adds meanings of flags to those of FlexBench", () => {
    const rules = ruleFolder("flags", {
      "doubts.yaml": "flags: { odd: Odd. }\ndoubts: [{ flag: odd, rounds: [v9.0] }]\n",
    });
    expect(loadRules(rules).flagMeanings).toMatchObject({ odd: "Odd.", "unit-repaired": expect.any(String) });
  });

  it("is refused with everything that is wrong in it", () => {
    const rules = ruleFolder("wrong", {
      "operating-systems.yaml":
        "operating_systems: [{ name: X, patterns: ['(', { pattern: '[', platform: '*' }] }]\n",
      "doubts.yaml": "flags: {}\ndoubts: [{ flag: strange }, { flag: no-alias, model_name: '(' }]\n",
      "acelerators.yaml": "accelerators: []\n",
      "submitters.yaml": "submitters: 5\n",
    });
    expect(problemsOf(rules)).toEqual([
      { where: "acelerators.yaml", message: expect.stringContaining("is none of the files of rules") },
      {
        where: "operating-systems.yaml operating_systems.0.patterns.0",
        message: expect.stringContaining("/(/"),
      },
      {
        where: "operating-systems.yaml operating_systems.0.patterns.1.pattern",
        message: expect.stringContaining("/[/"),
      },
      {
        where: "operating-systems.yaml operating_systems.0.patterns.1.platform",
        message: expect.stringContaining("/*/"),
      },
      { where: "submitters.yaml submitters", message: expect.any(String) },
      { where: "doubts.yaml doubts.1.model_name", message: expect.stringContaining("/(/") },
    ]);
    const meaningless = ruleFolder("meaningless", {
      "doubts.yaml": "flags: {}\ndoubts: [{ flag: strange }]\n",
    });
    expect(problemsOf(meaningless)).toEqual([
      { where: "doubts.yaml doubts.0.flag", message: "strange has no meaning under flags" },
    ]);
    expect(problemsOf(join(folder, "nowhere"))).toEqual([
      { where: join(folder, "nowhere"), message: "is no folder of rules" },
    ]);
  });

  it("that is wrong ends the command with 2 and no word of a bug", () => {
    const rules = ruleFolder("by-cli", { "frameworks.yaml": "not_stated: '('\n" });
    const file = join(folder, "build.yaml");
    writeFileSync(file, `sources: [{ name: a, path: table.json }]\nrules: ${rules}\n`);
    const done = spawnSync(
      process.execPath,
      [cli, "dataset", "build", file, "--output", join(folder, "out")],
      {
        encoding: "utf8",
      },
    );
    expect(done.stderr).toContain("DATASET_RULES");
    expect(done.stderr).toContain("frameworks.yaml not_stated");
    expect(done.status).toBe(2);
  });
});
