import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { UsageError } from "#src/errors.js";
import type { ModelModule } from "#src/model/define-model.js";
import { loadModel } from "#src/model/load-model.js";
import { modelPresets } from "#src/model/presets/index.js";
import { temporaryFolder } from "./child-script.ts";

const folder = temporaryFolder();

function write(name: string, text: string): string {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

async function failureOf(spec: string): Promise<UsageError> {
  const error = await loadModel(spec, "m").then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof UsageError)) {
    throw new Error(`expected a UsageError for ${spec}`, { cause: error });
  }
  return error;
}

const valid: ModelModule = {
  name: "mine",
  description: "A model.",
  mlperfConfKey: null,
  api: "chat",
  sampling: { temperature: 0.5, topP: 0.9, topK: 40, seed: 7, stop: ["\n"], ignoreEos: true },
  maxTokens: 64,
  minTokens: 2,
  serverLimits: { ttftNs: 1e9, tpotNs: 1e8 },
  interactiveLimits: null,
};

describe("the preset of a served name", () => {
  it.each([
    ["meta-llama/Llama-2-70b-chat-hf", "llama2-70b"],
    ["llama2_70B", "llama2-70b"],
    ["llama-2-chat-70b", "llama2-70b"],
    ["meta-llama/Llama-3.1-8B-Instruct", "llama3_1-8b"],
    ["meta-llama/Meta-Llama-3.1-8B-Instruct", "llama3_1-8b"],
    ["llama3.1:8b", "llama3_1-8b"],
    ["/models/Llama 3.1 8b FP8", "llama3_1-8b"],
    ["amd/Llama-3.1-405B-Instruct-FP8-KV", "llama3_1-405b"],
    ["mistralai/Mixtral-8x7B-Instruct-v0.1", "mixtral-8x7b"],
    ["deepseek-ai/DeepSeek-R1-0528", "deepseek-r1"],
    ["nvidia/DeepSeek-R1-FP4", "deepseek-r1"],
    ["openai/gpt-oss-120b", "gpt-oss-120b"],
    ["HuggingFaceTB/SmolLM2-135M-Instruct", "smollm2"],
    ["meta-llama/Llama-3.3-70B-Instruct", "llama3_3-70b"],
    ["nvidia/Llama-3.3-70B-Instruct-FP4", "llama3_3-70b"],
    ["deepseek-ai/DeepSeek-R1-Distill-Qwen-7B", "deepseek-r1-distill-qwen"],
    ["deepseek-ai/DeepSeek-R1-0528-Qwen3-8B", "deepseek-r1-distill-qwen"],
    ["deepseek-ai/DeepSeek-R1-Distill-Llama-70B", "deepseek-r1-distill-llama"],
    ["Qwen/Qwen3-0.6B", "qwen3"],
    ["qwen3:30b-a3b", "qwen3"],
    ["Qwen/Qwen3-235B-A22B-Thinking-2507-FP8", "qwen3-thinking"],
    ["Qwen/Qwen3-30B-A3B-Instruct-2507", "qwen3-instruct"],
    // Near, but others:
    ["someone/Distill-of-Llama-3.1-8B", "generic"],
    ["Qwen/Qwen3-Coder-30B-A3B-Instruct", "generic"],
    ["Qwen/Qwen3-VL-8B-Instruct", "generic"],
    ["Qwen/Qwen3.6-27B", "generic"],
    ["Qwen/Qwen2.5-7B-Instruct", "generic"],
    ["meta-llama/Llama-3.1-70B-Instruct", "generic"],
    ["meta-llama/Llama-3.2-1B", "generic"],
    ["mistralai/Mixtral-8x22B-v0.1", "generic"],
    ["openai/gpt-oss-20b", "generic"],
    ["generic-model", "generic"],
    ["tiny", "generic"],
    ["", "generic"],
  ])("%s is %s", async (servedName, preset) => {
    expect((await loadModel(null, servedName)).name).toBe(preset);
  });
});

describe("presets", () => {
  // TTFT and TPOT limits in ms and the output token limit, as MLPerf Inference v6.1 sets them.
  it.each<[string, [number, number], [number, number] | null, number]>([
    ["llama2-70b", [2000, 200], [450, 40], 1024],
    ["llama3_1-8b", [2000, 100], [500, 30], 128],
    ["llama3_1-405b", [6000, 175], [4500, 80], 20000],
    ["mixtral-8x7b", [2000, 200], null, 1024],
    ["deepseek-r1", [2000, 80], [1500, 15], 20000],
    ["gpt-oss-120b", [3000, 80], [2000, 15], 10240],
  ])("%s carries the official rules", async (name, server, interactive, maxTokens) => {
    const model = await loadModel(name, "served under any name");
    const inNs = ([ttftMs, tpotMs]: [number, number]) => ({ ttftNs: ttftMs * 1e6, tpotNs: tpotMs * 1e6 });
    expect(model).toMatchObject({
      name,
      mlperfConfKey: name,
      maxTokens,
      serverLimits: inNs(server),
      interactiveLimits: interactive === null ? null : inNs(interactive),
      sampling: name === "gpt-oss-120b" ? { temperature: 1, topP: 1 } : { temperature: 0 },
    });
  });

  it.each([
    ["llama3.3-70b", { temperature: 0.6, topP: 0.9 }, undefined],
    ["deepseek-r1-distill-qwen", { temperature: 0.6, topP: 0.95 }, true],
    ["deepseek-r1-distill-llama", { temperature: 0.6, topP: 0.95 }, true],
    ["qwen3", { temperature: 0.6, topP: 0.95, topK: 20 }, undefined],
    ["qwen3-thinking", { temperature: 0.6, topP: 0.95, topK: 20 }, true],
    ["qwen3-instruct", { temperature: 0.7, topP: 0.8, topK: 20 }, undefined],
  ])("%s samples as its makers advise", async (name, sampling, openedInPrompt) => {
    const model = await loadModel(name, "x");
    expect(model).toMatchObject({ sampling, api: "chat", mlperfConfKey: null });
    expect(model.reasoning?.openedInPrompt).toBe(openedInPrompt);
    expect(model.tokenizer).toMatch(/^[\w.-]+\/[\w.-]+$/);
  });

  it("carry the official floors, tokenizers, and the marks of models that reason in their text", async () => {
    const floors = await Promise.all(
      ["llama2-70b", "llama3_1-8b", "llama3_1-405b", "mixtral-8x7b", "deepseek-r1", "gpt-oss-120b"].map(
        async (name) => {
          const { minTokens, tokenizer } = await loadModel(name, "x");
          return [name, minTokens, tokenizer];
        },
      ),
    );
    expect(floors).toEqual([
      ["llama2-70b", 1, "meta-llama/Llama-2-70b-chat-hf"],
      ["llama3_1-8b", 1, "meta-llama/Llama-3.1-8B-Instruct"],
      ["llama3_1-405b", 2, "meta-llama/Llama-3.1-405B-Instruct"],
      ["mixtral-8x7b", 2, "mistralai/Mixtral-8x7B-Instruct-v0.1"],
      ["deepseek-r1", 1, "deepseek-ai/DeepSeek-R1"],
      ["gpt-oss-120b", 1, "openai/gpt-oss-120b"],
    ]);
    expect((await loadModel("deepseek-r1", "x")).reasoning).toEqual({
      open: "<think>",
      close: "</think>",
      openedInPrompt: true,
    });
    expect((await loadModel("gpt-oss-120b", "x")).accuracyMaxTokens).toBe(32_768);
    expect((await loadModel("qwen3", "x")).reasoning).toEqual({ open: "<think>", close: "</think>" });
  });

  it("are found by name, whatever separates its parts", async () => {
    expect((await loadModel("llama3.1-8b", "x")).name).toBe("llama3_1-8b");
    expect((await loadModel("GPT_OSS_120B", "x")).name).toBe("gpt-oss-120b");
    expect((await loadModel("generic", "Llama-3.1-8B")).name).toBe("generic");
  });

  it("would pass as modules of a user", async () => {
    for (const preset of modelPresets) {
      const path = write(`preset-${preset.name}.mjs`, `export default ${JSON.stringify(preset)}`);
      expect(await loadModel(path, "x")).toEqual(preset);
    }
  });

  it("have names of their own", () => {
    expect(new Set(modelPresets.map(({ name }) => name)).size).toBe(modelPresets.length);
  });
});

describe("modules", () => {
  it("are loaded by path, whatever the served name", async () => {
    const path = write("mine.mjs", `export default ${JSON.stringify(valid)}`);
    expect(await loadModel(path, "Llama-3.1-8B")).toEqual(valid);
  });

  it("of the examples load", async () => {
    const model = await loadModel("./examples/custom-model.mjs", "x");
    expect(model).toMatchObject({ name: "haiku-writer", api: "chat", maxTokens: 32 });
  });

  it.each<[string, object, string, string]>([
    ["name", { name: "" }, "name", "it is empty"],
    ["api", { api: "responses" }, "api", 'it must be "completions" or "chat"'],
    ["temperature", { sampling: { temperature: -1 } }, "sampling.temperature", "it must not be negative"],
    ["topP", { sampling: { topP: 0 } }, "sampling.topP", "it must be above 0"],
    ["stop", { sampling: { stop: "\n" } }, "sampling.stop", "it must be a list of texts"],
    ["sampling", { sampling: undefined }, "sampling", "it must be an object"],
    ["max", { maxTokens: 0, minTokens: null }, "maxTokens", "it must be at least 1"],
    ["accuracy", { accuracyMaxTokens: 0 }, "accuracyMaxTokens", "it must be at least 1"],
    ["tokenizer", { tokenizer: "" }, "tokenizer", "it is empty"],
    ["reasoning", { reasoning: "<think>" }, "reasoning", "it must be { open, close }"],
    ["marks", { reasoning: { open: "<think>", close: "" } }, "reasoning.close", "it is empty"],
    ["fraction", { maxTokens: 1.5, minTokens: 1 }, "maxTokens", "it must be a whole number"],
    ["floor", { minTokens: 65 }, "minTokens", "it must not be above maxTokens"],
    ["limits", { serverLimits: null }, "serverLimits", "it must be { ttftNs, tpotNs }"],
    ["limit", { serverLimits: { ttftNs: 0, tpotNs: 1 } }, "serverLimits.ttftNs", "it must be above 0"],
    [
      "interactive",
      { interactiveLimits: { ttftNs: 1 } },
      "interactiveLimits.tpotNs",
      "it must be a number of ns",
    ],
  ])("with a wrong field (%s) are refused", async (name, change, field, message) => {
    const path = write(`wrong-${name}.mjs`, `export default ${JSON.stringify({ ...valid, ...change })}`);
    const error = await failureOf(path);
    expect(error.code).toBe("MODEL_MODULE_INVALID");
    expect(error.problems[0]?.where).toBe(`${path}, ${field}`);
    expect(error.problems[0]?.message).toContain(message);
    expect(error.hint).toContain("defineModel");
  });

  it.each([
    ["export const model = {}", "it has no default export"],
    ["export default null", "it must be an object, as defineModel returns it"],
    ["export default {", "it cannot be imported"],
  ])("that hold %j are refused", async (text, message) => {
    const error = await failureOf(write(`broken-${text.length}.mjs`, text));
    expect([error.code, error.message]).toEqual(["MODEL_MODULE_INVALID", expect.stringContaining(message)]);
  });

  it("that are nowhere are named with the nearest preset", async () => {
    const error = await failureOf("lama3_1-8b");
    expect([error.code, error.hint]).toEqual(["MODEL_NOT_FOUND", 'Did you mean "llama3_1-8b"?']);
    expect((await failureOf("./absent.mjs")).code).toBe("MODEL_NOT_FOUND");
  });
});
