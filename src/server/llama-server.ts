import { z } from "zod";
import { text, wholeNumber } from "../config/run-values.ts";
import { gpuVariables } from "./choose-gpus.ts";
import { defineServer } from "./define-server.ts";
import { flagsFor, launchFields } from "./launch-settings.ts";

const settings = z.strictObject({
  ...launchFields,
  servedModelName: text.optional().describe("NAME: what clients call the model; by default as --model"),
  contextLength: wholeNumber(1).optional().describe("NUMBER: prompt plus answer of a request, tokens"),
  maxConcurrency: wholeNumber(1).optional().describe("NUMBER: requests that run at once"),
  kvCacheDtype: text.optional().describe("NAME: type of the KV cache, such as q8_0"),
});

/** llama.cpp's `llama-server`, of the user's: a GGUF file, or a repository of the Hub. */
export const llamaServer = defineServer<z.output<typeof settings>>({
  name: "llama-server",
  title: "llama.cpp",
  settings,
  needsModel: true,
  devices: ["cuda", "rocm", "cpu", "arm"],
  command: (given, { inContainer, model, host, port, device, gpus }) => ({
    executable: inContainer ? "/app/llama-server" : (given.executable ?? "llama-server"),
    arguments: [
      ...flagsFor({
        [/\.gguf$/i.test(model ?? "") ? "--model" : "--hf-repo"]: model,
        "--alias": given.servedModelName ?? given.model,
        "--host": host,
        "--port": port,
        // It divides the context among its slots.
        "--ctx-size": given.contextLength && given.contextLength * (given.maxConcurrency ?? 1),
        "--parallel": given.maxConcurrency,
        "--cache-type-k": given.kvCacheDtype,
        "--cache-type-v": given.kvCacheDtype,
      }),
      "--metrics",
      ...(given.serverArgument ?? []),
    ],
    environment: gpuVariables(device, gpus),
  }),
  image: () => null,
  apiKeyVariable: "LLAMA_API_KEY",
  secretFlags: { "--api-key": "LLAMA_API_KEY", "--hf-token": "HF_TOKEN", "-hft": "HF_TOKEN" },
});
