import { describe, expect, it } from "vitest";
import { accuracyText } from "#src/accuracy/accuracy-files.js";
import type { ScoredLog } from "#src/accuracy/score-log.js";

/** The patterns by which MLCommons' submission checker finds figures; it matches them from the beginning of each line. */
const official = {
  rouge1: /^.*'rouge1':\s+'?([\d.]+)'?.*/,
  rouge2: /^.*'rouge2':\s+'?([\d.]+)'?.*/,
  rougeL: /^.*'rougeL':\s+'?([\d.]+)'?.*/,
  rougeLsum: /^.*'rougeLsum':\s+'?([\d.]+)'?.*/,
  gen_len: /^.*'gen_len':\s([\d.]+).*/,
  tokens_per_sample: /^.*'tokens_per_sample':\s([\d.]+).*/,
  exact_match: /^.*'exact_match':\s([\d.]+).*/,
  gsm8k: /^.*'gsm8k':\s([\d.]+).*/,
  mbxp: /^.*'mbxp':\s([\d.]+).*/,
};

function textOf(metrics: Record<string, number>): string[] {
  const scored: ScoredLog = {
    answers: [{ index: 0, prompt: "", answer: "a", reference: "b", outputTokens: 3 }],
    perSample: null,
    scores: {
      samples: 1,
      emptyAnswers: 0,
      metric: "rouge",
      metrics,
      intervals: {},
      target: {},
      ceiling: {},
      passed: null,
      notes: [],
      logSha256: "ab".repeat(32),
    },
  };
  return accuracyText(scored).split("\n");
}

/** As the checker reads: the last line that matches wins. */
function readAs(pattern: RegExp, lines: readonly string[]): number | null {
  const found = lines.map((line) => pattern.exec(line)?.[1]).filter((value) => value !== undefined);
  return found.length === 0 ? null : Number(found.at(-1));
}

describe("accuracy.txt", () => {
  const metrics = {
    rouge1: 38.77919,
    rouge2: 15.9075,
    rougeL: 0.00001,
    rougeLsum: 100,
    gen_len: 8_167_644,
    tokens_per_sample: 294.449,
    exact_match: 81.3582,
    gsm8k: 73.66,
    mbxp: 60.16,
  };

  it("is read by the official checker's patterns", () => {
    const lines = textOf(metrics);
    const read = Object.fromEntries(
      Object.entries(official).map(([name, pattern]) => [name, readAs(pattern, lines)]),
    );
    expect(read).toEqual({ ...metrics, rouge1: 38.7792, rougeL: 0, tokens_per_sample: 294.4 });
  });

  it("holds only what was measured, and the hash of the log on a line of its own", () => {
    const lines = textOf({ exact_match: 50 });
    expect(readAs(official.rouge1, lines)).toBeNull();
    expect(lines).toContain(`hash=${"ab".repeat(32)}`);
    expect(lines.at(-1)).toBe("");
  });
});
