import { loadDataset } from "../dataset/load-dataset.ts";
import { seededRandom } from "../dataset/seeded-random.ts";
import { shuffledIndexes } from "../dataset/shuffled.ts";
import { vocabulary } from "../dataset/vocabulary.ts";
import { UsageError } from "../errors.ts";
import { openHub } from "../hub/open-hub.ts";
import { loadTokenizer } from "../tokenizer/load-tokenizer.ts";
import { type AnswerTokens, ownTokens, tokenizedBy } from "./sim-answer-tokens.ts";
import { promptKeyOf } from "./sim-request.ts";

/** Where the simulator takes its answers from, and how many of them are wrong; plain data. */
export interface AnswersSource {
  /** A dataset whose references are the answers: whatever a run can load. */
  dataset: string;
  /** Options of the dataset's own. @default none */
  datasetOptions?: Readonly<Record<string, string>>;
  /** Makes prompts of the dataset's columns, as in a run; null: they are as they stand. @default null */
  promptTemplate?: string | null;
  /** Share of the prompts that get a wrong answer, 0..1. @default 0 */
  errorRate?: number;
  /** Folder or Hub id of the tokenizer that gives the token ids; null: ids of the simulator's own. @default null */
  tokenizer?: string | null;
}

/** The answers that a simulator knows, by prompt. */
export interface KnownAnswers {
  /** The answer to a prompt, by `promptKeyOf`; null where nobody has told it. */
  find(promptKey: string): AnswerTokens | null;
}

/**
 * Reads the references of a dataset. Of several samples with one prompt the first one counts. Which answers are wrong
 * follows from the seed: exactly the share that is asked for, to the nearest whole answer. Throws what `loadDataset` and
 * `loadTokenizer` throw, and a UsageError `SIM_OPTIONS` when no sample has a reference.
 */
export async function loadAnswers(
  source: AnswersSource,
  { seed, vocabularySize }: { seed: number; vocabularySize: number },
): Promise<KnownAnswers> {
  const spec = source.tokenizer ?? null;
  const tokenizer = spec === null ? null : await loadTokenizer(spec, openHub());
  const texts = await readReferences(source, seed);
  const prompts = [...texts.keys()];
  const wrong = Math.round((source.errorRate ?? 0) * prompts.length);
  for (const index of shuffledIndexes(prompts.length, seed).subarray(0, wrong)) {
    const prompt = prompts[index] ?? "";
    texts.set(prompt, wrongAnswer(texts.get(prompt) ?? "", seededRandom(seed, index)));
  }
  const tokenize = tokenizer === null ? ownTokens(vocabularySize) : await tokenizedBy(tokenizer);
  const tokens = new Map<string, AnswerTokens>();
  return {
    find(promptKey) {
      const text = texts.get(promptKey);
      if (text === undefined) return null;
      const known = tokens.get(promptKey) ?? tokenize(text);
      tokens.set(promptKey, known);
      return known;
    },
  };
}

async function readReferences(
  { dataset: spec, datasetOptions, promptTemplate }: AnswersSource,
  seed: number,
): Promise<Map<string, string>> {
  const dataset = await loadDataset(spec, {
    seed,
    maxTokens: null,
    options: datasetOptions ?? {},
    selection: { promptTemplate: promptTemplate ?? null },
  });
  const texts = new Map<string, string>();
  for (let index = 0; index < dataset.size; index++) {
    const { reference = "", ...prompt } = await dataset.sample(index);
    const key = promptKeyOf(prompt);
    if (reference.trim() !== "" && !texts.has(key)) texts.set(key, reference);
  }
  if (texts.size > 0) return texts;
  const message = `no sample of ${dataset.name} has a reference`;
  throw new UsageError("SIM_OPTIONS", [{ where: "answers", message }], {
    hint: "Name the column of the references: --answers-option reference=COLUMN.",
  });
}

/** Every word replaced by one that the answer does not have; spaces and lines stay. */
function wrongAnswer(text: string, random: () => number): string {
  const own = new Set(text.toLowerCase().split(/[^a-z]+/));
  const others = vocabulary.filter((word) => !own.has(word));
  return text.replace(/\S+/g, () => others[Math.floor(random() * others.length)] ?? "");
}
