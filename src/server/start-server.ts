import { rmSync, writeFileSync } from "node:fs";
import { maskCommand, maskSecretPairs } from "../config/secrets.ts";
import { FlexBenchError } from "../errors.ts";
import type { ServerLaunch } from "../results/server-launch.ts";
import { provideImage } from "./container-image.ts";
import { detectMachine, type Machine, type MachineProbes, probesOf } from "./device-detection.ts";
import { explainFailure } from "./explain-failure.ts";
import { freePort } from "./free-port.ts";
import { commonFailures } from "./known-failures.ts";
import { type LaunchPlan, planLaunch, shownCommand } from "./launch-plan.ts";
import { refuseTakenPort } from "./port-check.ts";
import type { EndpointCheck } from "./probe.ts";
import type { RunningServer } from "./running-server.ts";
import { maskValues } from "./secret-filter.ts";
import { type AnyServer, serverOf } from "./server-kinds.ts";
import { newServerLog } from "./server-logs.ts";
import { howItEnded, readLog } from "./start-failure.ts";
import { startSupervised } from "./supervised-process.ts";
import { type ServeEvent, type Starting, untilHealthy, warmUp, watch } from "./until-ready.ts";

export { describeStart, type ServeEvent } from "./until-ready.ts";

/** How a server is started and watched. */
export interface StartServerOptions {
  /**
   * File that its output is written to. @default a new one in the cache folder, which is removed when the server is stopped
   * or its start is interrupted, and stays for a week when it fails
   */
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

const mostPorts = 3;
const graceMs = 10_000;

/**
 * Starts a server that `flexbench serve` knows, waits until it is healthy, and asks it once. `settings` are the flags
 * of `flexbench serve KIND`, in either spelling. It ends with this process, however this process ends, and with it all
 * that it started. Throws UsageError for wrong settings, and EnvironmentError with the decisive lines of its log when it
 * does not come up, `SERVER_PORT_TAKEN` when somebody else has its port, and `SERVER_MODEL` when it serves another model
 * than the one asked for; then nothing is left but its log.
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
  await refuseTakenPort(server.title, plan.host, plan.port);
  const logPath = options.logPath ?? newServerLog(server.name, environment);
  const dropLog = () => {
    if (options.logPath === undefined) rmSync(logPath, { force: true });
  };
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
  const starting: Starting = { server, plan, child, logPath, dropLog, onProgress, signal, startedMs };
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
    if (signal.aborted) dropLog();
    throw error;
  }
}

function running({ server, plan, child, logPath, dropLog }: Starting, check: EndpointCheck): RunningServer {
  let stopping: Promise<void> | null = null;
  let hasDied = false;
  const died = new Promise<string>((resolve) => {
    void child.ended.then((end) => {
      if (stopping !== null) return;
      hasDied = true;
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
      stopping ??= child.stop().then(() => {
        if (!hasDied) dropLog();
      });
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
