import type { RunConfig } from "./config/run-config.ts";
import { FlexBenchError } from "./errors.ts";
import { openHub } from "./hub/open-hub.ts";
import type { ModelModule } from "./model/define-model.ts";
import type { RunListener } from "./run-events.ts";
import type { RunTarget } from "./run-target.ts";
import { loadTokenizer } from "./tokenizer/load-tokenizer.ts";

/**
 * The folder of the tokenizer that counts output tokens, where the server tells neither usage nor token ids: the run's,
 * else that of a model module which the user named. Null where nothing is to be counted, or no tokenizer is there; the
 * listener hears how tokens are counted then. Throws what `loadTokenizer` throws, for the run's own tokenizer alone.
 */
export async function countingTokenizer(
  config: RunConfig,
  model: ModelModule,
  { returnsUsage, returnsTokenIds }: RunTarget,
  listener: RunListener,
): Promise<string | null> {
  if (returnsUsage) return null;
  const warn = (how: string) =>
    listener.onEvent({
      kind: "warning",
      message: `An endpoint sends no usage: output tokens are counted ${how}.`,
    });
  if (returnsTokenIds) {
    warn("by token ids");
    return null;
  }
  const ofModule = config.modelModule === null ? null : (model.tokenizer ?? null);
  const spec = config.tokenizer ?? ofModule;
  if (spec === null) {
    warn("by events; give --tokenizer to count them by the model's own");
    return null;
  }
  try {
    const { source, folder } = await loadTokenizer(spec, openHub());
    warn(`by the tokenizer of ${source}`);
    return folder;
  } catch (error) {
    if (config.tokenizer !== null || !(error instanceof FlexBenchError)) throw error;
    warn(`by events, as the tokenizer of the model module, ${spec}, cannot be loaded (${error.code})`);
    return null;
  }
}
