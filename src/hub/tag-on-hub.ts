import { FlexBenchError, UsageError } from "../errors.ts";
import { type HubSettings, hubSettingsFrom } from "./hub-settings.ts";

/** A commit of a dataset on the Hub that gets a name. */
export interface HubTag {
  /** OWNER/NAME. */
  name: string;
  commit: string;
  tag: string;
}

/**
 * Gives a commit of a dataset a tag, so that it can be pulled by it; the token comes from the environment (`HF_TOKEN`).
 * Throws UsageError `HUB_TOKEN_MISSING`, FlexBenchError `HUB_TAG_FAILED`, also where the tag is taken.
 */
export async function tagOnHub({ name, commit, tag }: HubTag, given: Partial<HubSettings>): Promise<void> {
  const { endpoint, token } = { ...hubSettingsFrom(process.env), ...given };
  if (token === null)
    throw new UsageError("HUB_TOKEN_MISSING", [{ where: name, message: "needs a token that may write" }], {
      hint: "Set HF_TOKEN.",
    });
  const failed = (reason: string, cause?: unknown) =>
    new FlexBenchError("HUB_TAG_FAILED", `The Hub did not take the tag ${tag}: ${reason}.`, {
      hint: "Is the tag new, and may the token write? What was sent before stays.",
      cause,
    });
  let answer: Response;
  try {
    answer = await fetch(`${endpoint}/api/datasets/${name}/tag/${commit}`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${token}`,
        "content-type": "application/json",
        "user-agent": "flexbench",
      },
      body: JSON.stringify({ tag }),
    });
  } catch (cause) {
    throw failed(cause instanceof Error ? cause.message : String(cause), cause);
  }
  await answer.body?.cancel();
  if (answer.status === 409) throw failed("the repository has one of that name");
  if (!answer.ok) throw failed(`it answers with status ${answer.status}`);
}
