import type { HubDatasetName } from "./hub-dataset.ts";
import { letterOf } from "./prompt-template.ts";
import type { RowDerivation } from "./sample-maker.ts";
import type { KnownRules } from "./sample-rules.ts";
import { seededRandom } from "./seeded-random.ts";

/** A well-known dataset of the Hub and all that is needed to ask it: no code, only facts. */
export interface HubPreset extends KnownRules {
  /** As `--dataset` calls it. */
  name: string;
  /** One sentence for people. */
  description: string;
  hub: HubDatasetName;
  /** Branch, tag or commit; null: the main branch. */
  revision: string | null;
  /** Name of the metric that suits its references; null: none does. */
  metric: string | null;
}

const boxed = "Reason step by step, and put the final answer within \\boxed{{}}.";
const oneLetter = 'Think it through, and end with "The answer is (X)", where X is the letter of your choice.';

/** Four answers in an order that follows from seed and row, so that no letter is right more often than others. */
const gpqaChoices: RowDerivation = {
  from: ["Question", "Correct Answer", "Incorrect Answer 1", "Incorrect Answer 2", "Incorrect Answer 3"],
  make: (fields, row, seed) => {
    const random = seededRandom(seed, row);
    const choices = ["Correct Answer", "Incorrect Answer 1", "Incorrect Answer 2", "Incorrect Answer 3"]
      .map((column) => ({ column, place: random() }))
      .toSorted((one, other) => one.place - other.place)
      .map(({ column }) => column);
    return {
      choices: choices.map((column) => String(fields[column] ?? "").trim()),
      letter: letterOf(choices.indexOf("Correct Answer")),
    };
  },
};

const longBenchChoices: RowDerivation = {
  from: ["choice_A", "choice_B", "choice_C", "choice_D"],
  make: (fields) => ({
    choices: ["choice_A", "choice_B", "choice_C", "choice_D"].map((column) => fields[column]),
  }),
};

/** The first thing that the person says, and what the assistant answers to it. */
const firstTurns: RowDerivation = {
  from: ["conversations"],
  make: ({ conversations }) => {
    const turns: readonly unknown[] = Array.isArray(conversations) ? conversations : [];
    const saidBy = (speakers: readonly string[]) =>
      turns
        .map((turn) => turn as { from?: unknown; value?: unknown } | null)
        .find((turn) => typeof turn?.from === "string" && speakers.includes(turn.from))?.value ?? null;
    const asked = saidBy(["human", "user"]);
    // Some conversations are empty, or begin with the assistant and end there.
    return typeof asked !== "string" || asked.trim() === ""
      ? null
      : { asked, answered: saidBy(["gpt", "chatgpt", "assistant", "bing", "bard"]) };
  },
};

/** The well-known datasets, by the names of `--dataset`. */
export const hubPresets: readonly HubPreset[] = [
  {
    name: "openorca",
    description:
      "Questions with system prompts, answered by GPT-4 (MLPerf's llama2-70b and mixtral use a part of it).",
    hub: { name: "ctuning/MLPerf-OpenOrca", split: "train", config: null },
    revision: null,
    columns: { input: "question", output: "response", system: "system_prompt" },
    template: null,
    derive: null,
    metric: "rouge",
    maxTokens: 1024,
  },
  {
    name: "cnn-dailymail",
    description: "News articles to be summarised (MLPerf's llama3.1-8b uses the validation split).",
    hub: { name: "abisee/cnn_dailymail", split: "validation", config: "3.0.0" },
    revision: null,
    columns: { input: "article", output: "highlights" },
    template:
      "Summarize the following news article in 128 tokens. Please output the summary only, without any other text.\n\nArticle:\n{article}\n\nSummary:",
    derive: null,
    metric: "rouge",
    maxTokens: 128,
  },
  {
    name: "gsm8k",
    description: "Sums in words, from primary school.",
    hub: { name: "openai/gsm8k", split: "test", config: "main" },
    revision: null,
    columns: { input: "question", output: "answer" },
    template:
      'Solve the problem step by step, and end with "#### N", where N is the answer as a number alone.\n\n{question}',
    derive: null,
    metric: "gsm8k",
    maxTokens: 1024,
  },
  {
    name: "mmlu-pro",
    description: "Questions of fourteen subjects with up to ten choices.",
    hub: { name: "TIGER-Lab/MMLU-Pro", split: "test", config: null },
    revision: null,
    columns: { input: "question", output: "answer" },
    template: `{question}\n\n{options:letters}\n\n${oneLetter}`,
    derive: null,
    metric: "multiple-choice",
    maxTokens: 2048,
  },
  {
    name: "gpqa",
    description:
      "Hard questions of biology, physics and chemistry with four choices (diamond set; gated on the Hub).",
    hub: { name: "Idavidrein/gpqa", split: "train", config: "gpqa_diamond" },
    revision: null,
    columns: { input: "Question", output: "letter" },
    template: `{Question}\n\n{choices:letters}\n\n${oneLetter}`,
    derive: gpqaChoices,
    metric: "multiple-choice",
    maxTokens: 16_384,
  },
  {
    name: "aime",
    description: "Thirty problems of the mathematics contest of 2024; each answer is a whole number.",
    hub: { name: "HuggingFaceH4/aime_2024", split: "train", config: null },
    revision: null,
    columns: { input: "problem", output: "answer" },
    template: `{problem}\n\n${boxed}`,
    derive: null,
    metric: "math",
    maxTokens: 32_768,
  },
  {
    name: "math-500",
    description: "Five hundred mathematics problems of all levels.",
    hub: { name: "HuggingFaceH4/MATH-500", split: "test", config: null },
    revision: null,
    columns: { input: "problem", output: "answer" },
    template: `{problem}\n\n${boxed}`,
    derive: null,
    metric: "math",
    maxTokens: 8192,
  },
  {
    name: "longbench",
    description: "Questions on long texts, 8,000 to two million words, with four choices (LongBench v2).",
    hub: { name: "THUDM/LongBench-v2", split: "train", config: null },
    revision: null,
    columns: { input: "context", output: "answer" },
    template: `Read the text and answer the question about it.\n\n{context}\n\nQuestion: {question}\n\n{choices:letters}\n\n${oneLetter}`,
    derive: longBenchChoices,
    metric: "multiple-choice",
    maxTokens: 1024,
  },
  {
    name: "sharegpt",
    description: "What people first asked of a chat assistant; lengths as they come.",
    hub: { name: "Aeala/ShareGPT_Vicuna_unfiltered", split: "train", config: "default" },
    revision: "refs/convert/parquet",
    columns: { input: "asked", output: "answered" },
    template: null,
    derive: firstTurns,
    metric: "rouge",
    maxTokens: 1024,
  },
];
