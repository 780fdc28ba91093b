import { z } from "zod";
import { number } from "../config/run-values.ts";
import { gpuVariables } from "./choose-gpus.ts";
import { defineServer, type LaunchPlace } from "./define-server.ts";
import type { Device } from "./device-detection.ts";
import { engineFields, flagsFor, launchFields, withArguments } from "./launch-settings.ts";

const version = "v0.32.0";

// With their registry: Podman knows none by itself on many systems.
const images: Record<Device, string> = {
  cuda: `docker.io/vllm/vllm-openai:${version}`,
  rocm: `docker.io/vllm/vllm-openai-rocm:${version}`,
  cpu: `docker.io/vllm/vllm-openai-cpu:${version}-x86_64`,
  arm: `docker.io/vllm/vllm-openai-cpu:${version}-arm64`,
};

const settings = z.strictObject({
  ...launchFields,
  ...engineFields,
  cpuKvCacheGib: number("a number above 0", (value) => value > 0)
    .optional()
    .describe("NUMBER: size of the KV cache on a processor, GiB; 4 by default"),
});

type VllmSettings = z.output<typeof settings>;

/** vLLM: its command, a Python environment that has it, or its images. */
export const vllmServer = defineServer<VllmSettings>({
  name: "vllm",
  title: "vLLM",
  settings,
  needsModel: true,
  devices: ["cuda", "rocm", "cpu", "arm"],
  command: (given, place) => ({
    ...start(given, place),
    environment: {
      ...gpuVariables(place.device, place.gpus),
      ...(place.device === "cpu" || place.device === "arm"
        ? { VLLM_CPU_KVCACHE_SPACE: String(given.cpuKvCacheGib ?? 4) }
        : {}),
      VLLM_NO_USAGE_STATS: "1",
    },
  }),
  image: (device) => images[device],
  apiKeyVariable: "VLLM_API_KEY",
  secretFlags: { "--api-key": "VLLM_API_KEY", "--hf-token": "HF_TOKEN" },
  multiNodeFlags: ["--nnodes", "-n", "--data-parallel-size-local", "--distributed-executor-backend"],
  onNodes: (given, { nodes, rank, head, headPort }) =>
    withArguments(given, [
      ...flagsFor({
        "--nnodes": nodes,
        "--node-rank": rank,
        "--master-addr": head,
        "--master-port": headPort,
      }),
      ...(rank === 0 ? [] : ["--headless"]),
    ]),
});

function start(given: VllmSettings, place: LaunchPlace): { executable: string; arguments: string[] } {
  const model = place.model ?? "";
  const options = argumentsOf(given, place);
  if (given.python !== undefined && !place.inContainer) {
    // Newer versions call the module of the server alone deprecated.
    const module = ["-m", "vllm.entrypoints.cli.main", "serve", model];
    return { executable: given.python, arguments: [...module, ...options] };
  }
  const executable = place.inContainer ? "vllm" : (given.executable ?? "vllm");
  return { executable, arguments: ["serve", model, ...options] };
}

function argumentsOf(given: VllmSettings, { host, port }: LaunchPlace): string[] {
  return [
    ...flagsFor({
      "--host": host,
      "--port": port,
      "--served-model-name": given.servedModelName ?? given.model,
      "--revision": given.revision,
      "--tensor-parallel-size": given.tensorParallel,
      "--pipeline-parallel-size": given.pipelineParallel,
      "--data-parallel-size": given.dataParallel,
      "--dtype": given.dtype,
      "--quantization": given.quantization,
      "--kv-cache-dtype": given.kvCacheDtype,
      "--max-model-len": given.contextLength,
      "--gpu-memory-utilization": given.gpuMemoryShare,
      "--max-num-seqs": given.maxConcurrency,
    }),
    ...(given.serverArgument ?? []),
  ];
}
