import { delimiter, dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "#src/server/free-port.js";
import { supervised } from "./supervised.js";

/** The name under which the server knows its model. */
export const servedModel = "tiny";

/** A vLLM that serves on a loopback port. */
export interface VllmServer {
  url: string;
  port: number;
  /** Ends it and its engine, and waits until both are gone. */
  stop(): Promise<void>;
}

const startTimeoutMs = 180_000;

/** The environment in which vLLM's programs run. */
export function vllmEnvironment(python: string): NodeJS.ProcessEnv {
  return {
    ...process.env,
    // vLLM starts compilers and tools by name.
    PATH: `${dirname(python)}${delimiter}${process.env.PATH ?? ""}`,
    HF_HUB_OFFLINE: "1",
    TRANSFORMERS_OFFLINE: "1",
    VLLM_NO_USAGE_STATS: "1",
    VLLM_HOST_IP: "127.0.0.1",
    VLLM_CPU_KVCACHE_SPACE: "1",
    VLLM_CPU_OMP_THREADS_BIND: "nobind",
    OMP_NUM_THREADS: "1",
    VLLM_ENABLE_V1_MULTIPROCESSING: "0",
  };
}

/**
 * Starts a real vLLM with the model in `folder` and waits until it is healthy. The engine runs the model itself
 * ("uni"): with a worker process between them, both poll shared memory on all cores, which starves any client here.
 */
export async function startVllm(
  python: string,
  folder: string,
  serverArguments: readonly string[] = [],
): Promise<VllmServer> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const server = supervised(
    python,
    [
      ...["-m", "vllm.entrypoints.cli.main", "serve", folder, "--served-model-name", servedModel],
      ...["--host", "127.0.0.1", "--port", String(port), "--dtype", "bfloat16", "--max-model-len", "1024"],
      ...["--max-num-seqs", "64", "--enforce-eager", "--distributed-executor-backend", "uni"],
      // The two clients ask the same prompts again and again; no run may gain by the one before.
      "--no-enable-prefix-caching",
      ...serverArguments,
    ],
    vllmEnvironment(python),
  );
  let exitCode: number | null | undefined;
  void server.exited.then((code) => {
    exitCode = code;
  });
  const deadline = performance.now() + startTimeoutMs;
  while (!(await isHealthy(url))) {
    if (exitCode !== undefined || performance.now() > deadline) {
      await server.stop();
      const why = exitCode === undefined ? "was not healthy in time" : `ended with code ${exitCode}`;
      throw new Error(`vLLM ${why}:\n${server.output()}`);
    }
    await sleep(200);
  }
  return { url, port, stop: server.stop };
}

async function isHealthy(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/health`)).ok;
  } catch {
    return false;
  }
}
