import { z } from "zod";
import { gpuVariables } from "./choose-gpus.ts";
import { defineServer } from "./define-server.ts";
import { engineFields, flagsFor, launchFields, withArguments } from "./launch-settings.ts";

const settings = z.strictObject({ ...launchFields, ...engineFields });

/** SGLang: a Python environment that has it, or its images. */
export const sglangServer = defineServer<z.output<typeof settings>>({
  name: "sglang",
  title: "SGLang",
  settings,
  needsModel: true,
  devices: ["cuda", "rocm", "cpu"],
  command: (given, { inContainer, model, host, port, device, gpus }) => ({
    executable: inContainer ? "python3" : (given.python ?? given.executable ?? "python3"),
    arguments: [
      ...["-m", "sglang.launch_server"],
      ...flagsFor({
        "--model-path": model,
        "--host": host,
        "--port": port,
        "--served-model-name": given.servedModelName ?? given.model,
        "--revision": given.revision,
        "--device": device === "cpu" ? "cpu" : null,
        "--tp-size": given.tensorParallel,
        "--pp-size": given.pipelineParallel,
        "--dp-size": given.dataParallel,
        "--dtype": given.dtype,
        "--quantization": given.quantization,
        "--kv-cache-dtype": given.kvCacheDtype,
        "--context-length": given.contextLength,
        "--mem-fraction-static": given.gpuMemoryShare,
        "--max-running-requests": given.maxConcurrency,
      }),
      "--enable-metrics",
      ...(given.serverArgument ?? []),
    ],
    environment: gpuVariables(device, gpus),
  }),
  image: (device) =>
    ({
      cuda: "docker.io/lmsysorg/sglang:v0.5.18",
      rocm: "docker.io/lmsysorg/sglang:v0.5.18-rocm720-mi30x",
      cpu: null,
      arm: null,
    })[device],
  // It reads its key from the command line alone, where others of this machine could see it.
  apiKeyVariable: null,
  secretFlags: { "--api-key": null, "--admin-api-key": null, "--ssl-keyfile-password": null },
  multiNodeFlags: ["--nnodes", "--dist-init-addr"],
  onNodes: (given, { nodes, rank, head, headPort }) =>
    withArguments(
      given,
      flagsFor({ "--nnodes": nodes, "--node-rank": rank, "--dist-init-addr": `${head}:${headPort}` }),
    ),
});
