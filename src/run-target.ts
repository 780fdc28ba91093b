import { rm } from "node:fs/promises";
import type { RunConfig } from "./config/run-config.ts";
import { loadModel } from "./model/load-model.ts";
import type { RunRecord } from "./results/record.ts";
import type { RunListener } from "./run-events.ts";
import { startLlamacpp } from "./server/llamacpp.ts";
import { checkEndpoint } from "./server/probe.ts";
import type { RunningServer } from "./server/running-server.ts";
import { spellSettings } from "./server/serve-problems.ts";
import { describeStart, type ServeEvent, type StartedServer, startServer } from "./server/start-server.ts";
import type { TransportPlan } from "./transport/plan.ts";

/** The servers of a run: reached, known, and stopped at the end where FlexBench started them. */
export interface RunTarget {
  endpoints: readonly string[];
  /** The name under which they serve the model. */
  model: string;
  api: TransportPlan["api"];
  returnsTokenIds: boolean;
  returnsUsage: boolean;
  simulated: boolean;
  server: RunRecord["server"];
  headers: Readonly<Record<string, string>>;
  tls: TransportPlan["tls"];
  /** Resolves with one sentence when a server that FlexBench started ends by itself. */
  died: Promise<string>;
  /** File with the output of a server that was started by `serve`; null: there is none. */
  serverLog: string | null;
  stop(): Promise<void>;
}

/**
 * Starts the server that is configured, or the embedded one where no endpoint is given either, and makes sure that each
 * endpoint can do what the run needs. A server that is `running` already is taken as it is and not stopped. Null when the run is interrupted meanwhile. Throws EndpointError and EnvironmentError.
 */
export async function reachTarget(
  config: RunConfig,
  listener: RunListener,
  signal: AbortSignal,
  running?: StartedServer,
): Promise<RunTarget | null> {
  if (signal.aborted) return null;
  if (running !== undefined) {
    const reached = await unlessAborted(checkAll(config, running), signal);
    return reached && { ...reached, stop: async () => {} };
  }
  const starting = startOwn(config, listener, signal);
  const server = starting && (await unlessAborted(starting, signal));
  if (starting && !server) {
    // It may still come up; it is not kept.
    void starting.then(
      (late) => late.stop(),
      () => undefined,
    );
    return null;
  }
  try {
    const reached = await unlessAborted(checkAll(config, server), signal);
    if (reached === null) await server?.stop();
    return reached;
  } catch (error) {
    await server?.stop();
    throw error;
  }
}

/** An endpoint's URL without the user and password it may carry, and the header they stand for. */
export function endpointAccess(endpoint: string): { url: string; headers: Record<string, string> } {
  const url = new URL(endpoint);
  const { username, password } = url;
  url.username = url.password = "";
  const bare = url.href.replace(/\/$/, "");
  if (username === "" && password === "") return { url: bare, headers: {} };
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { url: bare, headers: { authorization: `Basic ${Buffer.from(credentials).toString("base64")}` } };
}

function startOwn(
  config: RunConfig,
  listener: RunListener,
  signal: AbortSignal,
): Promise<RunningServer | StartedServer> | null {
  if (config.endpoints.length > 0) return null;
  return config.serve === null ? startEmbedded(listener) : startConfigured(config, listener, signal);
}

/** Starts the server that `serve` asks for. Throws as `startServer`. */
export async function startConfigured(
  { serve, model, apiKey }: RunConfig,
  listener: RunListener,
  signal: AbortSignal,
): Promise<StartedServer> {
  if (serve === null) throw new Error("the run starts no server");
  const message = `Starting ${serve.kind}${model === null ? "" : ` with ${model}`} for this run.`;
  listener.onEvent({ kind: "server-starting", message });
  const settings = { ...(model === null ? {} : { model }), ...serve.settings };
  const onProgress = (event: ServeEvent) =>
    listener.onEvent({ kind: "server-starting", message: describeStart(event) });
  const server = await startServer(serve.kind, settings, { signal, apiKey, onProgress }).catch(spellSettings);
  listener.onEvent({ kind: "server-ready", url: server.url, name: server.name });
  return server;
}

async function startEmbedded(listener: RunListener): Promise<RunningServer> {
  listener.onEvent({
    kind: "server-starting",
    message: "No --endpoint given: starting llama.cpp's server with SmolLM2-135M-Instruct on this machine.",
  });
  const server = await startLlamacpp({ onProgress: (event) => listener.onEvent(event) });
  listener.onEvent({ kind: "server-ready", url: server.url, name: server.name });
  return server;
}

async function checkAll(config: RunConfig, server: RunningServer | StartedServer | null): Promise<RunTarget> {
  const started = server !== null && "launch" in server ? server : null;
  const apiKey = config.apiKey ?? started?.apiKey ?? null;
  const accesses = (server ? [server.url] : config.endpoints).map(endpointAccess);
  const headers = {
    ...accesses[0]?.headers,
    ...(apiKey === null ? {} : { authorization: `Bearer ${apiKey}` }),
    ...config.headers,
  };
  const tls = { ca: config.tlsCa, cert: config.tlsCert, key: config.tlsKey, insecure: config.insecure };
  const api = config.api ?? (await loadModel(config.modelModule, config.model ?? server?.model ?? "")).api;
  const checks = await Promise.all(
    accesses.map(({ url }) =>
      checkEndpoint(url, { headers, tls, model: started?.model ?? config.model, api }),
    ),
  );
  const [first] = checks;
  if (!first) throw new Error("a run has at least one endpoint");
  return {
    endpoints: accesses.map(({ url }) => url),
    model: first.model,
    api,
    returnsTokenIds: checks.every(({ returnsTokenIds }) => returnsTokenIds),
    returnsUsage: checks.every(({ returnsUsage }) => returnsUsage),
    simulated: checks.some(({ server: { simulated } }) => simulated),
    server: {
      name: first.server.name,
      version: first.server.version,
      maxModelLength: first.maxModelLen,
      configuration: first.configuration,
      launch: started?.launch ?? null,
    },
    headers,
    tls,
    // One a run: a promise that all runs shared would hold on to what each of them waits with.
    died: server?.died ?? new Promise(() => undefined),
    serverLog: started?.logPath ?? null,
    stop: async () => {
      await server?.stop();
      // The run has its copy.
      if (started !== null) await rm(started.logPath, { force: true });
    },
  };
}

async function unlessAborted<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value | null> {
  let onAbort: () => void = () => undefined;
  const aborted = new Promise<null>((resolve) => {
    onAbort = () => resolve(null);
    signal.addEventListener("abort", onAbort, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
