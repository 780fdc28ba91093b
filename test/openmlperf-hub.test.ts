import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { buildDataset } from "#src/openmlperf/build-dataset.js";
import { sourceAt } from "#src/openmlperf/build-file.js";
import { datasetFiles } from "#src/openmlperf/forms/dataset-files.js";
import { writeForms } from "#src/openmlperf/forms/write-forms.js";
import { temporaryFolder } from "./child-script.ts";
import { type HubStandIn, type StandInRepository, startHub } from "./hub-server.ts";

const cli = fileURLToPath(new URL("../dist/cli.js", import.meta.url));
const folder = temporaryFolder();
const dataset = join(folder, "dataset");
const repository: StandInRepository = {
  type: "dataset",
  name: "us/openmlperf",
  files: { ".gitattributes": "" },
};
let hub: HubStandIn;

async function build(results: readonly number[]): Promise<void> {
  const rows = results.map((Performance_Result, index) => ({
    ...{
      ID: `9.0-${index}`,
      Submitter: "Maker",
      Category: "closed",
      Suite: "datacenter",
      Platform: "8xH100",
    },
    ...{ UsedModel: "llama2-70b-99", Model: "llama2-70b-99", Scenario: "Offline", version: "v9.0" },
    ...{
      Accelerator: "NVIDIA H100-SXM-80GB",
      "a#": 8,
      Nodes: 1,
      Performance_Result,
      Performance_Units: "Tokens/s",
    },
  }));
  const source = join(folder, "summary.json");
  writeFileSync(source, JSON.stringify(rows));
  const built = await buildDataset({
    sources: [{ ...sourceAt(source), name: "made" }],
    rules: null,
  });
  await writeForms(dataset, built);
}

async function flexbench(args: readonly string[], token = "hf_may_write") {
  const environment = { HF_ENDPOINT: hub.url, HF_HOME: join(folder, "home"), HF_TOKEN: token };
  const child = spawn(process.execPath, [cli, "dataset", ...args], {
    env: { ...process.env, ...environment },
  });
  const texts = { stdout: "", stderr: "" };
  child.stdout.on("data", (piece) => (texts.stdout += piece));
  child.stderr.on("data", (piece) => (texts.stderr += piece));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, ...texts };
}

describe("a dataset on the Hub", () => {
  beforeAll(async () => {
    hub = await startHub([repository]);
    mkdirSync(dataset);
    await build([24_000, 25_000]);
  });

  it("is not touched by a dry run, which says what would change", async () => {
    const dry = await flexbench(["publish", dataset, repository.name, "--dry-run"]);
    expect(dry.stdout.split("\n")).toEqual([
      expect.stringMatching(/^\+ [0-9a-f]{16} {2}v9\.0 · Maker · 8xH100 · .* · Offline: 24000 tokens\/s$/),
      expect.stringMatching(/^\+ .*: 25000 tokens\/s$/),
      "2 rows added, 0 removed, 0 changed",
      `Files: ${Object.values(datasetFiles).join(", ")}`,
      "Nothing was sent: --dry-run.",
      "",
    ]);
    expect(Object.keys(repository.files)).toEqual([".gitattributes"]);
  });

  it("is published as one commit, and pulled with the same bytes", async () => {
    const published = await flexbench(["publish", dataset, repository.name]);
    expect(published.stderr).toBe("");
    expect(published.stdout).toMatch(
      /\n2 rows added, 0 removed, 0 changed\nFiles: .*\nus\/openmlperf is at [0-9a-f]{40}\n$/,
    );
    const again = await flexbench(["publish", dataset, repository.name]);
    expect(again.stdout).toBe("0 rows added, 0 removed, 0 changed\nNothing was sent: nothing changes.\n");

    const output = join(folder, "pulled");
    const pulled = await flexbench(["pull", repository.name, "--output", output]);
    expect(pulled.stdout).toContain(`${Object.keys(datasetFiles).length} files of us/openmlperf at `);
    for (const name of Object.values(datasetFiles))
      expect(readFileSync(join(output, name))).toEqual(readFileSync(join(dataset, name)));
  });

  it("gets what is new, and nothing from who may not write", async () => {
    await build([24_000, 26_000, 27_000]);
    const wish = ["publish", dataset, repository.name, "--allow-removals", "1"];
    const refused = await flexbench(wish, "hf_may_read");
    expect(refused.stderr).toContain("HUB_PUBLISH_FAILED");
    expect(refused.code).toBe(1);
    const published = await flexbench(wish);
    expect(published.stdout).toContain("2 rows added, 1 removed, 0 changed");
    expect(published.stdout).toContain("us/openmlperf is at");
  });

  it("is not emptied: more than a small share of its rows stays unless that is said", async () => {
    const before = repository.files;
    await build([24_000]);
    for (const more of [[], ["--dry-run"], ["--allow-removals", "1"]]) {
      const refused = await flexbench(["publish", dataset, repository.name, ...more]);
      expect(refused.stdout).toContain("0 rows added, 2 removed, 0 changed");
      expect(refused.stderr).toContain("2 of its 3 rows would be removed");
      expect(refused.stderr).toContain("--allow-removals 2");
      expect(refused.code).toBe(2);
    }
    expect(repository.files).toBe(before);
  });

  it("is not sent when it does not hold, or holds nothing", async () => {
    const before = repository.files;
    await build([24_000, 26_000, 27_000]);
    const path = join(dataset, datasetFiles.jsonLines);
    writeFileSync(
      path,
      readFileSync(path, "utf8").replace('"result_unit":"tokens/s"', '"result_unit":"furlongs"'),
    );
    const wrong = await flexbench(["publish", dataset, repository.name]);
    expect(wrong.stderr).toContain('result_unit is "furlongs"');
    writeFileSync(path, "");
    const nothing = await flexbench(["publish", dataset, repository.name]);
    expect(nothing.stderr).toContain("the dataset has no rows");
    expect([wrong.code, nothing.code]).toEqual([2, 2]);
    expect(repository.files).toBe(before);
  });

  it("gets a card or a report that changed without its rows, and a tag that can be pulled", async () => {
    await build([24_000, 26_000, 27_000]);
    writeFileSync(join(dataset, datasetFiles.card), "# Another card\n");
    const published = await flexbench(["publish", dataset, repository.name, "--tag", "v1"]);
    expect(published.stdout).toMatch(
      /^0 rows added, 0 removed, 0 changed\nFiles: README\.md\nus\/openmlperf is at ([0-9a-f]{40})\nv1 names \1\n$/,
    );
    const tagged = await flexbench(["publish", dataset, repository.name, "--tag", "v2"]);
    expect(tagged.stdout).toMatch(/Nothing was sent: nothing changes\.\nv2 names [0-9a-f]{40}\n$/);
    const taken = await flexbench(["publish", dataset, repository.name, "--tag", "v1"]);
    expect(taken.stderr).toContain("the repository has one of that name");
    const output = join(folder, "tagged");
    await flexbench(["pull", repository.name, "--revision", "v1", "--output", output]);
    expect(readFileSync(join(output, datasetFiles.card), "utf8")).toBe("# Another card\n");
  });

  it("that holds none cannot be pulled", async () => {
    const empty: StandInRepository = { type: "dataset", name: "us/empty", files: { "README.md": "" } };
    hub = await startHub([empty]);
    const pulled = await flexbench(["pull", "us/empty", "--output", join(folder, "none")]);
    expect(pulled.stderr).toContain("holds no openmlperf.jsonl");
    expect(pulled.code).toBe(2);
  });
});
