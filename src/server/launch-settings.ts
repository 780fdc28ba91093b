import { z } from "zod";
import { duration, number, oneOf, pairs, text, wholeNumber } from "../config/run-values.ts";
import { deviceNames } from "./device-detection.ts";

/** Text with blanks between the parts, or a list. */
const words: z.ZodType<string[]> = z.preprocess(
  (given) => (typeof given === "string" ? splitWords(given) : given),
  z.array(text),
);

/** Numbers or UUIDs of GPUs, with commas between them. */
const gpuList: z.ZodType<string[]> = z.preprocess(
  (given) => (Array.isArray(given) ? given.map(String) : String(given).split(",")).map((part) => part.trim()),
  z
    .array(
      z
        .string()
        .regex(/^(\d+|(GPU|MIG)-[\w-]+)$/, "must be numbers or UUIDs with commas between them, such as 0,1"),
    )
    .refine((ids) => new Set(ids).size === ids.length, "names a GPU twice"),
);

/** Names of variables, whose values stay where they are. */
const variableNames: z.ZodType<string[]> = z.preprocess(
  (given) => (typeof given === "string" ? given.split(/[\s,]+/) : given),
  z.array(z.string().regex(/^[A-Za-z_]\w*$/, "must be the name of a variable, without a value")),
);

/** Longest time until a server is ready, where nobody says another, s. */
export const defaultReadySeconds = 1800;

/** Settings of every server: what it serves and where. */
export const launchFields = {
  model: text.optional().describe("NAME: model by Hub id or folder"),
  host: text
    .optional()
    .describe("ADDRESS: address to listen on; 127.0.0.1, the default, is reached from here alone"),
  port: wholeNumber(0).optional().describe("NUMBER: port on this machine; 0, the default, takes a free one"),
  device: oneOf(deviceNames).optional().describe("NAME: cuda, rocm, cpu or arm; by default what is found"),
  gpus: gpuList.optional().describe("LIST: GPUs to use, such as 0,1"),
  executable: text.optional().describe("FILE: the server's program, if it is not in PATH"),
  python: text.optional().describe("FILE: Python whose environment has the server"),
  container: oneOf(["docker", "podman"])
    .optional()
    .describe("NAME: docker or podman; runs it in a container"),
  image: text.optional().describe("NAME: image of that container; by default the pinned one for the device"),
  cache: text.optional().describe("DIR: folder of the Hub's downloads, shared with the container"),
  memoryLimit: z
    .string()
    .regex(/^\d+[bkmg]?$/i, "must be like 64g")
    .optional()
    .describe("SIZE: most memory of the container, such as 64g"),
  env: pairs.optional().describe("NAME=VALUE: variable of the server; repeatable"),
  passEnv: variableNames
    .optional()
    .describe(
      "NAME: variable of this environment that the server gets too, in a container as well; repeatable",
    ),
  serverArgument: words.optional().describe("WORD: further argument of the server, as after --; repeatable"),
  readyWithin: duration.optional().describe("TIME: longest time until it is ready; 30m by default"),
};

/** Settings of every engine that loads a model by itself. */
export const engineFields = {
  servedModelName: text.optional().describe("NAME: what clients call the model; by default as --model"),
  revision: text.optional().describe("NAME: branch, tag or commit of the model on the Hub"),
  tensorParallel: wholeNumber(1).optional().describe("NUMBER: GPUs that share each layer"),
  pipelineParallel: wholeNumber(1).optional().describe("NUMBER: groups of GPUs that share the layers"),
  dataParallel: wholeNumber(1).optional().describe("NUMBER: copies of the model"),
  dtype: text.optional().describe("NAME: type of the weights, such as bfloat16 or float16"),
  quantization: text.optional().describe("NAME: quantization, such as fp8 or awq"),
  kvCacheDtype: text.optional().describe("NAME: type of the KV cache, such as fp8"),
  contextLength: wholeNumber(1).optional().describe("NUMBER: prompt plus answer of a request, tokens"),
  gpuMemoryShare: number("a share above 0 and up to 1", (value) => value > 0 && value <= 1)
    .optional()
    .describe("SHARE: part of the GPU's memory that it may take"),
  maxConcurrency: wholeNumber(1).optional().describe("NUMBER: requests that run at once"),
};

const launchSchema = z.strictObject(launchFields);
const engineSchema = z.strictObject({ ...launchFields, ...engineFields });

/** Settings of every server. */
export type LaunchSettings = z.output<typeof launchSchema>;

/** Settings of every engine. */
export type EngineSettings = z.output<typeof engineSchema>;

/** `NAME=VALUE` flags of a server for the settings that are there. */
export function flagsFor(given: Readonly<Record<string, string | number | null | undefined>>): string[] {
  return Object.entries(given).flatMap(([flag, value]) =>
    value === undefined || value === null ? [] : [flag, String(value)],
  );
}

/** Settings as given, with further arguments of the server behind those that they name. */
export function withArguments(
  given: Readonly<Record<string, unknown>>,
  further: readonly string[],
): Record<string, unknown> {
  const { serverArgument = [] } = given;
  const own = typeof serverArgument === "string" ? splitWords(serverArgument) : [serverArgument].flat();
  return { ...given, serverArgument: [...own, ...further] };
}

/** The words of a text as a shell splits them: blanks part them, quotes hold them together. */
export function splitWords(given: string): string[] {
  const parts = given.match(/(?:[^\s"']|"[^"]*"|'[^']*')+/g) ?? [];
  return parts.map((part) =>
    part.replaceAll(/"([^"]*)"|'([^']*)'/g, (_, double, single) => double ?? single),
  );
}
