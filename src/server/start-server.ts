import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { request } from "undici";
import { maskCommand, maskSecretPairs } from "../config/secrets.ts";
import { EndpointError, EnvironmentError, FlexBenchError } from "../errors.ts";
import type { ServerLaunch } from "../results/server-launch.ts";
import { provideImage } from "./container-image.ts";
import { detectMachine, type Machine, type MachineProbes, probesOf } from "./device-detection.ts";
import { bareLines, explainFailure } from "./explain-failure.ts";
import { freePort } from "./free-port.ts";
import { commonFailures } from "./known-failures.ts";
import { type LaunchPlan, planLaunch, shownCommand } from "./launch-plan.ts";
import { checkEndpoint, type EndpointCheck } from "./probe.ts";
import type { RunningServer } from "./running-server.ts";
import { maskValues } from "./secret-filter.ts";
import { type AnyServer, serverOf } from "./server-kinds.ts";
import { howItEnded, readLog, startFailure } from "./start-failure.ts";
import { type ProcessEnd, type SupervisedProcess, startSupervised } from "./supervised-process.ts";

/** What a starting server tells. */
export type ServeEvent =
  /** One sentence, said once. */
  | { kind: "note"; message: string }
  /** Said every few seconds until it is ready. */
  | { kind: "waiting"; title: string; seconds: number; lastLine: string | null };

/** How a server is started and watched. */
export interface StartServerOptions {
  /** File that its output is written to. @default a new one in the system's temporary folder */
  logPath?: string;
  /** Gives up and ends what was started. */
  signal?: AbortSignal;
  onProgress?: (event: ServeEvent) => void;
  /** Key that clients will bring, for a server that takes one by a variable. @default what that variable holds */
  apiKey?: string | null;
  /** Variables of the server and of every program that is asked. @default process.env */
  environment?: NodeJS.ProcessEnv;
  /** @default the programs and files of this machine */
  probes?: MachineProbes;
}

/** A server that `startServer` started. */
export interface StartedServer extends RunningServer {
  /** For the record of a run. */
  launch: ServerLaunch;
  /** File with its output, secrets masked. */
  logPath: string;
  /** What clients have to bring; null: nothing. */
  apiKey: string | null;
}

/** What a starting server tells, as one sentence. */
export function describeStart(event: ServeEvent): string {
  if (event.kind === "note") return event.message;
  const line = event.lastLine === null ? "" : `: ${event.lastLine}`;
  return `Waiting for ${event.title}, ${Math.round(event.seconds)} s${line}`;
}

const tellFirstMs = 5000;
const tellAtLeastEveryMs = 60_000;
const pollMs = 100;
const mostPorts = 3;
const graceMs = 10_000;
const warmUpTimeoutMs = 300_000;
/** Longest time until a server is ready where nothing says otherwise, seconds. */
export const defaultReadySeconds = 1800;

/**
 * Starts a server that `flexbench serve` knows, waits until it is healthy, and asks it once. `settings` are the flags
 * of `flexbench serve KIND`, in either spelling. It ends with this process, however this process ends, and with it all
 * that it started. Throws UsageError for wrong settings, and EnvironmentError with the decisive lines of its log when it
 * does not come up; then nothing is left but its log.
 */
export async function startServer(
  kind: string,
  settings: Readonly<Record<string, unknown>> = {},
  options: StartServerOptions = {},
): Promise<StartedServer> {
  return startDefined(serverOf(kind), settings, options);
}

/** As `startServer`, for a server of one's own. */
export async function startDefined(
  server: AnyServer,
  settings: Readonly<Record<string, unknown>>,
  options: StartServerOptions = {},
): Promise<StartedServer> {
  const choosesPort = settings.port === undefined || Number(settings.port) === 0;
  for (let attempt = 1; ; attempt++) {
    try {
      return await startOnce(server, settings, options);
    } catch (error) {
      // Somebody else took the port that was free a moment ago.
      const isTaken = error instanceof FlexBenchError && error.code === "SERVER_PORT_TAKEN";
      if (!isTaken || !choosesPort || attempt === mostPorts) throw error;
    }
  }
}

async function startOnce(
  server: AnyServer,
  settings: Readonly<Record<string, unknown>>,
  options: StartServerOptions,
): Promise<StartedServer> {
  const { environment = process.env, onProgress = () => {}, signal = new AbortController().signal } = options;
  const machine = await detectMachine(options.probes ?? probesOf(environment));
  const apiKey = options.apiKey ?? null;
  const plan = planLaunch({ server, settings, machine, environment, freePort: await freePort(), apiKey });
  const logPath = options.logPath ?? newLogPath(server.name);
  const command = maskValues(maskCommand(shownCommand(plan)), plan.secrets);
  writeFileSync(logPath, `$ ${command}\n`, { mode: 0o600 });
  const say = (message: string) => onProgress({ kind: "note", message });
  const { container } = plan;
  const digest = container && (await provideImage({ ...plan, container }, logPath, say, signal));
  const startedMs = performance.now();
  const child = await startSupervised({
    ...{ executable: plan.executable, arguments: plan.arguments, environment: plan.environment },
    ...{ logPath, secrets: plan.secrets, graceMs },
    cleanup: container
      ? [{ executable: container.engine, arguments: ["rm", "--force", container.name] }]
      : [],
  });
  const starting: Starting = { server, plan, child, logPath, onProgress, signal, startedMs };
  try {
    const end = watch(child);
    await untilHealthy(starting, end);
    const healthyMs = performance.now();
    const key = keyOf(server, plan, apiKey);
    const check = await warmUp(starting, key, end);
    const launch: ServerLaunch = {
      ...{ kind: server.name, command, settings: shownSettings(plan) },
      container: container && { engine: container.engine, image: container.image, digest },
      ...deviceOf(plan, machine),
      startSeconds: (healthyMs - startedMs) / 1000,
      warmUpSeconds: (performance.now() - healthyMs) / 1000,
    };
    return { ...running(starting, check), launch, logPath, apiKey: key };
  } catch (error) {
    await child.stop();
    throw error;
  }
}

interface Starting {
  server: AnyServer;
  plan: LaunchPlan;
  child: SupervisedProcess;
  logPath: string;
  onProgress: (event: ServeEvent) => void;
  signal: AbortSignal;
  startedMs: number;
}

/** Whether and how a process has ended so far. */
interface Watched {
  end: ProcessEnd | null;
}

function watch(child: SupervisedProcess): Watched {
  const watched: Watched = { end: null };
  void child.ended.then((end) => {
    watched.end = end;
  });
  return watched;
}

function newLogPath(name: string): string {
  return join(tmpdir(), `flexbench-${name}-${randomBytes(4).toString("hex")}.log`);
}

async function untilHealthy(starting: Starting, watched: Watched): Promise<void> {
  const { server, plan, onProgress, signal, startedMs, logPath } = starting;
  const path = typeof plan.settings.healthPath === "string" ? plan.settings.healthPath : server.healthPath;
  const limitMs =
    plan.settings.readyWithin === undefined
      ? (server.readyWithinSeconds ?? defaultReadySeconds) * 1000
      : plan.settings.readyWithin / 1e6;
  let tellMs = startedMs + tellFirstMs;
  while (!(await isHealthy(plan.url, path ?? "/health"))) {
    if (watched.end !== null) throw startFailure(starting, howItEnded(watched.end));
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
  if (watched.end !== null) throw startFailure(starting, howItEnded(watched.end));
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

/** The first request pays for what an engine puts off until then. */
async function warmUp(starting: Starting, apiKey: string | null, watched: Watched): Promise<EndpointCheck> {
  const access = {
    headers: apiKey === null ? {} : { authorization: `Bearer ${apiKey}` },
    timeoutMs: warmUpTimeoutMs,
  };
  const { url } = starting.plan;
  try {
    return await checkEndpoint(url, access).catch((error: unknown) => {
      if (!(error instanceof EndpointError) || error.code !== "API_MISSING") throw error;
      return checkEndpoint(url, { ...access, api: "chat" });
    });
  } catch (error) {
    await sleep(pollMs);
    if (watched.end !== null) throw startFailure(starting, howItEnded(watched.end));
    if (!(error instanceof FlexBenchError)) throw error;
    throw startFailure(starting, `does not answer its first request (${error.message})`);
  }
}

function running({ server, plan, child, logPath }: Starting, check: EndpointCheck): RunningServer {
  let stopping: Promise<void> | null = null;
  const died = new Promise<string>((resolve) => {
    void child.ended.then((end) => {
      if (stopping !== null) return;
      const { lines } = explainFailure(readLog(logPath), server.failures ?? commonFailures);
      const words = lines.length === 0 ? "" : `: ${lines.at(-1)}`;
      resolve(`${server.title} ${howItEnded(end)}${words} (its log: ${logPath}).`);
    });
  });
  const { name, version, simulated } = check.server;
  return {
    url: plan.url,
    name: name === "unknown" ? server.name : name,
    version,
    model: check.model,
    simulated,
    pid: child.pid,
    died,
    stop: () => {
      stopping ??= child.stop();
      return stopping;
    },
  };
}

function keyOf(server: AnyServer, { environment }: LaunchPlan, asked: string | null): string | null {
  const variable = server.apiKeyVariable ?? null;
  return variable === null ? asked : (environment[variable] ?? asked);
}

function shownSettings({ settings, secrets }: LaunchPlan): Record<string, unknown> {
  const shown = settings.env === undefined ? settings : { ...settings, env: maskSecretPairs(settings.env) };
  return JSON.parse(maskValues(JSON.stringify(shown), secrets)) as Record<string, unknown>;
}

function deviceOf(
  { choice }: LaunchPlan,
  { accelerators, processor, instructionSets }: Machine,
): Pick<ServerLaunch, "device" | "accelerators" | "processor" | "instructionSets"> {
  const chosen = (choice.gpus ?? []).map((id) => {
    const found = accelerators.find(({ index }) => String(index) === id);
    return { id, name: found?.name ?? null, memoryBytes: found?.memoryBytes ?? null };
  });
  return { device: choice.device, accelerators: chosen, processor, instructionSets: [...instructionSets] };
}
