import type { KubernetesSettings } from "./executor-settings.ts";
import { callProgram, type ProgramOutput } from "./program.ts";

/** Calls kubectl; throws EnvironmentError `CAMPAIGN_PROGRAM` where it must succeed and does not. */
export type Kubectl = (
  words: readonly string[],
  options?: { input?: string; mustSucceed?: boolean },
) => Promise<ProgramOutput>;

/** Arguments of kubectl with the namespace and context of a campaign: before `--`, behind which a pod's command stands. */
export function kubectlWords(
  { namespace, context }: Pick<KubernetesSettings, "namespace" | "context">,
  words: readonly string[],
): string[] {
  const where = ["--namespace", namespace, ...(context === null ? [] : ["--context", context])];
  const end = words.indexOf("--");
  return end < 0 ? [...words, ...where] : [...words.slice(0, end), ...where, ...words.slice(end)];
}

/** Calls kubectl for a campaign. */
export async function callKubectl(
  settings: KubernetesSettings,
  words: readonly string[],
  options: { input?: string; mustSucceed?: boolean } = {},
): Promise<ProgramOutput> {
  return await callProgram("kubectl", kubectlWords(settings, words), options);
}
