import { describe, expect, test } from "vitest";
import { cleanOne } from "./cleaned-drafts.ts";

describe("Data types", () => {
  const dell = { submitter_raw: "Dell", accelerator_raw: "AMD MI300X-NPS1-SPX-192GB-750W" };
  const krai = { submitter_raw: "Krai", division: "open", used_model_raw: "llama3_1-70b-fp8_dyn" };
  const orin = { accelerator_raw: "NVIDIA Jetson AGX Orin 64G", accelerators_per_node: 1 };
  test.each([
    ["v4.1 on NVIDIA ran fp8", { round: "v4.1", weight_data_type_raw: "fp16" }, "fp16", "fp8"],
    [
      "v4.1 B200 ran fp4",
      { round: "v4.1", accelerator_raw: "NVIDIA B200-SXM-180GB", weight_data_type_raw: "fp16" },
      "fp16",
      "fp4",
    ],
    ["Dell's MI300X of v4.1", { ...dell, round: "v4.1", weight_data_type_raw: "fp16" }, "fp16", "fp8"],
    ["Krai names fp8", { ...krai, weight_data_type_raw: "UNSET" }, null, "fp8"],
    [
      "Dummy",
      { accelerator_raw: "AMD Instinct MI325X 256GB HBM3E", weight_data_type_raw: "Dummy" },
      null,
      "fp8",
    ],
    ["cannot fit", { ...orin, weight_data_type_raw: "fp16" }, "fp16", "int4"],
  ])("%s, with a reason", (_name, given, declared, effective) => {
    const row = cleanOne(given);
    expect(row.weight_data_type_declared ?? null).toBe(declared);
    expect(row.weight_data_type).toBe(effective);
    expect(row.weight_data_type_reason).toMatch(/\w+\.$/u);
  });

  const qwen = { benchmark_raw: "qwen3-vl-235b-a22b", used_model_raw: "qwen3-vl-235b-a22b", round: "v6.0" };
  const h200 = { accelerator_raw: "NVIDIA H200-SXM-141GB" };
  test.each([
    [
      "NVIDIA's place-holder",
      { ...qwen, accelerator_raw: "NVIDIA GB300", weight_data_type_raw: "fp32" },
      "fp4",
    ],
    [
      "the widest that fits",
      { ...qwen, ...h200, accelerators_per_node: 4, weight_data_type_raw: "fp32" },
      "bf16",
    ],
    [
      "half the cards hold fp8 only",
      { ...qwen, ...h200, accelerators_per_node: 3, weight_data_type_raw: "fp32" },
      "fp8",
    ],
    ["no fp4 on Hopper", { ...qwen, ...h200, accelerators_per_node: 1, weight_data_type_raw: "fp8" }, "int4"],
  ])("%s: a conclusion that has a reason and a flag", (_name, given, effective) => {
    const row = cleanOne(given);
    expect(row.weight_data_type).toBe(effective);
    expect(row.weight_data_type_reason).toMatch(/\w+\.$/u);
    expect(row.flags).toContain("dtype-doubt");
  });

  test("the list of an NVFP4 checkpoint's tensors is fp4, and fp8 in the name of the model beats fp32", () => {
    const listed = { ...qwen, accelerator_raw: "NVIDIA B300-SXM-270GB" };
    const tensors = cleanOne({ ...listed, weight_data_type_raw: "BF16/F32/F8_E4M3/U8" });
    expect([tensors.weight_data_type, tensors.weight_data_type_declared]).toEqual(["fp4", "fp4"]);
    expect(tensors.weight_data_type_raw).toBe("BF16/F32/F8_E4M3/U8");
    const named = {
      division: "open",
      used_model_raw: "Llama-2-7b-chat-hf-FP8",
      weight_data_type_raw: "fp32",
    };
    expect(cleanOne(named)).toMatchObject({ weight_data_type_declared: "fp32", weight_data_type: "fp8" });
  });

  test.each([
    [{ used_model_raw: "Llama-3.1-70B-Instruct-FP8-KV" }, "fp8"],
    [{ notes: "vLLM with --kv-cache-dtype fp8_e4m3" }, "fp8"],
    [{ notes: "NVFP4 weights, KV cache in bf16" }, "bf16"],
    [{ notes: "KV-aware routing of requests" }, null],
    [{ notes: "fp8 weights" }, null],
  ])("the type of the KV cache is read where it is told: %j", (given, type) => {
    expect(cleanOne(given).kv_data_type ?? null).toBe(type);
  });

  test("a declared type stands where nothing speaks against it", () => {
    const row = cleanOne({ weight_data_type_raw: "MXFP4" });
    expect(row).toMatchObject({ weight_data_type_declared: "fp4", weight_data_type: "fp4" });
    expect(row.weight_data_type_reason ?? null).toBeNull();
  });
});
