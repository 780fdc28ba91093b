import { type Accelerators, memoryKindOf } from "./accelerators.ts";
import { type MemoryModules, readMemoryModules, readMemoryTotal } from "./read-memory.ts";
import {
  describeCards,
  describeNetworking,
  type NetworkInterface,
  readPciNetworkCards,
} from "./read-network.ts";
import { type NvidiaTexts, readNvidia } from "./read-nvidia.ts";
import { type Processor, readCpuInfo, readLscpu } from "./read-processor.ts";
import { type RocmTexts, readRocm } from "./read-rocm.ts";
import type { ServerProcess } from "./read-server-process.ts";
import { type Disks, readBlockDevices } from "./read-storage.ts";
import { completed, type SystemDescription } from "./system-fields.ts";

/** What a machine's own tools and files say, as text; null where one is missing or not allowed. */
export interface SystemTexts {
  lscpu: string | null;
  cpuInfo: string | null;
  memoryInfo: string | null;
  /** Of `dmidecode -t memory`, which only root may ask. */
  memoryModules: string | null;
  blockDevices: string | null;
  /** Of `lspci -mm`. */
  pciDevices: string | null;
  interfaces: readonly NetworkInterface[];
  osRelease: string | null;
  /** Of `uname -sr`. */
  kernel: string;
  /** Maker and product of the machine. */
  vendor: string | null;
  product: string | null;
  nvidia: NvidiaTexts | null;
  rocm: RocmTexts | null;
}

/** The server of models on the machine. */
export interface ServedBy {
  /** Such as `vLLM 0.11.0`; null when none answers. */
  framework: string | null;
  processes: readonly ServerProcess[];
}

/**
 * The description of one machine by what it says itself: all 35 fields, empty where it cannot know. A machine of which
 * no accelerator is known counts as one without.
 */
export function describeSystem(texts: SystemTexts, server: ServedBy): SystemDescription {
  const accelerators =
    (texts.nvidia === null ? null : readNvidia(texts.nvidia)) ??
    (texts.rocm === null ? null : readRocm(texts.rocm));
  return completed({
    system_name: [texts.vendor, texts.product].filter((part) => part !== null).join(" "),
    number_of_nodes: 1,
    ...processorFields(
      (texts.lscpu === null ? null : readLscpu(texts.lscpu)) ??
        (texts.cpuInfo === null ? null : readCpuInfo(texts.cpuInfo)),
    ),
    ...memoryFields(
      texts.memoryModules === null ? [] : readMemoryModules(texts.memoryModules),
      texts.memoryInfo === null ? null : readMemoryTotal(texts.memoryInfo),
    ),
    ...storageFields(texts.blockDevices === null ? [] : readBlockDevices(texts.blockDevices)),
    host_networking: describeNetworking(texts.interfaces) ?? "",
    host_network_card_count:
      describeCards(
        texts.pciDevices === null ? [] : readPciNetworkCards(texts.pciDevices),
        texts.interfaces,
      ) ?? "",
    ...acceleratorFields(accelerators),
    framework: server.framework ?? "",
    operating_system: texts.osRelease === null ? "" : (readOsName(texts.osRelease) ?? ""),
    other_software_stack: [...(accelerators?.software ?? []), texts.kernel].join(", "),
    sw_notes: server.processes.map(({ command }) => command).join("; "),
  });
}

function processorFields(processor: Processor | null): SystemDescription {
  if (processor === null) return {};
  const { model, sockets, coresPerSocket, maxMhz, caches } = processor;
  return {
    host_processor_model_name: model,
    host_processors_per_node: sockets,
    host_processor_core_count: coresPerSocket,
    host_processor_frequency: maxMhz === null ? "" : `${maxMhz} MHz`,
    host_processor_caches: caches.join(", "),
  };
}

function memoryFields(modules: readonly MemoryModules[], totalBytes: number | null): SystemDescription {
  const installed = modules.reduce((sum, { count, bytes }) => sum + count * bytes, 0);
  const bytes = installed > 0 ? installed : totalBytes;
  return {
    host_memory_capacity: bytes === null ? "" : `${gibibytes(bytes)} GiB`,
    host_memory_configuration: modules
      .map(({ count, size, type, speed, part }) =>
        [`${count}x ${size}`, type, speed, part].filter((fact) => fact !== null).join(" "),
      )
      .join(", "),
  };
}

function storageFields(disks: readonly Disks[]): SystemDescription {
  return {
    host_storage_capacity: disks.map(({ count, bytes }) => `${count}x ${diskSize(bytes)}`).join(", "),
    host_storage_type: [...new Set(disks.map(({ type }) => type))].join(", "),
  };
}

const none = "N/A";

function acceleratorFields(accelerators: Accelerators | null): SystemDescription {
  if (accelerators === null) {
    return {
      // As text: the checkers take the number 0 for no answer.
      accelerators_per_node: "0",
      accelerator_model_name: none,
      accelerator_memory_capacity: none,
      accelerator_memory_configuration: none,
      accelerator_host_interconnect: none,
      accelerator_interconnect: none,
    };
  }
  const { count, model, memoryBytes, maxMhz, hostInterconnect, interconnect, topology } = accelerators;
  return {
    accelerators_per_node: count,
    accelerator_model_name: model,
    accelerator_memory_capacity: memoryBytes === null ? "" : `${gibibytes(memoryBytes)} GiB`,
    accelerator_memory_configuration: memoryKindOf(model) ?? "",
    accelerator_frequency: maxMhz === null ? "" : `${maxMhz} MHz`,
    accelerator_host_interconnect: hostInterconnect ?? "",
    accelerator_interconnect: interconnect ?? "",
    accelerator_interconnect_topology: topology ?? "",
  };
}

/** The name of the operating system in `/etc/os-release`. */
function readOsName(text: string): string | null {
  const name = /^PRETTY_NAME=(.*)$/m
    .exec(text)?.[1]
    ?.trim()
    .replace(/^(["'])(.*)\1$/, "$2");
  return name === undefined || name === "" ? null : name;
}

function gibibytes(bytes: number): number {
  return Math.round(bytes / 2 ** 30);
}

/** As disks are sold, in powers of ten. */
function diskSize(bytes: number): string {
  const size = (value: number, unit: string) => `${Number(value.toPrecision(3))} ${unit}`;
  return bytes >= 1e12 ? size(bytes / 1e12, "TB") : size(bytes / 1e9, "GB");
}
