import type { RunConfig } from "./config/run-config.ts";
import { openHub } from "./hub/open-hub.ts";
import type { RunListener } from "./run-events.ts";
import type { RunTarget } from "./run-target.ts";
import { loadTokenizer } from "./tokenizer/load-tokenizer.ts";

/**
 * The folder of the tokenizer that counts output tokens, where the server tells neither usage nor token ids; null where
 * nothing is to be counted, or no tokenizer was named. Throws what `loadTokenizer` throws.
 */
export async function countingTokenizer(
  { tokenizer }: RunConfig,
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
  if (tokenizer === null) {
    warn("by events; give --tokenizer to count them by the model's own");
    return null;
  }
  const { source, folder } = await loadTokenizer(tokenizer, openHub());
  warn(`by the tokenizer of ${source}`);
  return folder;
}
