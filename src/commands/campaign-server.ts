import { rm } from "node:fs/promises";
import type { RunFunction } from "../campaign/run-sequence.ts";
import type { RunConfig } from "../config/run-config.ts";
import type { RunningServer } from "../server/running-server.ts";
import type { StartedServer } from "../server/start-server.ts";

/**
 * Gives `work` a function that carries out runs. Without an endpoint of the user's, the configured or the embedded server
 * is started once, with the first run, and serves them all.
 */
export async function withServerForAll<Value>(
  run: RunFunction,
  work: (run: RunFunction) => Promise<Value>,
): Promise<Value> {
  let server: RunningServer | null = null;
  let started: StartedServer | null = null;
  const runThere: RunFunction = async (config, options) => {
    if (config.endpoints.length > 0) return run(config, options);
    if (config.serve !== null) {
      const { startConfigured } = await import("../run-target.ts");
      started ??= await startConfigured(config, options.listener, options.signal);
      return run(config, { ...options, server: started });
    }
    if (server === null) {
      const { startLlamacpp } = await import("../server/llamacpp.ts");
      const message =
        "No --endpoint given: starting llama.cpp's server with SmolLM2-135M-Instruct on this machine.";
      options.listener.onEvent({ kind: "server-starting", message });
      server = await startLlamacpp({ onProgress: (event) => options.listener.onEvent(event) });
      options.listener.onEvent({ kind: "server-ready", url: server.url, name: server.name });
    }
    return run(at(config, server), options);
  };
  try {
    return await work(runThere);
  } finally {
    // TypeScript does not see that a function called meanwhile has set it.
    await (server as RunningServer | null)?.stop();
    await (started as StartedServer | null)?.stop();
    // Each run has its copy.
    if (started !== null) await rm((started as StartedServer).logPath, { force: true });
  }
}

function at(config: RunConfig, { url, model }: RunningServer): RunConfig {
  return { ...config, endpoints: [url], model: config.model ?? model };
}
