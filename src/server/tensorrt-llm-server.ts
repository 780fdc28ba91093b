import { z } from "zod";
import { gpuVariables } from "./choose-gpus.ts";
import { defineServer } from "./define-server.ts";
import { engineFields, flagsFor, launchFields } from "./launch-settings.ts";

const {
  dtype: _dtype,
  quantization: _quantization,
  kvCacheDtype: _kvCacheDtype,
  dataParallel: _dataParallel,
  ...fields
} = engineFields;

// Types and quantization come with the checkpoint, or from a file of the server's own (after --).
const settings = z.strictObject({ ...launchFields, ...fields });

/** TensorRT-LLM's OpenAI server, `trtllm-serve`; its image is named by the user. */
export const tensorrtLlmServer = defineServer<z.output<typeof settings>>({
  name: "tensorrt-llm",
  title: "TensorRT-LLM",
  settings,
  needsModel: true,
  devices: ["cuda"],
  command: (given, { inContainer, model, host, port, device, gpus }) => ({
    executable: inContainer ? "trtllm-serve" : (given.executable ?? "trtllm-serve"),
    arguments: [
      model ?? "",
      ...flagsFor({
        "--host": host,
        "--port": port,
        "--served_model_name": given.servedModelName,
        "--revision": given.revision,
        "--tp_size": given.tensorParallel,
        "--pp_size": given.pipelineParallel,
        "--max_seq_len": given.contextLength,
        "--kv_cache_free_gpu_memory_fraction": given.gpuMemoryShare,
        "--max_batch_size": given.maxConcurrency,
      }),
      ...(given.serverArgument ?? []),
    ],
    environment: gpuVariables(device, gpus),
  }),
  image: () => null,
  secretFlags: { "--api-key": null, "--hf-token": "HF_TOKEN" },
});
