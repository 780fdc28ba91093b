import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { porterStem } from "#src/accuracy/porter-stemmer.js";
import { englishParameters, ownParameters } from "#src/accuracy/punkt-parameters.js";
import { rougeScores } from "#src/accuracy/rouge-scores.js";
import { splitSentences } from "#src/accuracy/sentences.js";
import { temporaryFolder } from "./child-script.ts";

// What the Python packages say; fixtures/rouge/make.py writes it.
const cases = JSON.parse(readFileSync(new URL("./fixtures/rouge/cases.json", import.meta.url), "utf8")) as {
  pairs: ({ reference: string; answer: string } & Record<string, number>)[];
  stems: Record<string, string>;
  sentences: { text: string; sentences: string[] }[];
};

describe("ROUGE as Python's rouge-score gives it", () => {
  it.each(cases.pairs)("of $answer against $reference", ({ reference, answer, ...expected }) => {
    const scores = rougeScores(reference, answer);
    for (const name of ["rouge1", "rouge2", "rougeL", "rougeLsum"] as const)
      expect(Math.abs(scores[name] - (expected[name] ?? Number.NaN)), name).toBeLessThan(1e-6);
  });

  it("covers scores of every kind", () => {
    expect(cases.pairs.length).toBeGreaterThanOrEqual(20);
    const values = new Set(cases.pairs.map(({ rougeLsum }) => rougeLsum));
    expect(values.size).toBeGreaterThan(10);
    expect(cases.pairs.filter(({ rougeL, rougeLsum }) => rougeL !== rougeLsum).length).toBeGreaterThan(2);
  });
});

describe("stems", () => {
  it("are those of nltk's Porter stemmer", () => {
    const stems = Object.fromEntries(Object.keys(cases.stems).map((word) => [word, porterStem(word)]));
    expect(stems).toEqual(cases.stems);
    expect(Object.keys(stems).length).toBeGreaterThan(180);
  });
});

describe("sentences", () => {
  // nltk's trained model knows more abbreviations and names than the built-in one; these need its knowledge.
  const needModel = cases.sentences.filter(({ text }) => /plan C|e\.g\.|the U\.S\. She|No\. 5/.test(text));

  it.each(cases.sentences.filter((entry) => !needModel.includes(entry)))(
    "of $text are those of nltk",
    ({ text, sentences }) => {
      expect(splitSentences(text, ownParameters)).toEqual(sentences);
    },
  );

  it("hold all of the text but the white space between them", () => {
    for (const { text } of cases.sentences)
      expect(splitSentences(text, ownParameters).join("").replace(/\s/g, "")).toBe(text.replace(/\s/g, ""));
  });

  it("are split by nltk's own model where it is installed", () => {
    const data = join(temporaryFolder(), "nltk_data");
    const model = join(data, "tokenizers", "punkt_tab", "english");
    mkdirSync(model, { recursive: true });
    writeFileSync(join(model, "abbrev_types.txt"), "zool\n");
    writeFileSync(join(model, "collocations.tab"), "##number##\tdivision\n");
    writeFileSync(join(model, "sent_starters.txt"), "however\n");
    writeFileSync(join(model, "ortho_context.tab"), "the\t46\n");
    const parameters = englishParameters({ NLTK_DATA: data });
    expect(parameters.source).toBe(model);
    const split = (text: string) => splitSentences(text, parameters);
    expect(split("Prof. Ito teaches.")).toEqual(["Prof.", "Ito teaches."]);
    expect(split("He reads zool. Books are rare.")).toEqual(["He reads zool. Books are rare."]);
    expect(split("He reads zool. However he does not write.")).toEqual([
      "He reads zool.",
      "However he does not write.",
    ]);
    expect(split("Take the 3. Division left.")).toEqual(["Take the 3. Division left."]);
  });

  it("are split by the built-in model where nltk's is not whole", () => {
    const data = join(temporaryFolder(), "broken");
    mkdirSync(join(data, "tokenizers", "punkt_tab", "english"), { recursive: true });
    expect(englishParameters({ NLTK_DATA: data, HOME: data }).abbreviations.has("mrs")).toBe(true);
  });
});
