import type { ModelModule } from "../define-model.ts";
import { deepseekR1 } from "./deepseek-r1.ts";
import { deepseekR1DistillLlama, deepseekR1DistillQwen } from "./deepseek-r1-distill.ts";
import { generic } from "./generic.ts";
import { gptOss120b } from "./gpt-oss-120b.ts";
import { llama270b } from "./llama2-70b.ts";
import { llama318b } from "./llama3_1-8b.ts";
import { llama31405b } from "./llama3_1-405b.ts";
import { llama3370b } from "./llama3_3-70b.ts";
import { mixtral8x7b } from "./mixtral-8x7b.ts";
import { qwen3, qwen3Instruct, qwen3Thinking } from "./qwen3.ts";
import { smollm2 } from "./smollm2.ts";

/** Every preset, by the name that `--model-module` takes. */
export const modelPresets: readonly ModelModule[] = [
  llama270b,
  llama318b,
  llama31405b,
  mixtral8x7b,
  deepseekR1,
  gptOss120b,
  llama3370b,
  deepseekR1DistillQwen,
  deepseekR1DistillLlama,
  qwen3,
  qwen3Thinking,
  qwen3Instruct,
  smollm2,
  generic,
];

/**
 * Presets of families whose members are served under names that hold more than the family's own; the first that fits
 * is taken. A distilled model nobody here knows must not pass for the one that taught it.
 */
export const modelFamilies: readonly { servedAs: RegExp; preset: ModelModule }[] = [
  { servedAs: /deepseek-?r1.*llama/i, preset: deepseekR1DistillLlama },
  { servedAs: /deepseek-?r1.*qwen/i, preset: deepseekR1DistillQwen },
  { servedAs: /distill/i, preset: generic },
  { servedAs: /qwen-?3-?(next|coder|vl|omni)|qwen-?3[._]\d/i, preset: generic },
  { servedAs: /qwen-?3.*thinking/i, preset: qwen3Thinking },
  { servedAs: /qwen-?3.*instruct/i, preset: qwen3Instruct },
];

export { generic };
