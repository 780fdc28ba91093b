import { describe, expect, test } from "vitest";
import type { Draft, PartialRow } from "#src/openmlperf/row.js";
import { clean, cleanOne, draft } from "./cleaned-drafts.ts";

describe("Accelerators", () => {
  test.each([
    "AMD Instinct MI300X 192GB HBM3",
    "AMD Instinct MI300X-NPS1-SPX-192GB-750W",
    "AMD MI300X-NPS1-SPX-192GB-750W",
    "MI300X",
  ])("every spelling is one chip: %s", (spelling) => {
    expect(cleanOne({ accelerator_raw: spelling })).toMatchObject({
      accelerator: "MI300X",
      accelerator_vendor: "AMD",
      accelerator_family: "CDNA 3",
      accelerator_raw: spelling,
      accelerator_memory_gb: 192,
      accelerator_memory_type: "HBM3",
    });
  });

  test("neighbours are told apart, and what sets a card apart is its variant", () => {
    expect(cleanOne({ accelerator_raw: "NVIDIA GB200" }).accelerator).toBe("GB200");
    expect(cleanOne({ accelerator_raw: "NVIDIA B200-SXM-180GB" }).accelerator).toBe("B200-SXM-180GB");
    expect(cleanOne({ accelerator_raw: "NVIDIA H200-SXM-141GB-CTS" })).toMatchObject({
      accelerator: "H200-SXM-141GB",
      accelerator_variant: "CTS",
      flags: "power-raised",
    });
    expect(
      cleanOne({ accelerator_raw: "NVIDIA H200-SXM-141GB", platform: "H200-SXM-141GBx8_TRT_MaxQ" }),
    ).toMatchObject({ accelerator_variant: "MaxQ", flags: "power-limited" });
    expect(cleanOne({ accelerator_raw: "AMD Instinct MI355X 288GB HBM3e (Power Cap 1000 W)" })).toMatchObject(
      { accelerator: "MI355X", accelerator_variant: "1000W", accelerators_total: 8 },
    );
    const gh200 = "NVIDIA GH200-GraceHopper-Superchip";
    const platform = "GH200-GraceHopper-Superchip_GH200-144GB_aarch64x1_TRT";
    expect(cleanOne({ accelerator_raw: gh200, platform }).accelerator).toBe("GH200-144GB");
  });

  test("a system without accelerators is kept, counted by its processors", () => {
    const row = cleanOne({
      accelerator_raw: "N/A",
      accelerators_per_node: 0,
      platform: "1-node-2S-EMR-PyTorch",
      cpu_raw: "INTEL(R) XEON(R) PLATINUM 8592+",
      software_raw: "PyTorch",
      result_value: 250,
    });
    expect(row).toMatchObject({
      is_cpu_only: true,
      accelerator: "Xeon-8592+",
      accelerator_vendor: "Intel",
      accelerators_per_node: 2,
      accelerators_total: 2,
      tokens_per_second_per_accelerator: 125,
      cpu: "Intel Xeon Platinum 8592+",
      framework: "PyTorch",
    });
  });

  test("the name of the system counts: 87 chips and not eleven full nodes", () => {
    const row = {
      accelerator_raw: "AMD Instinct MI355X 288GB HBM3e (x87)",
      platform: "87xMI355X_22xEPYC_9575F",
      nodes: 11,
    };
    expect(cleanOne(row)).toMatchObject({
      accelerator: "MI355X",
      accelerators_total: 87,
      flags: "count-from-name",
    });
    expect(cleanOne({ ...row, accelerator_raw: "AMD Instinct MI355X 288GB HBM3e" }).accelerators_total).toBe(
      87,
    );
    expect(cleanOne({ platform: "8xH100_TRT", nodes: 2 }).accelerators_total).toBe(16);
  });

  test("a mixed system lists its chips", () => {
    const row = cleanOne({
      accelerator_raw: "AMD Instinct MI300X 192GB HBM3 (x32), AMD Instinct MI325X 256GB HBM3e (x16)",
      nodes: 6,
      cpu_raw: "AMD EPYC 9534 (on MI300X node), AMD EPYC 9655 (on MI325X node)",
    });
    expect(JSON.parse(row.accelerator_mix ?? "null")).toEqual([
      { accelerator: "MI300X", count: 32 },
      { accelerator: "MI325X", count: 16 },
    ]);
    expect(row).toMatchObject({
      accelerator: "MI300X + MI325X",
      accelerators_total: 48,
      cpu: "AMD EPYC 9534 + AMD EPYC 9655",
      flags: "mixed-accelerators",
    });
    expect(row.accelerator_memory_gb ?? null).toBeNull();
    expect(row).toMatchObject({
      accelerator_memory_total_gb: 32 * 192 + 16 * 256,
      accelerator_memory_type: "HBM3 + HBM3e",
    });
  });

  test("a mixed system has one name in whatever order its chips are listed", () => {
    const listed = "AMD Instinct MI325X 256GB HBM3e (x16), AMD Instinct MI300X 192GB HBM3 (x8)";
    const row = cleanOne({ accelerator_raw: listed, nodes: 3 });
    expect(row.accelerator).toBe("MI300X + MI325X");
    expect(JSON.parse(row.accelerator_mix ?? "null")).toEqual([
      { accelerator: "MI300X", count: 8 },
      { accelerator: "MI325X", count: 16 },
    ]);
  });

  test.each([
    ["NVIDIA H100-PCIe-80GB", "HBM3e", "HBM2e"],
    ["NVIDIA H100-SXM-80GB", "GDDR6", "HBM3"],
    ["NVIDIA L40S", "HBM2", "GDDR6"],
    ["AMD Instinct MI325X 256GB HBM3E", "HBM3", "HBM3e"],
  ])("%s has no %s: the chip's own %s stands, with a flag", (accelerator_raw, published, own) => {
    const row = cleanOne({ accelerator_raw }, { accelerator_memory_configuration: published });
    expect(row).toMatchObject({
      accelerator_memory_type: own,
      accelerator_memory_type_raw: published,
      flags: "memory-type-repaired",
    });
    const right = cleanOne({ accelerator_raw }, { accelerator_memory_configuration: own.toUpperCase() });
    expect([right.accelerator_memory_type, right.flags ?? null]).toEqual([own, null]);
  });

  test("a size that the chip does not come with gives way to it, with a flag; a driver's report does so without", () => {
    const l40s = { accelerator_raw: "NVIDIA L40S", accelerators_per_node: 4 };
    expect(cleanOne(l40s, { accelerator_memory_capacity: "64 GB" })).toMatchObject({
      accelerator_memory_gb: 48,
      accelerator_memory_raw: "64 GB",
      accelerator_memory_total_gb: 192,
      flags: "memory-repaired",
    });
    const driver = cleanOne(l40s, { accelerator_memory_capacity: "46068 MiB" });
    expect([driver.accelerator_memory_gb, driver.flags ?? null]).toEqual([48, null]);
    const unknown = cleanOne({ accelerator_raw: "Acme Q9" }, { accelerator_memory_capacity: "64 GB" });
    expect(unknown.accelerator_memory_gb).toBe(64);
  });

  test("a card whose NVLink is a bridge has the bandwidth of the link that its row publishes", () => {
    const nvl = { accelerator_raw: "NVIDIA H200-NVL-141GB" };
    const gbps = (raw: string, row: PartialRow = nvl) =>
      cleanOne({ ...row, accelerator_interconnect_raw: raw }).interconnect_gbps;
    expect(gbps("PCIe Gen5 x16")).toBe(128);
    expect(gbps("PCIe 4.0 x16")).toBe(64);
    expect(gbps("NVLink Bridge, 900GB/s")).toBeUndefined();
    expect(gbps("PCIe Gen5 x16", { accelerator_raw: "NVIDIA H200-SXM-141GB" })).toBeUndefined();
  });

  test("memory of all cards is divided, and HBM3E is HBM3e", () => {
    const system = { accelerator_memory_capacity: "2048 GB", accelerator_memory_configuration: "HBM3E" };
    expect(cleanOne({ accelerator_raw: "AMD Instinct MI325X 256GB HBM3E" }, system)).toMatchObject({
      accelerator_memory_gb: 256,
      accelerator_memory_raw: "2048 GB",
      accelerator_memory_type: "HBM3e",
      flags: "memory-divided",
    });
    const driver = { accelerator_memory_capacity: "81559 MiB" };
    expect(cleanOne({}, driver).accelerator_memory_gb).toBe(80);
  });

  test("InfiniBand is no link between accelerators", () => {
    expect(
      cleanOne({
        accelerator_interconnect_raw: "1x 400Gbe Infiniband",
        host_interconnect_raw: "PCIe Gen5 x16",
      }),
    ).toMatchObject({
      accelerator_interconnect_raw: "1x 400Gbe Infiniband",
      host_interconnect: "PCIe-5",
      flags: "network-as-interconnect",
    });
    const nvlink = cleanOne({ accelerator_interconnect_raw: "18x 4th Gen NVLink, 900GB/s" });
    expect(nvlink.accelerator_interconnect).toBe("NVLink-4");
  });
});

describe("Hosts and software", () => {
  test.each([
    ["4100.0000", 4.1],
    ["Base: 1500 MHz, Max: 5008 MHz", 5.008],
    ["2.1 GHz (base); 4.0 GHz (max turbo)", 4],
    ["2000", 2],
    ["undefined", undefined],
    ["-", undefined],
  ])("a frequency of %s is %s GHz", (published, expected) => {
    expect(cleanOne({}, { host_processor_frequency: published }).cpu_frequency_ghz).toBe(expected);
  });

  test.each([
    ["1 TB + 1 TB (swap)", 1024],
    ["1 TB + 512 GB", 1536],
    ["8x3TiB", 3072],
    ["~2.0 TiB", 2048],
    ["947G", 947],
    ["N/A", undefined],
  ])("memory of %s is %s GB", (published, expected) => {
    expect(cleanOne({}, { host_memory_capacity: published }).host_memory_gb).toBe(expected);
  });

  test.each([
    // [capacity, modules, nodes, GB, flag]
    ["8x3TiB", "24 x 128GB Micron", 4, 3072, "host-memory-repaired"],
    ["12TiB", "24x 128GiB Micron", 1, 3072, "host-memory-repaired"],
    ["14 TB", "32x 128GB", 1, 4096, "host-memory-repaired"],
    ["8 TB", "1TB total, 32x 32GB", 1, 1024, "host-memory-repaired"],
    ["4 TB", "16x 64GB", 4, 1024, "host-memory-repaired"],
    ["2TB", "32x 96GB DDR5 5600MT/s @4400MT/s", 1, 2048, "host-memory-doubt"],
    ["1 TB", "DDR4-4800 64GB x 32", 1, 1024, "host-memory-doubt"],
    ["2304GB", "12 slots per socket / 96GB each / 8800 MT/s DDR5 (MRDIMM)", 1, 2304, null],
    ["3 TB", "16x 128GB MTC40F2047S1RC64BB1 MWFF; 16x 64GB HMCG94AHBRA480N", 1, 3072, null],
    ["2 TB", "32x HPE 64GB (1x64GB) Dual Rank x4 DDR5-5600", 1, 2048, null],
    ["1 TB", "16x 64GB 5600 DIMMs", 1, 1024, null],
    ["960 GB", "15x 16DP (32GB) LPDDR5x", 1, 960, null],
    ["960 GB", "for each 4-GPU node: 1.3TB LPDDR5x", 1, 960, null],
    ["3 TB DDR5", "Multi-channel DDR5 across dual sockets", 1, 3072, null],
  ])("memory of %s with modules %s in %d nodes is %d GB, %s", (capacity, modules, nodes, gb, flag) => {
    const row = cleanOne({ nodes }, { host_memory_capacity: capacity, host_memory_configuration: modules });
    expect([row.host_memory_gb, row.flags ?? null, row.host_memory_raw]).toEqual([gb, flag, capacity]);
  });

  test.each([
    ["Intel(R) Xeon(R) Platinum 8480+", "224", 56, "cores-repaired"],
    ["AMD EPYC 9575F", "1", 64, "cores-repaired"],
    ["NVIDIA Grace CPU", "144", 72, "cores-repaired"],
    ["AMD EPYC 9575F", "64", 64, null],
    ["AMD EPYC 7B13", "56", 56, null],
    ["AMD EPYC 9534 (node A), AMD EPYC 9655 (node B)", "64", null, null],
  ])("%s with %s cores as published has %s", (cpu_raw, cpu_cores_raw, cores, flag) => {
    const row = cleanOne({ cpu_raw, cpu_cores_raw });
    expect([row.cpu_cores ?? null, row.cpu_cores_raw, row.flags ?? null]).toEqual([
      ...[cores, cpu_cores_raw, flag],
    ]);
  });

  test.each([
    ["vLLM v0.7.3", "vLLM", { framework_version: "0.7.3", vllm_version: "0.7.3" }],
    ["SGLang v0.4.3", "SGLang", { framework_version: "0.4.3", sglang_version: "0.4.3" }],
    ["NIM v1.5.0", "NIM", { framework_version: "1.5.0" }],
    [
      "vLLM 0.6.5.dev964+mlperf50, Pytorch 2.7.0a0+git3a58512, ROCm 6.3.1",
      "vLLM",
      {
        framework_version: "0.6.5.dev964+mlperf50",
        pytorch_version: "2.7.0a0+git3a58512",
        rocm_version: "6.3.1",
      },
    ],
    [
      "TensorRT 10.8.0.43, CUDA 12.8",
      "TensorRT-LLM",
      { tensorrt_version: "10.8.0.43", cuda_version: "12.8" },
    ],
    ["PyTorch vLLM", "vLLM", {}],
    ["CUDA 12.8", "TensorRT-LLM", { cuda_version: "12.8" }],
    ["deepsparse v1.5.2", "DeepSparse", { framework_version: "1.5.2" }],
  ])("%s is %s", (software, framework, versions) => {
    expect(cleanOne({ software_raw: software })).toMatchObject({ framework, ...versions });
  });

  test("the software goes before the name of the system", () => {
    const platform = "pcspecialist_amd_am5-reference-gpu-pytorch-v2.2.1-default_config";
    expect(cleanOne({ software_raw: "deepsparse v1.5.2", platform }).framework).toBe("DeepSparse");
    expect(cleanOne({ software_raw: "vLLM 0.9.0" }).framework).toBe("vLLM");
    const { rows, unknown } = clean(draft({ software_raw: "Acme engine", platform }));
    expect([rows[0]?.framework ?? null, unknown[0]?.spelling]).toEqual([null, "Acme engine"]);
  });

  test("software that lists an engine for each model is that of the model", () => {
    const software_raw = "TensorRT 10.14, TensorRT-LLM feat/1.2-mlpinf, vLLM CentML:mlperf-inf-mm-q3vl-v6.0";
    const qwen = { benchmark_raw: "qwen3-vl-235b-a22b", used_model_raw: "qwen3-vl-235b-a22b" };
    expect(cleanOne({ software_raw, ...qwen }).framework).toBe("vLLM");
    expect(cleanOne({ software_raw }).framework).toBe("TensorRT-LLM");
  });

  test("PyTorch alone is flagged, or takes the engine of the very same software beside it", () => {
    const amd = { accelerator_raw: "AMD Instinct MI355X", platform: "8xMI355X" };
    const software_raw = "PyTorch 2.9.1+git8907517, ROCm 7.0.0";
    const told = { ...amd, software_raw, other_software: "vllm-11b6af52" };
    const alone = { ...amd, software_raw, submitter_raw: "Another" };
    const framework = (...drafts: Draft[]) =>
      clean(...drafts).rows.map((row) => `${row.framework} ${row.flags ?? ""}`);
    expect(framework(draft(alone))).toEqual(["PyTorch framework-not-stated"]);
    expect(framework(draft(alone), draft(told))).toEqual(["vLLM framework-by-software", "vLLM "]);
    const otherwise = draft({ ...told, other_software: "sglang 0.5" });
    expect(framework(draft(alone), draft(told), otherwise)[0]).toBe("PyTorch framework-not-stated");
    expect(
      framework(draft({ ...alone, software_raw: "PyTorch" }), draft({ ...told, software_raw: "PyTorch" }))[0],
    ).toBe("PyTorch framework-not-stated");
    expect(framework(draft({ ...alone, round: "v5.1" }), draft(told))[0]).toBe(
      "PyTorch framework-not-stated",
    );
  });

  test("place-holders are null and the raw columns keep them", () => {
    const row = cleanOne({ weight_data_type_raw: "UNSET", notes: "N/A", cooling: "-" });
    expect(row.notes).toBeNull();
    expect(row.cooling).toBeNull();
    expect(row.weight_data_type_declared ?? null).toBeNull();
    expect(row.weight_data_type_raw).toBe("UNSET");
  });

  test("one organisation, one processor, one operating system", () => {
    expect(
      cleanOne({
        submitter_raw: "ORACLE",
        cpu_raw: "INTEL(R) XEON(R) PLATINUM 8568Y+",
        operating_system_raw: "22.04.5 LTS (Jammy Jellyfish)",
      }),
    ).toMatchObject({
      submitter: "Oracle",
      cpu: "Intel Xeon Platinum 8568Y+",
      operating_system: "Ubuntu 22.04",
    });
  });
});
