import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { officialData } from "./official-data.ts";

const page = readFileSync(new URL("../docs/scale.md", import.meta.url), "utf8");

const planned = {
  tokensPerSecondPerCore: 40_000,
  cpuSecondsPerToken: 9.5e-6,
  cpuSecondsPerRequest: 32.2e-6,
  cpuSecondsPerTokenAlone: 7.69e-6,
  bytesPerToken: 405,
  bytesPerStream: 9_600,
};

/** The rows of the table whose first column has this heading. */
function tableUnder(heading: string): string[][] {
  const lines = page.split("\n");
  const head = lines.findIndex((line) => line.startsWith(`| ${heading} |`));
  const end = lines.findIndex((line, at) => at > head && !line.startsWith("|"));
  return lines.slice(head + 2, end).map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

const numberIn = (cell: string | undefined) => Number(cell?.replaceAll(",", ""));
const printed = (value: number, digits = 0) =>
  value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });

interface Deployment {
  name: string;
  round: string;
  file: string;
  row: number;
  systemTokensPerSecond: number;
  accelerators: number;
  tokensPerAnswer: number;
  latencySeconds: number;
}

const deployments: Deployment[] = tableUnder("benchmark, Server").map(
  ([benchmark, accelerator, published, place, system, , answer, latency]) => {
    const [file = "", row] = place?.replaceAll("`", "").split(" ") ?? [];
    const [tokens, accelerators] = system?.split(" of ") ?? [];
    return {
      name: `${benchmark}, ${accelerator}`,
      round: published ?? "",
      file,
      row: numberIn(row),
      systemTokensPerSecond: numberIn(tokens),
      accelerators: numberIn(accelerators),
      tokensPerAnswer: numberIn(answer),
      latencySeconds: numberIn(latency),
    };
  },
);

function neededBy(deployment: Deployment, accelerators: number): string[] {
  const tokens = (deployment.systemTokensPerSecond / deployment.accelerators) * accelerators;
  const requests = tokens / deployment.tokensPerAnswer;
  const streams = requests * deployment.latencySeconds;
  const secondsPerRequest = planned.cpuSecondsPerRequest + 2 * planned.cpuSecondsPerTokenAlone;
  return [
    deployment.name,
    printed(accelerators),
    printed(tokens),
    printed(Math.ceil(tokens / planned.tokensPerSecondPerCore)),
    printed(Math.ceil(tokens * planned.cpuSecondsPerToken * 10) / 10, 1),
    printed(requests, 1),
    printed(streams),
    printed((tokens * planned.bytesPerToken * 8) / 1e9, 2),
    printed((streams * planned.bytesPerStream) / 1e6, 1),
    printed(requests * secondsPerRequest, 2),
  ];
}

describe("docs/scale.md", () => {
  test("its table of needs follows from its table of deployments", () => {
    expect(deployments).toHaveLength(6);
    const expected = deployments.flatMap((each) => [10, 100, 1_000].map((count) => neededBy(each, count)));
    expect(tableUnder("benchmark, accelerator")).toEqual(expected);
  });

  test("its measured costs are those of the bench", () => {
    const bench = readFileSync(new URL("../bench/RESULTS.md", import.meta.url), "utf8");
    for (const measured of [
      "a token of ours takes 9.5 µs",
      "| a request | 8.9 | 13.1 | 32.2 |",
      "| a token | 4.21 | 7.14 | 7.69 |",
      "| 40,000 | 0.329 / 1.564 |",
      "| 10,000 | 0 | 179 MB (aim ≤ 400) | 9.6 kB |",
      "| 31.7 / 378 | 800,000 |",
      "| 205,724 | 8.98 |",
      "| 194,987 | 11.74 |",
    ]) {
      expect(bench).toContain(measured);
    }
    // What speaks against the plan is told with what speaks for it.
    for (const told of ["205,724 tokens/s, 8.98 µs", "194,987 tokens/s, 11.74 µs"])
      expect(page).toContain(told);
    expect(page).toContain(`${printed(Math.round(1 / 11.74e-6 / 1000) * 1000)} tokens/s at the most`);
  });

  test("its bytes of a token are those of captured answers", () => {
    const captures = [...page.matchAll(/([\d,]+) B for (\d+) tokens: `(test\/fixtures\/wire\/[^`]+)`/g)];
    expect(captures).toHaveLength(3);
    for (const [, told, tokens, path = ""] of captures) {
      const file = new URL(`../${path}`, import.meta.url);
      const headBytes = readFileSync(file).indexOf("\r\n\r\n") + 4;
      expect(statSync(file).size - headBytes, path).toBe(numberIn(told));
      expect(page).toContain(`${Math.round(numberIn(told) / Number(tokens))} B |`);
    }
  });

  test.skipIf(officialData === null)("its deployments are rows of the published tables", () => {
    for (const deployment of deployments) {
      const path = join(officialData ?? "", deployment.file);
      const rows: Record<string, unknown>[] = JSON.parse(readFileSync(path, "utf8"));
      const row = rows[deployment.row];
      expect(deployment.round).toContain(String(row?.ID));
      expect(row?.Scenario).toBe("Server");
      expect(row?.Performance_Result).toBe(deployment.systemTokensPerSecond);
      expect(Number(row?.["a#"]) * Number(row?.Nodes)).toBe(deployment.accelerators);
    }
  });
});
