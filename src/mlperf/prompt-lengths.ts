import type { Dataset, Sample } from "../dataset/define-dataset.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";

/** Longest prompts by their characters that are counted in tokens: the longest of them is the longest of all, or nearly. */
const counted = 32;

/** Tokens of the longest prompt of a set; null where the prompts are text and no tokenizer is there. */
export async function longestPromptTokens(
  dataset: Dataset,
  tokenizer: Tokenizer | null,
): Promise<number | null> {
  let mostIds = 0;
  let longest: Sample[] = [];
  for (let index = 0; index < dataset.size; index++) {
    const sample = await dataset.sample(index);
    if (sample.promptTokenIds !== undefined) mostIds = Math.max(mostIds, sample.promptTokenIds.length);
    else longest.push(sample);
    if (longest.length >= 2 * counted) longest = longestOf(longest);
  }
  if (longest.length === 0) return mostIds;
  if (tokenizer === null) return null;
  return Math.max(mostIds, ...longestOf(longest).map((sample) => tokensOf(sample, tokenizer)));
}

function longestOf(samples: readonly Sample[]): Sample[] {
  return samples.toSorted((one, other) => textOf(other).length - textOf(one).length).slice(0, counted);
}

function textOf({ prompt, messages = [] }: Sample): string {
  return prompt ?? messages.map(({ content }) => content).join("\n");
}

function tokensOf(sample: Sample, tokenizer: Tokenizer): number {
  const { messages } = sample;
  const isChat = messages !== undefined && tokenizer.hasChatTemplate;
  return (isChat ? tokenizer.encodeChat(messages) : tokenizer.encode(textOf(sample))).length;
}
