import { readFile } from "node:fs/promises";
import { type ProgramResult, runProgram } from "./python.ts";

/** What computes: NVIDIA GPUs, AMD GPUs, an x86 processor, an ARM processor. */
export const deviceNames = ["cuda", "rocm", "cpu", "arm"] as const;

/** One of `deviceNames`. */
export type Device = (typeof deviceNames)[number];

/** One accelerator of this machine. */
export interface Accelerator {
  index: number;
  name: string;
  /** Null where its driver does not tell. */
  memoryBytes: number | null;
}

/** What this machine has to serve a model with. */
export interface Machine {
  device: Device;
  accelerators: readonly Accelerator[];
  /** Name of the processor; null where the system does not tell. */
  processor: string | null;
  /** Those of its instruction sets that matter for models, as the system calls them. */
  instructionSets: readonly string[];
}

/** Where detection looks; recorded answers stand in for it in tests. */
export interface MachineProbes {
  run(program: string, args: readonly string[]): Promise<ProgramResult | null>;
  /** `/proc/cpuinfo`, or null where there is none. */
  processorInfo(): Promise<string | null>;
  /** As `process.arch`. */
  architecture: string;
}

const telling = ["avx2", "avx512f", "avx512_bf16", "avx512_vnni", "amx_bf16", "asimd", "bf16", "i8mm", "sve"];

/** Looks for NVIDIA's driver, then for AMD's, and else takes the processor. Programs are searched in `environment`'s PATH. */
export async function detectMachine(probes: MachineProbes = probesOf(process.env)): Promise<Machine> {
  const info = (await probes.processorInfo()) ?? "";
  const processor = /^(?:model name|Model)\s*:\s*(.+)$/m.exec(info)?.[1] ?? null;
  const flags = /^(?:flags|Features)\s*:\s*(.+)$/m.exec(info)?.[1]?.split(/\s+/) ?? [];
  const instructionSets = telling.filter((name) => flags.includes(name));
  const machine = (device: Device, accelerators: Accelerator[]): Machine => ({
    device,
    accelerators,
    processor,
    instructionSets,
  });
  const nvidia = await nvidiaGpus(probes);
  if (nvidia.length > 0) return machine("cuda", nvidia);
  const amd = await amdGpus(probes);
  if (amd.length > 0) return machine("rocm", amd);
  return machine(probes.architecture === "arm64" ? "arm" : "cpu", []);
}

/** The real probes. */
export function probesOf(environment: NodeJS.ProcessEnv): MachineProbes {
  return {
    run: (program, args) => runProgram(program, args, environment),
    processorInfo: () => readFile("/proc/cpuinfo", "utf8").catch(() => null),
    architecture: process.arch,
  };
}

async function nvidiaGpus({ run }: MachineProbes): Promise<Accelerator[]> {
  const result = await run("nvidia-smi", [
    "--query-gpu=index,name,memory.total",
    "--format=csv,noheader,nounits",
  ]);
  if (result === null || result.code !== 0) return [];
  return result.stdout.split("\n").flatMap((line) => {
    const [index = "", name = "", mebibytes = ""] = line.split(",").map((part) => part.trim());
    if (!/^\d+$/.test(index)) return [];
    // Machines whose GPU shares the system's memory say "[N/A]".
    const memoryBytes = /^\d+$/.test(mebibytes) ? Number(mebibytes) * 2 ** 20 : null;
    return [{ index: Number(index), name, memoryBytes }];
  });
}

async function amdGpus({ run }: MachineProbes): Promise<Accelerator[]> {
  const result = await run("rocm-smi", ["--showproductname", "--showmeminfo", "vram", "--json"]);
  if (result === null || result.code !== 0) return [];
  return Object.entries(jsonObject(result.stdout)).flatMap(([card, facts]) => {
    const index = /^card(\d+)$/.exec(card)?.[1];
    if (index === undefined || typeof facts !== "object" || facts === null) return [];
    const told = new Map(Object.entries(facts).map(([key, value]) => [key.toLowerCase(), String(value)]));
    const bytes = Number(told.get("vram total memory (b)"));
    const name = told.get("card series") ?? told.get("card model") ?? "AMD GPU";
    return [{ index: Number(index), name, memoryBytes: bytes > 0 ? bytes : null }];
  });
}

/** rocm-smi writes warnings before its JSON. */
function jsonObject(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text.slice(Math.max(0, text.indexOf("{")))) as Record<string, unknown>;
  } catch {
    return {};
  }
}
