import { writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { request } from "undici";
import { EndpointError, EnvironmentError } from "../../errors.ts";
import type { ServerLaunch } from "../../results/server-launch.ts";
import { quoteForShell } from "../../server/command-server.ts";
import { checkEndpoint, type EndpointCheck } from "../../server/probe.ts";
import type { CellServer } from "../matrix/carry-out.ts";
import type { Cell } from "../matrix/cell.ts";
import { readyWithinNs } from "../matrix/cell-server-settings.ts";
import { failureOf, serverKey } from "./await-server.ts";
import type { KubernetesSettings } from "./executor-settings.ts";
import { type ServerContainer, serverContainer } from "./kubernetes-server.ts";
import { readOutcome } from "./server-outcome.ts";

/** A server that has a pod of its own, seen from its client. */
export interface PodServer {
  url: string;
  /** Where whoever watches the pods tells why it will not come; null: nobody does. */
  outcomeFile: string | null;
  environment: Readonly<Record<string, string | undefined>>;
  settings: KubernetesSettings;
}

const pollMs = 500;
const askMs = 5000;
const warmUpTimeoutMs = 300_000;
const never = new Promise<string>(() => {});

/**
 * Gives a function that waits until the server of a cell is healthy, by this machine's clock, and asks it once. The limit is
 * that of the first wait: where the server never came, later cells do not wait for it again. The function throws
 * EnvironmentError with the code of what kept the server from starting, or `CAMPAIGN_SERVER_SILENT`.
 */
export function podServer({ url, outcomeFile, environment, settings }: PodServer) {
  let endsAt: number | null = null;
  return async (cell: Cell, logPath: string, signal: AbortSignal): Promise<CellServer> => {
    const container = serverContainer(cell, settings);
    const limitMs = readyWithinNs(cell.server) / 1e6;
    const beganMs = performance.now();
    endsAt ??= beganMs + limitMs;
    while (!(await isHealthy(url + container.healthPath, signal))) {
      const outcome = outcomeFile === null ? null : await readOutcome(outcomeFile);
      if (outcome?.state === "failed") throw failureOf(outcome);
      if (performance.now() > endsAt)
        throw new EnvironmentError(
          "CAMPAIGN_SERVER_SILENT",
          `${url + container.healthPath} did not answer within ${Math.round(limitMs / 1000)} s.`,
          {
            hint: "`kubectl describe pod` tells what its pod waits for; ready-within of serve gives it more time.",
          },
        );
      await sleep(pollMs, undefined, { signal });
    }
    endsAt = null;
    const healthyMs = performance.now();
    const apiKey = serverKey(cell, environment);
    const check = await firstAnswer(url, apiKey);
    const launch = launchOf(cell, container, {
      startSeconds: (healthyMs - beganMs) / 1000,
      warmUpSeconds: (performance.now() - healthyMs) / 1000,
    });
    await writeFile(logPath, `$ ${launch.command}\nIts output is in the log of its pod.\n`);
    const { name, version, simulated } = check.server;
    const stop = async (): Promise<void> => {};
    const started = {
      ...{ url, version, simulated, launch, logPath, apiKey, stop },
      ...{ name: name === "unknown" ? launch.kind : name, model: check.model, pid: null, died: never },
    };
    return { url, started, died: never, stop };
  };
}

async function isHealthy(url: string, signal: AbortSignal): Promise<boolean> {
  signal.throwIfAborted();
  try {
    const { statusCode, body } = await request(url, { headersTimeout: askMs, bodyTimeout: askMs });
    await body.dump();
    return statusCode === 200;
  } catch {
    return false;
  }
}

/** The first request pays for what an engine puts off until then. */
async function firstAnswer(url: string, apiKey: string | null): Promise<EndpointCheck> {
  const headers = apiKey === null ? {} : { authorization: `Bearer ${apiKey}` };
  const access = { headers, timeoutMs: warmUpTimeoutMs };
  return checkEndpoint(url, access).catch((error: unknown) => {
    if (!(error instanceof EndpointError) || error.code !== "API_MISSING") throw error;
    return checkEndpoint(url, { ...access, api: "chat" });
  });
}

/** How Kubernetes started the server, as the client knows it: it sees neither the node nor its processor. */
function launchOf(
  { server }: Cell,
  { image, command, args, device }: ServerContainer,
  seconds: Pick<ServerLaunch, "startSeconds" | "warmUpSeconds">,
): ServerLaunch {
  return {
    kind: server?.kind ?? "",
    command: [...(command ?? []), ...args].map(quoteForShell).join(" "),
    settings: { ...server?.options },
    container: { engine: "kubernetes", image, digest: null },
    ...{ device, accelerators: [], processor: null, instructionSets: [], ...seconds },
  };
}
