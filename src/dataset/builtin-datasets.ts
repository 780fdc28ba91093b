import type { DatasetModule } from "./define-dataset.ts";
import { prompts } from "./prompts.ts";
import { synthetic } from "./synthetic.ts";
import { trace } from "./trace.ts";

/** The datasets that come with FlexBench, by the names of `--dataset`. */
export const builtinDatasets: readonly DatasetModule[] = [prompts, synthetic, trace];
