import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";

/** Folder for what is downloaded once: `FLEXBENCH_CACHE`, else `$XDG_CACHE_HOME/flexbench`, else `~/.cache/flexbench`. */
export function cacheFolder(environment: NodeJS.ProcessEnv = process.env): string {
  if (environment.FLEXBENCH_CACHE) return environment.FLEXBENCH_CACHE;
  const base = environment.XDG_CACHE_HOME;
  // The XDG rules say that a relative path is to be ignored.
  return join(base && isAbsolute(base) ? base : join(homedir(), ".cache"), "flexbench");
}
