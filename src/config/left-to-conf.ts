import type { RunConfig } from "./run-config.ts";
import type { RunOptionKey } from "./run-options.ts";

/** Whether mlperf.conf or user.conf decides this option: one of them is in force and the user gave no value. */
export function isLeftToConf(config: RunConfig, key: RunOptionKey): boolean {
  // A rehearsal has a length of its own.
  if (config.fast && (key === "duration" || key === "minQueries")) return false;
  const hasConf = config.benchmark !== null || config.userConf !== null;
  return hasConf && !config.given.includes(key);
}
