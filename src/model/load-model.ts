import { z } from "zod";
import { checkModuleValue, importUserModule } from "../dataset/user-module.ts";
import type { ModelModule } from "./define-model.ts";
import { generic, modelFamilies, modelPresets } from "./presets/index.ts";

const positiveNs = z.number("it must be a number of ns").positive("it must be above 0");
const limits = z.object({ ttftNs: positiveNs, tpotNs: positiveNs }, "it must be { ttftNs, tpotNs }");
const text = z.string("it must be text");
const wholeNumber = z.int("it must be a whole number");

const modelSchema: z.ZodType<ModelModule> = z
  .object(
    {
      name: text.min(1, "it is empty"),
      description: text,
      mlperfConfKey: text.nullable(),
      api: z.enum(["completions", "chat"], 'it must be "completions" or "chat"'),
      sampling: z.object(
        {
          temperature: z.number("it must be a number").min(0, "it must not be negative").exactOptional(),
          topP: z
            .number("it must be a number")
            .gt(0, "it must be above 0")
            .max(1, "it must be at most 1")
            .exactOptional(),
          topK: wholeNumber.exactOptional(),
          seed: wholeNumber.exactOptional(),
          stop: z.array(text, "it must be a list of texts").exactOptional(),
          ignoreEos: z.boolean("it must be true or false").exactOptional(),
        },
        "it must be an object; {} leaves all to the server but the temperature, which is 0",
      ),
      maxTokens: wholeNumber.min(1, "it must be at least 1"),
      accuracyMaxTokens: wholeNumber.min(1, "it must be at least 1").exactOptional(),
      minTokens: wholeNumber.min(1, "it must be at least 1, or null for no floor").nullable(),
      serverLimits: limits,
      interactiveLimits: limits.nullable(),
      tokenizer: text.min(1, "it is empty").exactOptional(),
      reasoning: z
        .object(
          {
            open: text.min(1, "it is empty"),
            close: text.min(1, "it is empty"),
            openedInPrompt: z.boolean("it must be true or false").exactOptional(),
          },
          "it must be { open, close }",
        )
        .exactOptional(),
    },
    "it must be an object, as defineModel returns it",
  )
  .refine(({ minTokens, maxTokens }) => minTokens === null || minTokens <= maxTokens, {
    message: "it must not be above maxTokens",
    path: ["minTokens"],
  });

/**
 * The rules of a model: the preset or module named by `spec` (a preset's name, an installed package, or a path), or,
 * with `spec` null, the preset that fits what the server calls the model; `generic` where none does.
 * Throws a UsageError `MODEL_NOT_FOUND` or `MODEL_MODULE_INVALID`.
 */
export async function loadModel(spec: string | null, servedName: string): Promise<ModelModule> {
  if (spec === null) {
    return presetFor(servedName) ?? generic;
  }
  const preset =
    modelPresets.find(({ name }) => name === spec) ??
    modelPresets.find(({ name }) => plain(name) === plain(spec));
  if (preset !== undefined) {
    return preset;
  }
  const presetNames = modelPresets.map(({ name }) => name);
  return checkModuleValue(await importUserModule(spec, "model", presetNames), modelSchema, "model", spec);
}

/** The preset that knows the served name, else the one whose own name stands in it, whatever separates its parts. */
function presetFor(servedName: string): ModelModule | null {
  const family = modelFamilies.find(({ servedAs }) => servedAs.test(servedName));
  if (family !== undefined) {
    return family.preset;
  }
  const served = plain(servedName);
  return modelPresets.find((preset) => preset !== generic && served.includes(plain(preset.name))) ?? null;
}

/** What tells models apart: "Llama-3.1-8B", "llama3_1-8b" and "llama 3.1 Instruct 8b" are the same name. */
function plain(name: string): string {
  return name.toLowerCase().replaceAll(/instruct|chat|[^a-z0-9]/g, "");
}
