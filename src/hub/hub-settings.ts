import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** Where the Hub is, who asks, and where files are kept. */
export interface HubSettings {
  /** Base URL without a final slash. */
  endpoint: string;
  /** Null: anonymous. */
  token: string | null;
  /** Folder of the Hub's own cache layout, shared with Python's tools. */
  cacheFolder: string;
  /** True: nothing is asked of the network. */
  offline: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

const publicEndpoint = "https://huggingface.co";

/**
 * Settings from the variables that Python's huggingface_hub reads too: `HF_ENDPOINT`, `HF_TOKEN` (else
 * `HUGGING_FACE_HUB_TOKEN`, else the token file), `HF_HUB_CACHE` (else `HUGGINGFACE_HUB_CACHE`, else `hub` in `HF_HOME`),
 * `HF_HUB_OFFLINE`.
 */
export function hubSettingsFrom(environment: Environment): HubSettings {
  const value = (name: string) => environment[name]?.trim() || null;
  const cacheHome = value("XDG_CACHE_HOME") ?? join(homedir(), ".cache");
  const home = value("HF_HOME") ?? join(cacheHome, "huggingface");
  const tokenFile = value("HF_TOKEN_PATH") ?? join(home, "token");
  const isImplicitTokenOff = isTrue(value("HF_HUB_DISABLE_IMPLICIT_TOKEN"));
  return {
    endpoint: (value("HF_ENDPOINT") ?? publicEndpoint).replace(/\/+$/, ""),
    token:
      value("HF_TOKEN") ??
      value("HUGGING_FACE_HUB_TOKEN") ??
      (isImplicitTokenOff ? null : readToken(tokenFile)),
    cacheFolder: value("HF_HUB_CACHE") ?? value("HUGGINGFACE_HUB_CACHE") ?? join(home, "hub"),
    offline: isTrue(value("HF_HUB_OFFLINE")) || isTrue(value("TRANSFORMERS_OFFLINE")),
  };
}

function isTrue(text: string | null): boolean {
  return text !== null && ["1", "on", "yes", "true"].includes(text.toLowerCase());
}

function readToken(path: string): string | null {
  try {
    return readFileSync(path, "utf8").trim() || null;
  } catch {
    // No token was ever stored there.
    return null;
  }
}
