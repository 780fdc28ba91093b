import type { ModelModule } from "../define-model.ts";
import { deepseekR1 } from "./deepseek-r1.ts";
import { generic } from "./generic.ts";
import { gptOss120b } from "./gpt-oss-120b.ts";
import { llama270b } from "./llama2-70b.ts";
import { llama318b } from "./llama3_1-8b.ts";
import { llama31405b } from "./llama3_1-405b.ts";
import { mixtral8x7b } from "./mixtral-8x7b.ts";
import { smollm2 } from "./smollm2.ts";

/** Every preset, by the name that `--model-module` takes. */
export const modelPresets: readonly ModelModule[] = [
  llama270b,
  llama318b,
  llama31405b,
  mixtral8x7b,
  deepseekR1,
  gptOss120b,
  smollm2,
  generic,
];

export { generic };
