import { setTimeout as sleep } from "node:timers/promises";
import { request } from "undici";
import { EndpointError, EnvironmentError } from "../errors.ts";
import { bareLines } from "./explain-failure.ts";
import type { LaunchPlan } from "./launch-plan.ts";
import { defaultReadySeconds } from "./launch-settings.ts";
import { checkEndpoint, type EndpointCheck } from "./probe.ts";
import { servedName } from "./served-name.ts";
import type { AnyServer } from "./server-kinds.ts";
import { readLog, startFailure } from "./start-failure.ts";
import type { ProcessEnd, SupervisedProcess } from "./supervised-process.ts";

/** What a starting server tells. */
export type ServeEvent =
  /** One sentence, said once. */
  | { kind: "note"; message: string }
  /** Said every few seconds until it is ready. */
  | { kind: "waiting"; title: string; seconds: number; lastLine: string | null };

/** What a starting server tells, as one sentence. */
export function describeStart(event: ServeEvent): string {
  if (event.kind === "note") return event.message;
  const line = event.lastLine === null ? "" : `: ${event.lastLine}`;
  return `Waiting for ${event.title}, ${Math.round(event.seconds)} s${line}`;
}

const tellFirstMs = 5000;
const tellAtLeastEveryMs = 60_000;
const pollMs = 100;
const warmUpTimeoutMs = 300_000;

/** A server whose process runs and that is waited for. */
export interface Starting {
  server: AnyServer;
  plan: LaunchPlan;
  child: SupervisedProcess;
  logPath: string;
  /** Removes the log, where nobody gave it a place. */
  dropLog: () => void;
  onProgress: (event: ServeEvent) => void;
  signal: AbortSignal;
  startedMs: number;
}

/** Whether and how a process has ended so far. */
export interface Watched {
  end: ProcessEnd | null;
}

/** Follows a process. */
export function watch(child: SupervisedProcess): Watched {
  const watched: Watched = { end: null };
  void child.ended.then((end) => {
    watched.end = end;
  });
  return watched;
}

/** Waits until the server that was started answers that it is well. Throws EnvironmentError when it does not come up. */
export async function untilHealthy(starting: Starting, watched: Watched): Promise<void> {
  const { server, plan, onProgress, signal, startedMs, logPath } = starting;
  const path = typeof plan.settings.healthPath === "string" ? plan.settings.healthPath : server.healthPath;
  const limitMs =
    plan.settings.readyWithin === undefined
      ? (server.readyWithinSeconds ?? defaultReadySeconds) * 1000
      : plan.settings.readyWithin / 1e6;
  let tellMs = startedMs + tellFirstMs;
  while (!(await isHealthy(plan.url, path ?? "/health"))) {
    if (watched.end !== null) throw startFailure(starting, watched.end);
    if (signal.aborted)
      throw new EnvironmentError("SERVER_START", `${server.title} was stopped before it was ready.`);
    const nowMs = performance.now();
    const seconds = (nowMs - startedMs) / 1000;
    if (nowMs - startedMs > limitMs)
      throw startFailure(starting, `was not ready within ${Math.round(seconds)} s`);
    if (nowMs >= tellMs) {
      tellMs = nowMs + Math.min(tellAtLeastEveryMs, nowMs - startedMs);
      const lastLine = bareLines(readLog(logPath)).at(-1) ?? null;
      onProgress({ kind: "waiting", title: server.title, seconds, lastLine });
    }
    await sleep(pollMs);
  }
  // Somebody else may answer at this port.
  if (!starting.child.isAlive()) throw startFailure(starting, await starting.child.ended);
}

async function isHealthy(url: string, path: string): Promise<boolean> {
  try {
    const { statusCode, body } = await request(url + path, { headersTimeout: 5000, bodyTimeout: 5000 });
    await body.dump();
    return statusCode === 200;
  } catch {
    return false;
  }
}

/** Makes sure of its model and asks it once: the first request pays for what an engine puts off until then. */
export async function warmUp(
  starting: Starting,
  apiKey: string | null,
  watched: Watched,
): Promise<EndpointCheck> {
  const access = {
    headers: apiKey === null ? {} : { authorization: `Bearer ${apiKey}` },
    timeoutMs: warmUpTimeoutMs,
  };
  const { url, modelNames: names } = starting.plan;
  try {
    const model = await servedName({ title: starting.server.title, url, names }, access);
    return await checkEndpoint(url, { ...access, model }).catch((error: unknown) => {
      if (!(error instanceof EndpointError) || error.code !== "API_MISSING") throw error;
      return checkEndpoint(url, { ...access, model, api: "chat" });
    });
  } catch (error) {
    await sleep(pollMs);
    if (watched.end !== null) throw startFailure(starting, watched.end);
    if (!(error instanceof EndpointError)) throw error;
    throw startFailure(starting, `does not answer its first request (${error.message})`);
  }
}
