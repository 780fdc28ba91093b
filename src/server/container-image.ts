import { readFileSync } from "node:fs";
import { EnvironmentError } from "../errors.ts";
import { explainFailure } from "./explain-failure.ts";
import { commonFailures } from "./known-failures.ts";
import type { LaunchPlan } from "./launch-plan.ts";
import { runProgram } from "./python.ts";
import { startSupervised } from "./supervised-process.ts";

/**
 * Makes sure that the image of a plan is on this machine, and gives its digest, or null where the engine knows none.
 * Throws EnvironmentError when the engine does not answer or has no such image.
 */
export async function provideImage(
  { container, environment, secrets }: LaunchPlan & { container: NonNullable<LaunchPlan["container"]> },
  logPath: string,
  say: (message: string) => void,
  signal: AbortSignal,
): Promise<string | null> {
  const { engine, image } = container;
  const inspect = () => runProgram(engine, ["image", "inspect", image], environment);
  const first = await inspect();
  if (first === null) {
    throw new EnvironmentError("CONTAINER_ENGINE", `There is no program ${engine}.`, {
      hint: "Install it, or start the server without --container.",
    });
  }
  if (first.code === 0) return digestOf(first.stdout);
  const { known } = explainFailure(first.stderr, commonFailures);
  if (known?.code === "CONTAINER_ENGINE") throw engineError(engine, first.stderr, known.hint);
  say(`Pulling ${image}, once.`);
  const pull = await startSupervised({
    ...{ executable: engine, arguments: ["pull", image], environment, logPath, secrets },
    cleanup: [],
    graceMs: 5000,
  });
  const onAbort = () => void pull.stop();
  signal.addEventListener("abort", onAbort, { once: true });
  await pull.ended;
  signal.removeEventListener("abort", onAbort);
  const second = await inspect();
  if (second?.code === 0) return digestOf(second.stdout);
  const { lines } = explainFailure(readFileSync(logPath, "utf8"), commonFailures);
  const sentence = `${engine} has no image ${image}, and could not pull it: ${lines.at(-1) ?? "it says nothing"}.`;
  throw new EnvironmentError("CONTAINER_IMAGE", sentence, {
    hint: `Check --image and the network. The whole log: ${logPath}`,
  });
}

function engineError(engine: string, stderr: string, hint: string): EnvironmentError {
  return new EnvironmentError("CONTAINER_ENGINE", `${engine} does not answer: ${stderr.trim()}`, { hint });
}

/** `sha256:…` of the image as its registry knows it, else of the image itself. */
function digestOf(inspection: string): string | null {
  try {
    const [image] = JSON.parse(inspection) as { Id?: string; RepoDigests?: string[] }[];
    return image?.RepoDigests?.[0]?.split("@")[1] ?? image?.Id ?? null;
  } catch {
    return null;
  }
}
