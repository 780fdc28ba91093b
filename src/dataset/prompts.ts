import { createHash } from "node:crypto";
import { invalidOptions, unknownOptions } from "./check-options.ts";
import { type Dataset, type DatasetRequest, defineDataset, type Sample } from "./define-dataset.ts";
import { sampleOf } from "./sample-of.ts";

/** Questions with one short answer; the answer is the reference. */
const questions: readonly (readonly [question: string, answer: string])[] = [
  ["What is the capital of France?", "Paris"],
  ["What is the capital of Japan?", "Tokyo"],
  ["What is the capital of Canada?", "Ottawa"],
  ["Which planet is closest to the Sun?", "Mercury"],
  ["Which planet is known for its bright rings?", "Saturn"],
  ["How many days are there in a leap year?", "366"],
  ["How many minutes are there in two hours?", "120"],
  ["What is 7 times 8?", "56"],
  ["What is 144 divided by 12?", "12"],
  ["What is the square root of 81?", "9"],
  ["Which gas do plants take in from the air to grow?", "carbon dioxide"],
  ["What is the chemical symbol of gold?", "Au"],
  ["At how many degrees Celsius does water boil at sea level?", "100"],
  ["Which ocean lies between Africa and Australia?", "the Indian Ocean"],
  ["What is the longest bone in the human body?", "the femur"],
  ["How many sides does a hexagon have?", "6"],
  ["Which language is spoken in Brazil?", "Portuguese"],
  ["What do bees make from nectar?", "honey"],
  ["Which metal is liquid at room temperature?", "mercury"],
  ["Who wrote the play Hamlet?", "William Shakespeare"],
  ["In which continent is the Sahara?", "Africa"],
  ["What is the opposite of the word ancient?", "modern"],
  ["What is the plural of the word mouse, the animal?", "mice"],
  ["Which number comes next: 2, 4, 8, 16?", "32"],
  ["How many bits are in one byte?", "8"],
  ["Which base do computers count in?", "2"],
  ["What does the letter H stand for in H2O?", "hydrogen"],
  ["Which bird cannot fly and lives in Antarctica?", "the penguin"],
  ["What colour do you get by mixing blue and yellow paint?", "green"],
  ["Which instrument has 88 keys?", "the piano"],
  ["How many players of one team are on a football pitch?", "11"],
  ["Which month has the fewest days?", "February"],
];

/** Tasks with free answers; nothing to compare them with. */
const tasks: readonly string[] = [
  "Explain in two sentences why the sky looks blue during the day.",
  "Write one sentence that ends with the word tomorrow.",
  "Name three fruits that are usually red.",
  "Give two reasons why people keep a diary.",
  "Describe a quiet lake at dawn in one sentence.",
  "Write a polite answer that declines an invitation to dinner.",
  "List four things to pack for a day of hiking.",
  "Explain to a child what a battery does.",
  "Turn this into a question: The train leaves at nine.",
  "Rewrite in the past tense: She walks to the market and buys bread.",
  "Shorten this sentence: Due to the fact that it was raining, we stayed at home.",
  "Write a title for a story about a lighthouse keeper and a whale.",
  "Say in one sentence what a compiler does.",
  "Name two differences between a river and a canal.",
  "Write the first line of a letter to an old friend.",
  "Describe how to boil an egg in three short steps.",
  "Give a word that rhymes with light, and use it in a sentence.",
  "Explain what the word queue means in computing.",
  "Suggest a name for a small bakery near the sea.",
  "Write a short warning sign for a slippery floor.",
  "Describe the taste of a lemon without using the word sour.",
  "Name one advantage and one drawback of electric cars.",
  "Complete the sentence: If I had a telescope, I would",
  "Tell in one sentence what happens when ice melts.",
  "Write two lines of a poem about autumn leaves.",
  "Explain why we have seasons in simple words.",
  "Give three tips for learning a new language.",
  "Describe a bicycle to someone who has never seen one.",
  "Write a friendly reminder to return a library book.",
  "Say what a recipe and a computer program have in common.",
  "List the steps to plant a tree.",
  "Write a short thank-you note to a neighbour who watered the plants.",
];

const samples: readonly Sample[] = [
  ...questions.map(([prompt, reference]) => ({ prompt: `${prompt} Answer in a short sentence.`, reference })),
  ...tasks.map((prompt) => ({ prompt })),
];

/** 64 short questions and tasks of our own, the dataset of the first run. Questions of fact have a reference. */
export const prompts = defineDataset({
  name: "prompts",
  description: "64 short questions and tasks, half of them with a reference answer.",
  load: ({ argument, options }: DatasetRequest): Dataset => {
    const problems = unknownOptions(options, []);
    if (argument !== "") {
      problems.push({ where: `prompts:${argument}`, message: "this dataset takes no argument" });
    }
    if (problems.length > 0) {
      throw invalidOptions(problems);
    }
    return {
      name: "prompts",
      size: samples.length,
      performanceSampleCount: samples.length,
      source: "built-in",
      sha256: createHash("sha256").update(JSON.stringify(samples)).digest("hex"),
      sample: (index) => sampleOf(samples, index),
    };
  },
});
