import type { RunConfig } from "./run-config.ts";
import type { RunOptionKey } from "./run-options.ts";

/** Whether mlperf.conf or user.conf decides this option: one of them is in force and the user gave no value. */
export function isLeftToConf(config: RunConfig, key: RunOptionKey): boolean {
  const hasConf = config.benchmark !== null || config.userConf !== null;
  return hasConf && !config.given.includes(key);
}
