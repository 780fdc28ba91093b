import { writeFileSync } from "node:fs";
import { maskCommand } from "../config/secrets.ts";
import { detectMachine, probesOf } from "./device-detection.ts";
import { freePort } from "./free-port.ts";
import { planLaunch, shownCommand } from "./launch-plan.ts";
import { maskValues } from "./secret-filter.ts";
import { serverOf } from "./server-kinds.ts";
import { type SupervisedProcess, startSupervised } from "./supervised-process.ts";

const graceMs = 10_000;

/**
 * Starts a further node of a server that stands on several: it answers no client, so that nothing is waited for. It ends
 * with this process, however this process ends. Throws UsageError for wrong settings, and EnvironmentError when its
 * program is not there.
 */
export async function startNode(
  kind: string,
  settings: Readonly<Record<string, unknown>>,
  logPath: string,
): Promise<SupervisedProcess> {
  const environment = process.env;
  const server = serverOf(kind);
  const machine = await detectMachine(probesOf(environment));
  const plan = planLaunch({
    ...{ server, settings, machine, environment },
    ...{ freePort: await freePort(), apiKey: null },
  });
  writeFileSync(logPath, `$ ${maskValues(maskCommand(shownCommand(plan)), plan.secrets)}\n`, { mode: 0o600 });
  return startSupervised({
    ...{ executable: plan.executable, arguments: plan.arguments, environment: plan.environment },
    ...{ logPath, secrets: plan.secrets, graceMs, cleanup: [] },
  });
}
