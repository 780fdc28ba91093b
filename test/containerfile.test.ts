import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

const root = new URL("../", import.meta.url);
const read = (file: string) => readFileSync(new URL(file, root), "utf8");

/** Instructions with their words, continued lines joined, comments left out. */
const instructions = read("examples/Containerfile")
  .replaceAll(/^#.*\n/gm, "")
  .replaceAll(/\\\n/g, " ")
  .split("\n")
  .filter((line) => line.trim() !== "")
  .map((line) => line.trim().split(/\s+/));

const { engines, bin, version } = JSON.parse(read("package.json"));

describe("examples/Containerfile", () => {
  test("begins from images with a Node that FlexBench takes, and names stages that are there", () => {
    const stages = instructions.filter(([word]) => word === "FROM");
    expect(stages).toHaveLength(2);
    const least = Number(/\d+/.exec(engines.node)?.[0]);
    for (const [, image = ""] of stages)
      expect(Number(/^node:(\d+)-bookworm/.exec(image)?.[1])).toBeGreaterThanOrEqual(least);
    const names = stages.flatMap(([, , as, name]) => (as === "AS" ? [name] : []));
    const used = instructions.flatMap((words) =>
      words.flatMap((word) => /^--from=(.+)$/.exec(word)?.[1] ?? []),
    );
    expect(new Set(used)).toEqual(new Set(names));
  });

  test("copies what the sources have, all that a build needs among it", () => {
    const copied = instructions
      .filter(([word, first]) => word === "COPY" && !first?.startsWith("--from"))
      .flatMap((words) => words.slice(1, -1));
    for (const path of copied) expect(existsSync(new URL(path, root)), path).toBe(true);
    const needed = ["src", "scripts", "native", "third_party", "binding.gyp", "package-lock.json"];
    expect(copied).toEqual(expect.arrayContaining(needed));
    expect(instructions.map((words) => words.join(" "))).toContainEqual(
      expect.stringMatching(/^RUN npm ci\b/),
    );
  });

  test("puts the command where manifests look for it, and is named as the documentation names it", () => {
    const last = instructions.findLastIndex(([word]) => word === "FROM");
    const lines = instructions.slice(last).map((words) => words.join(" "));
    expect(lines).toContainEqual(
      expect.stringContaining(`ln -s /flexbench/${bin.flexbench} /usr/local/bin/flexbench`),
    );
    expect(read("docs/campaigns.md")).toContain(
      `podman build -f examples/Containerfile -t YOUR/flexbench:${version}`,
    );
  });
});
