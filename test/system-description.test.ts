import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { readAnswersFile, readAnswerWords } from "#src/mlperf/system/answer-fields.js";
import { collectSystem } from "#src/mlperf/system/collect-system.js";
import { describeSystem, type SystemTexts } from "#src/mlperf/system/describe-system.js";
import { findServer } from "#src/mlperf/system/find-server.js";
import { readMemoryModules } from "#src/mlperf/system/read-memory.js";
import { describeNetworking, readPciNetworkCards } from "#src/mlperf/system/read-network.js";
import { readLinks, readNvidia } from "#src/mlperf/system/read-nvidia.js";
import { readCpuInfo, readLscpu } from "#src/mlperf/system/read-processor.js";
import { readRocm } from "#src/mlperf/system/read-rocm.js";
import { findServerProcesses } from "#src/mlperf/system/read-server-process.js";
import { readBlockDevices } from "#src/mlperf/system/read-storage.js";
import { openFields, systemFields } from "#src/mlperf/system/system-fields.js";
import { completeReport } from "#src/mlperf/system/system-report.js";
import type { RunningServer } from "#src/server/running-server.js";
import { spawnSim } from "#src/server/sim-process.js";
import { temporaryFolder } from "./child-script.ts";

const folder = temporaryFolder();
const cli = fileURLToPath(new URL("../dist/cli.js", import.meta.url));
const servers: RunningServer[] = [];
afterAll(() => Promise.all(servers.map((server) => server.stop())));

const lscpu = `Architecture:            x86_64
  CPU op-mode(s):        32-bit, 64-bit
CPU(s):                  224
Vendor ID:               GenuineIntel
  Model name:            Intel(R) Xeon(R) Platinum 8480C
    Thread(s) per core:  2
    Core(s) per socket:  56
    Socket(s):           2
    CPU max MHz:         3800.0000
Caches (sum of all):
L1d cache:               5.3 MiB (112 instances)
L3 cache:                210 MiB (2 instances)
`;

const memoryModule = (size: string): string => `Handle 0x0040, DMI type 17, 92 bytes
Memory Device
\tArray Handle: 0x0039
\tSize: ${size}
\tForm Factor: DIMM
\tLocator: A1
\tType: DDR5
\tSpeed: 5600 MT/s
\tManufacturer: Micron
\tPart Number: MTC40
\tConfigured Memory Speed: 4800 MT/s
`;
const memoryModules = `# dmidecode 3.3\n\n${[...Array<string>(32).fill("64 GB"), "No Module Installed"].map(memoryModule).join("\n")}`;

const blockDevices = JSON.stringify({
  blockdevices: [
    { name: "zram0", type: "disk", size: 8e9, rota: false, tran: null },
    { name: "loop0", type: "loop", size: 1e8, rota: false, tran: null },
    ...[0, 1, 2].map((index) => ({
      name: `nvme${index}n1`,
      type: "disk",
      size: 3_840_755_982_336,
      rota: false,
      tran: "nvme",
    })),
    { name: "sda", type: "disk", size: 16_000_900_661_248, rota: true, tran: "sata" },
  ],
});

const pciDevices = `00:1f.0 "ISA bridge" "Intel Corporation" "Device 1b81" -r11
5e:00.0 "Infiniband controller" "Mellanox Technologies" "MT2910 Family [ConnectX-7]" "Mellanox Technologies" "Device 0041"
6e:00.0 "Infiniband controller" "Mellanox Technologies" "MT2910 Family [ConnectX-7]" "Mellanox Technologies" "Device 0041"
70:00.0 "Ethernet controller" "Intel Corporation" "Ethernet Controller X550" -r01 "Intel" "Device 0001"
70:00.1 "Ethernet controller" "Intel Corporation" "Ethernet Controller X550" -r01 "Intel" "Device 0001"
71:02.0 "Ethernet controller" "Mellanox Technologies" "ConnectX Family mlx5Gen Virtual Function" "" ""
`;
const interfaces = [
  { name: "lo", kind: 772, speedMbit: null, driver: null },
  { name: "docker0", kind: 1, speedMbit: 10_000, driver: null },
  { name: "eno1", kind: 1, speedMbit: 10_000, driver: "ixgbe" },
  { name: "ib0", kind: 32, speedMbit: 400_000, driver: "mlx5_core" },
];

const gpu = "NVIDIA H100 80GB HBM3, 81559, 570.148.08, 1980, 5, 16\n";
const underlined = (word: string): string => `\u001b[4m${word}\u001b[0m`;
const topology = `\t${underlined("GPU0")}\tGPU1\tNIC0\tCPU Affinity\tNUMA Affinity
GPU0\t X \tNV18\tPXB\t0-55,112-167\t0
GPU1\tNV18\t X \tNODE\t0-55,112-167\t0
NIC0\tPXB\tNODE\t X \t\t
`;
const nvidia = {
  query: gpu.repeat(2),
  overview: "| NVIDIA-SMI 570.148.08    Driver Version: 570.148.08    CUDA Version: 12.8     |",
  topology,
};

const rocm = {
  cards: `WARNING: AMD GPU device(s) is/are in a low-power state.
${JSON.stringify({
  card0: { "Card Series": "AMD Instinct MI300X", "VRAM Total Memory (B)": "206141652992" },
  card1: { "Card Series": "AMD Instinct MI300X", "VRAM Total Memory (B)": "206141652992" },
  system: { "Driver version": "6.10.5" },
})}`,
  topology: JSON.stringify({ system: { "(Topology) Link type between DRM devices 0 and 1": "XGMI" } }),
  version: "6.4.1-83\n",
};

const texts: SystemTexts = {
  lscpu,
  cpuInfo: null,
  memoryInfo: "MemTotal:       2113395508 kB\n",
  memoryModules,
  blockDevices,
  pciDevices,
  interfaces,
  osRelease: 'NAME="Ubuntu"\nPRETTY_NAME="Ubuntu 24.04.1 LTS"\n',
  kernel: "Linux 6.8.0-45-generic",
  vendor: "Supermicro",
  product: "SYS-821GE-TNHR",
  nvidia,
  rocm: null,
};

describe("what tools print", () => {
  it("processors, by lscpu or by the kernel", () => {
    expect(readLscpu(lscpu)).toEqual({
      model: "Intel(R) Xeon(R) Platinum 8480C",
      sockets: 2,
      coresPerSocket: 56,
      maxMhz: 3800,
      caches: ["L1d: 5.3 MiB (112 instances)", "L3: 210 MiB (2 instances)"],
    });
    expect(readLscpu("Architecture: aarch64\n")).toBeNull();
    const block = (socket: number) =>
      `processor\t: 0\nmodel name\t: AMD EPYC 9575F\nphysical id\t: ${socket}\ncpu cores\t: 64\n`;
    expect(readCpuInfo([block(0), block(0), block(1)].join("\n"))).toMatchObject({
      sockets: 2,
      coresPerSocket: 64,
    });
    expect(readCpuInfo("processor\t: 0\nBogoMIPS\t: 50\n")).toBeNull();
  });

  it("memory modules without empty slots", () => {
    expect(readMemoryModules(memoryModules)).toEqual([
      {
        count: 32,
        size: "64 GB",
        bytes: 64 * 2 ** 30,
        type: "DDR5",
        speed: "4800 MT/s",
        part: "Micron MTC40",
      },
    ]);
    expect(readMemoryModules("")).toEqual([]);
  });

  it("disks without what lies in memory", () => {
    expect(readBlockDevices(blockDevices)).toEqual([
      { count: 3, bytes: 3_840_755_982_336, type: "NVMe SSD" },
      { count: 1, bytes: 16_000_900_661_248, type: "SATA HDD" },
    ]);
    expect(readBlockDevices("lsblk: not here")).toEqual([]);
  });

  it("network cards: two ports are one card, virtual functions none", () => {
    expect(readPciNetworkCards(pciDevices)).toEqual([
      { count: 2, name: "Mellanox Technologies MT2910 Family [ConnectX-7]" },
      { count: 1, name: "Intel Corporation Ethernet Controller X550" },
    ]);
    expect(describeNetworking(interfaces)).toBe("InfiniBand 400 Gb/s, Ethernet 10 Gb/s");
    expect(describeNetworking([])).toBeNull();
  });

  it("GPUs of NVIDIA and their links", () => {
    expect(readNvidia(nvidia)).toEqual({
      count: 2,
      model: "NVIDIA H100 80GB HBM3",
      memoryBytes: 81_559 * 2 ** 20,
      maxMhz: 1980,
      hostInterconnect: "PCIe Gen5 x16",
      interconnect: "NVLink",
      topology: "every pair by NV18",
      software: ["NVIDIA driver 570.148.08", "CUDA 12.8"],
    });
    expect(readLinks(topology.replace("X \tNV18", "X \tSYS"))).toEqual(["SYS", "NV18"]);
    expect(readNvidia({ query: gpu, overview: null, topology: null })).toMatchObject({ interconnect: "N/A" });
    expect(readNvidia({ query: gpu.repeat(2), overview: null, topology: null })).toMatchObject({
      interconnect: null,
    });
    const noClock = readNvidia({ ...nvidia, query: "NVIDIA GB10, [N/A], 580.1, [N/A], [N/A], [N/A]\n" });
    expect(noClock).toMatchObject({ memoryBytes: null, maxMhz: null, hostInterconnect: null });
    expect(readNvidia({ query: "No devices were found\n", overview: null, topology: null })).toBeNull();
  });

  it("GPUs of AMD", () => {
    expect(readRocm(rocm)).toMatchObject({
      count: 2,
      model: "AMD Instinct MI300X",
      memoryBytes: 206_141_652_992,
      interconnect: "XGMI",
      software: ["AMD driver 6.10.5", "ROCm 6.4.1-83"],
    });
    expect(readRocm({ cards: "ERROR: no GPUs", topology: null, version: null })).toBeNull();
  });

  it("servers among processes: each once, with flags, without secrets", () => {
    const vllm = ["/opt/venv/bin/python3", "/opt/venv/bin/vllm", "serve", "meta-llama/Llama-3.1-8B-Instruct"];
    const secrets = ["--api-key", "k-123", "--hf-token=t-456", "--tensor-parallel-size", "8", "--port=9000"];
    expect(
      findServerProcesses([
        ["bash", "-c", "vllm serve x"],
        [...vllm, ...secrets],
        [...vllm, ...secrets],
        ["python", "-m", "sglang.launch_server", "--model-path", "m"],
      ]),
    ).toEqual([
      {
        name: "vLLM",
        command:
          "vllm serve meta-llama/Llama-3.1-8B-Instruct --api-key *** --hf-token=*** --tensor-parallel-size 8 --port=9000",
        port: 9000,
      },
      { name: "SGLang", command: "sglang.launch_server --model-path m", port: 30_000 },
    ]);
  });
});

describe("the description", () => {
  const server = { framework: "vLLM 0.11.0", processes: [] };

  it("has all 35 fields, filled with what the machine says", () => {
    const description = describeSystem(texts, server);
    expect(Object.keys(description).sort()).toEqual(systemFields.map(({ name }) => name).sort());
    expect(systemFields).toHaveLength(35);
    expect(description).toMatchObject({
      system_name: "Supermicro SYS-821GE-TNHR",
      host_processors_per_node: 2,
      host_memory_capacity: "2048 GiB",
      host_memory_configuration: "32x 64 GB DDR5 4800 MT/s Micron MTC40",
      host_storage_capacity: "3x 3.84 TB, 1x 16 TB",
      host_storage_type: "NVMe SSD, SATA HDD",
      accelerators_per_node: 2,
      accelerator_memory_capacity: "80 GiB",
      accelerator_memory_configuration: "HBM3",
      operating_system: "Ubuntu 24.04.1 LTS",
      other_software_stack: "NVIDIA driver 570.148.08, CUDA 12.8, Linux 6.8.0-45-generic",
      framework: "vLLM 0.11.0",
    });
    expect(openFields(description).map(({ name }) => name)).toEqual([
      "division",
      "submitter",
      "status",
      "system_type",
      "host_networking_topology",
      "cooling",
    ]);
  });

  it("of a machine without accelerators, and of one that says nothing", () => {
    expect(describeSystem({ ...texts, nvidia: null }, server)).toMatchObject({
      accelerators_per_node: "0",
      accelerator_interconnect: "N/A",
    });
    expect(describeSystem({ ...texts, nvidia: null, rocm }, server)).toMatchObject({
      accelerator_memory_capacity: "192 GiB",
      accelerator_host_interconnect: "",
    });
    const silent = {
      lscpu: null,
      memoryModules: null,
      memoryInfo: null,
      blockDevices: null,
      pciDevices: null,
    };
    const open = openFields(
      describeSystem({ ...texts, ...silent, interfaces: [] }, { framework: null, processes: [] }),
    );
    for (const name of [
      "host_processor_model_name",
      "host_memory_capacity",
      "host_storage_type",
      "framework",
    ])
      expect(open.map((field) => field.name)).toContain(name);
  });

  it("keeps answers, asks once for what is open, and says what changed", async () => {
    const told = describeSystem(texts, server);
    const asked: string[] = [];
    const { description, open, changed } = await completeReport(told, {
      earlier: { cooling: "liquid-cooled", framework: "vLLM 0.10.0", host_memory_capacity: "1 TB" },
      answers: { status: "available", host_memory_capacity: "2 TB" },
      ask: async (question) => {
        asked.push(question.split(" ")[0] ?? "");
        return asked.length === 1 ? "datacenter" : "";
      },
    });
    expect(asked).toEqual(["system_type", "host_networking_topology"]);
    expect(description).toMatchObject({
      cooling: "liquid-cooled",
      status: "available",
      system_type: "datacenter",
      host_memory_capacity: "2 TB",
      framework: "vLLM 0.11.0",
    });
    expect(open.map(({ name }) => name)).toEqual(["host_networking_topology"]);
    expect(changed).toEqual([{ field: "framework", from: "vLLM 0.10.0", to: "vLLM 0.11.0" }]);
  });

  it("answers that are none are refused, all at once", async () => {
    expect(readAnswerWords(["cooling=air", "hw_notes=a=b"])).toEqual({ cooling: "air", hw_notes: "a=b" });
    expect(() => readAnswerWords(["cooling", "=air"])).toThrow(/"cooling"\n.*"=air"/);
    const file = join(folder, "answers.yaml");
    writeFileSync(file, "cooling: [air]\nis_network: true\nhw_notes: {}\n");
    await expect(readAnswersFile(file)).rejects.toMatchObject({
      code: "ANSWERS_FORM",
      problems: [{ where: `${file}: cooling` }, { where: `${file}: hw_notes` }],
    });
    writeFileSync(file, "is_network: true\nnumber_of_nodes: 2\n");
    expect(await readAnswersFile(file)).toEqual({ is_network: "true", number_of_nodes: 2 });
    await expect(readAnswersFile(join(folder, "none.yaml"))).rejects.toMatchObject({
      code: "ANSWERS_UNREADABLE",
    });
  });
});

describe("this machine", () => {
  it("says its processor, memory, system and kernel", async () => {
    const description = describeSystem(await collectSystem(), { framework: null, processes: [] });
    expect(description.host_processor_model_name).not.toBe("");
    expect(Number(description.host_processor_core_count)).toBeGreaterThan(0);
    expect(description.host_memory_capacity).toMatch(/^\d+ GiB$/);
    expect(description.other_software_stack).toContain("Linux");
  });

  it("names the server of an endpoint, and says why it cannot", async () => {
    const server = await spawnSim({});
    servers.push(server);
    expect((await findServer(server.url)).framework).toMatch(/^flexbench-sim/);
    await expect(findServer("http://127.0.0.1:9")).rejects.toMatchObject({ code: "ENDPOINT_REFUSED" });
  });

  it("flexbench system writes the file, lists what is open, and keeps it on the next call", () => {
    const file = join(folder, "here.json");
    const call = (...words: string[]) =>
      execFileSync(process.execPath, [cli, "system", "--output", file, ...words], {
        encoding: "utf8",
        stdio: "pipe",
      });
    expect(call("--answer", "cooling=air-cooled", "--answer", "status=available")).toBe("");
    call();
    const description = JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
    expect(description).toMatchObject({ cooling: "air-cooled", status: "available", number_of_nodes: 1 });
    expect(() => call("--answer", "status=soon", "--answer", "colour=red")).toThrow(
      /SYSTEM_ANSWERS: 2 problems\n {2}colour: .*\n {2}status: must be available/,
    );
  });
});
