import { FlexBenchError, UsageError } from "../errors.ts";
import { type HubSettings, hubSettingsFrom } from "./hub-settings.ts";

/** Files that go to a repository as one commit. */
export interface HubCommit {
  type: "dataset" | "space";
  /** OWNER/NAME. */
  name: string;
  files: { path: string; content: Blob }[];
  title: string;
}

/** How errors call what is sent, and where to: `dataset`, `dataset repository`. */
export interface HubWords {
  what: string;
  where: string;
}

/**
 * Sends files to a repository of the Hub and returns the commit; the token comes from the environment (`HF_TOKEN`).
 * Throws UsageError `HUB_TOKEN_MISSING`, FlexBenchError `HUB_PUBLISH_FAILED`.
 */
export async function sendToHub(
  { type, name, files, title }: HubCommit,
  { what, where }: HubWords,
  given: Partial<HubSettings>,
): Promise<string | null> {
  const { endpoint, token } = { ...hubSettingsFrom(process.env), ...given };
  if (token === null)
    throw new UsageError("HUB_TOKEN_MISSING", [{ where: name, message: "needs a token that may write" }], {
      hint: "Set HF_TOKEN.",
    });
  const { uploadFiles } = await import("@huggingface/hub");
  try {
    const sent = await uploadFiles({
      repo: { type, name },
      files,
      ...{ commitTitle: title, hubUrl: endpoint, accessToken: token, useXet: false },
    });
    return sent?.commit.oid ?? null;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new FlexBenchError("HUB_PUBLISH_FAILED", `The Hub did not take the ${what}: ${reason}`, {
      hint: `Does the ${where} ${name} exist, and may the token write to it?`,
      cause,
    });
  }
}
