import type { RunConfig } from "./config/run-config.ts";
import { FlexBenchError } from "./errors.ts";
import { openHub } from "./hub/open-hub.ts";
import type { ModelModule } from "./model/define-model.ts";
import type { RunListener } from "./run-events.ts";
import type { RunTarget } from "./run-target.ts";
import { loadTokenizer } from "./tokenizer/load-tokenizer.ts";
import type { Tokenizer } from "./tokenizer/tokenizer.ts";

/**
 * The folder of the tokenizer that counts output tokens, where the server tells neither usage nor token ids: the run's,
 * else that of a model module which the user named. Null where nothing is to be counted, or no tokenizer is there; the
 * listener hears how tokens are counted then.
 */
export async function countingTokenizer({
  config,
  model,
  tokenizer,
  target,
  listener,
}: {
  config: RunConfig;
  model: ModelModule;
  /** The run's own; null when it names none. */
  tokenizer: Tokenizer | null;
  target: RunTarget;
  listener: RunListener;
}): Promise<string | null> {
  if (target.returnsUsage) return null;
  const warn = (how: string) =>
    listener.onEvent({
      kind: "warning",
      message: `An endpoint sends no usage: output tokens are counted ${how}.`,
    });
  if (target.returnsTokenIds) {
    warn("by token ids");
    return null;
  }
  if (tokenizer !== null) {
    warn(`by the tokenizer of ${tokenizer.source}`);
    return tokenizer.folder;
  }
  const ofModule = config.modelModule === null ? null : (model.tokenizer ?? null);
  if (ofModule === null) {
    warn("by events; give --tokenizer to count them by the model's own");
    return null;
  }
  try {
    const { source, folder } = await loadTokenizer(ofModule, openHub());
    warn(`by the tokenizer of ${source}`);
    return folder;
  } catch (error) {
    if (!(error instanceof FlexBenchError)) throw error;
    warn(`by events, as the tokenizer of the model module, ${ofModule}, cannot be loaded (${error.code})`);
    return null;
  }
}
