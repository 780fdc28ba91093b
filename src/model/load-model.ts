import { z } from "zod";
import { checkModuleValue, importUserModule } from "../dataset/user-module.ts";
import type { ModelModule } from "./define-model.ts";
import { generic, modelPresets } from "./presets/index.ts";

const limits = z.object({ ttftNs: z.number().positive(), tpotNs: z.number().positive() });

const modelSchema: z.ZodType<ModelModule> = z.object({
  name: z.string().min(1),
  description: z.string(),
  mlperfConfKey: z.string().nullable(),
  api: z.enum(["completions", "chat"]),
  sampling: z.object({
    temperature: z.number().min(0).exactOptional(),
    topP: z.number().gt(0).max(1).exactOptional(),
    topK: z.number().int().exactOptional(),
    seed: z.number().int().exactOptional(),
    stop: z.array(z.string()).exactOptional(),
    ignoreEos: z.boolean().exactOptional(),
  }),
  maxTokens: z.number().int().positive(),
  minTokens: z.number().int().positive().nullable(),
  serverLimits: limits,
  interactiveLimits: limits.nullable(),
});

/**
 * The rules of a model: the preset or module named by `spec` (a preset's name, an installed package, or a path), or,
 * with `spec` null, the preset that fits what the server calls the model; `generic` where none does.
 * Throws UsageError `MODEL_NOT_FOUND` or `MODEL_MODULE_INVALID`.
 */
export async function loadModel(spec: string | null, servedName: string): Promise<ModelModule> {
  if (spec === null) return presetFor(servedName) ?? generic;
  const preset = modelPresets.find(({ name }) => name === spec);
  if (preset) return preset;
  const names = modelPresets.map(({ name }) => name);
  return checkModuleValue(await importUserModule(spec, "model", names), modelSchema, "model", spec);
}

/** The preset whose name stands in the served name, whatever separates its parts; the longest one that does. */
function presetFor(servedName: string): ModelModule | null {
  const served = plain(servedName);
  const fitting = modelPresets.filter((preset) => preset !== generic && served.includes(plain(preset.name)));
  // A model distilled from another is not that other.
  if (/distill/i.test(servedName)) return null;
  return fitting.toSorted((a, b) => b.name.length - a.name.length)[0] ?? null;
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll(/meta|instruct|chat|[^a-z0-9]/g, "");
}
