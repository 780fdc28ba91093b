import type { Problem } from "../errors.ts";
import type { Device, Machine } from "./device-detection.ts";
import type { EngineSettings, LaunchSettings } from "./launch-settings.ts";

/** What a server is to compute on, and how it spreads over it. */
export interface DeviceChoice {
  device: Device;
  /** Numbers or UUIDs; null: none, or the server sees to it. */
  gpus: readonly string[] | null;
  /** Null: not told to the server. */
  tensorParallel: number | null;
}

type Asked = Pick<LaunchSettings, "device" | "gpus"> &
  Pick<EngineSettings, "tensorParallel" | "pipelineParallel" | "dataParallel">;

const visibleVariables = ["CUDA_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES"];
/** As each of them says that there is no GPU to take. */
const noGpu = ["", "-1", "NoDevFiles"];

const spreads = ["tensorParallel", "dataParallel", "pipelineParallel"] as const;

/**
 * The device, and as many of its GPUs as the server is spread over; without a number of GPUs, one. GPUs that a job
 * scheduler allots by a variable are the only ones that are taken. Adds what cannot be to `problems`.
 */
export function chooseGpus(
  asked: Asked,
  machine: Machine,
  context: { devices: readonly Device[]; multiNode: boolean; environment: NodeJS.ProcessEnv; title: string },
  problems: Problem[],
): DeviceChoice {
  const { devices, title, environment } = context;
  const allotted = allotment(environment);
  const asksForGpus = asked.gpus !== undefined || spreads.some((key) => asked[key] !== undefined);
  const hasNone = allotted !== null && allotted.gpus.length === 0;
  const device = asked.device ?? (hasNone && !asksForGpus ? processorOf(machine) : machine.device);
  if (!devices.includes(device))
    problems.push({
      where: "device",
      message: `${title} does not run on ${device}; it needs ${devices.join(" or ")}`,
    });
  const parallel = asked.tensorParallel ?? null;
  if (device === "cpu" || device === "arm") {
    if (asked.gpus !== undefined)
      problems.push({
        where: "gpus",
        message: "none was found here: neither nvidia-smi nor rocm-smi tells of one",
      });
    return { device, gpus: null, tensorParallel: parallel };
  }
  const others = (asked.pipelineParallel ?? 1) * (asked.dataParallel ?? 1);
  const available = availableGpus(machine, environment);
  if (asked.gpus !== undefined)
    return chosenByUser(asked.gpus, { device, parallel, others, available, ...context }, problems);
  if (context.multiNode) return { device, gpus: null, tensorParallel: parallel };
  const count = (parallel ?? 1) * others;
  if (available !== null && count > available.length) {
    const has = hasNone ? `${allotted.variable} allots none` : `this machine has ${available.length}`;
    const message = `${count === 1 ? "1 GPU is" : `${count} GPUs are`} asked for, and ${has}`;
    problems.push({ where: spreads.find((key) => asked[key] !== undefined) ?? "device", message });
  }
  return { device, gpus: available?.slice(0, count) ?? null, tensorParallel: parallel };
}

/** What a job scheduler allots by a variable; null where it says nothing. */
function allotment(environment: NodeJS.ProcessEnv): { variable: string; gpus: string[] } | null {
  const variable = visibleVariables.find((name) => environment[name] !== undefined);
  if (variable === undefined) return null;
  const ids = (environment[variable] ?? "").split(",").map((id) => id.trim());
  return { variable, gpus: ids.filter((id) => !noGpu.includes(id)) };
}

/** What computes where no GPU may be taken; every 64-bit ARM processor has its vector instructions. */
function processorOf({ device, instructionSets }: Machine): Device {
  if (device === "cpu" || device === "arm") return device;
  return instructionSets.includes("asimd") ? "arm" : "cpu";
}

/** GPUs that may be taken; null where nothing tells. */
export function availableGpus({ accelerators }: Machine, environment: NodeJS.ProcessEnv): string[] | null {
  const allotted = gpusAllotted(environment);
  if (allotted !== null) return allotted;
  return accelerators.length === 0 ? null : accelerators.map(({ index }) => String(index));
}

/** GPUs that a scheduler allots by a variable; null where it does not. */
export function gpusAllotted(environment: NodeJS.ProcessEnv): string[] | null {
  return allotment(environment)?.gpus ?? null;
}

function chosenByUser(
  gpus: readonly string[],
  known: {
    device: Device;
    parallel: number | null;
    others: number;
    available: string[] | null;
    multiNode: boolean;
  },
  problems: Problem[],
): DeviceChoice {
  const { device, parallel, others, available, multiNode } = known;
  const unknown = gpus.filter((id) => /^\d+$/.test(id) && available !== null && !available.includes(id));
  if (unknown.length > 0) {
    const message =
      available?.length === 0
        ? `names ${unknown.join(", ")}, but none may be taken here`
        : `${unknown.join(", ")} is not among ${available?.join(", ")}, which this machine has`;
    problems.push({ where: "gpus", message });
  }
  if (multiNode) return { device, gpus, tensorParallel: parallel };
  if (parallel === null && gpus.length % others === 0) {
    const share = gpus.length / others;
    return { device, gpus, tensorParallel: share === 1 ? null : share };
  }
  if ((parallel ?? 1) * others !== gpus.length) {
    const message = `names ${gpus.length}, but the server is spread over ${(parallel ?? 1) * others}`;
    problems.push({ where: "gpus", message });
  }
  return { device, gpus, tensorParallel: parallel };
}

/** Variables by which a process sees only these GPUs. */
export function gpuVariables(device: Device, gpus: readonly string[] | null): Record<string, string> {
  if (gpus === null) return {};
  if (device === "cuda") return { CUDA_VISIBLE_DEVICES: gpus.join(",") };
  return device === "rocm" ? { HIP_VISIBLE_DEVICES: gpus.join(",") } : {};
}
