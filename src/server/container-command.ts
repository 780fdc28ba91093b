import { randomBytes } from "node:crypto";
import { gpuVariables } from "./choose-gpus.ts";
import type { LaunchPlace, ServerCommand } from "./define-server.ts";
import type { Device } from "./device-detection.ts";

/** Command line of a container engine. */
export type ContainerEngine = "docker" | "podman";

/** Port on which every server listens within its container. */
export const containerPort = 8000;

/** What a container is started with. */
export interface ContainerPlan {
  engine: ContainerEngine;
  image: string;
  name: string;
  /** Address of this machine, and port there. */
  host: string;
  port: number;
  place: LaunchPlace;
  command: ServerCommand;
  /** Folders of this machine by their place in the container; a read-only one ends in `:ro`. */
  mounts: Readonly<Record<string, string>>;
  /** Variables whose values the engine takes from its own environment, so that none stands on a command line. */
  secretVariables: readonly string[];
  memoryLimit: string | null;
}

/** A name that no other container has. */
export function containerName(server: string): string {
  return `flexbench-${server.replaceAll(/[^a-z0-9]+/g, "-")}-${randomBytes(4).toString("hex")}`;
}

/** Arguments of `docker run` or `podman run`: bound to one address, removed at its end. */
export function containerArguments(plan: ContainerPlan): string[] {
  const { image, name, host, port, command, mounts, secretVariables, memoryLimit } = plan;
  const variables = { ...command.environment };
  // The engine shows a container only the GPUs that were chosen, so that they count from 0 again there.
  for (const variable of Object.keys(gpuVariables("cuda", []))) delete variables[variable];
  return [
    ...["run", "--rm", "--pull", "never", "--name", name],
    ...["--publish", `${host}:${port}:${containerPort}`],
    // Processes of an engine talk through shared memory.
    ...["--ipc", "host"],
    ...deviceArguments(plan),
    ...(memoryLimit === null ? [] : ["--memory", memoryLimit]),
    ...Object.entries(mounts).flatMap(([inside, outside]) => ["--volume", `${outside}:${inside}`]),
    ...secretVariables.flatMap((variable) => ["--env", variable]),
    ...Object.entries(variables).flatMap(([variable, value]) => ["--env", `${variable}=${value}`]),
    ...["--entrypoint", command.executable, image, ...command.arguments],
  ];
}

function deviceArguments({ engine, place: { device, gpus } }: ContainerPlan): string[] {
  const byDevice: Record<Device, () => string[]> = {
    cuda: () => (engine === "docker" ? dockerGpus(gpus) : podmanGpus(gpus)),
    rocm: () => [
      ...["--device", "/dev/kfd", "--device", "/dev/dri", "--group-add", "video"],
      ...["--security-opt", "seccomp=unconfined", "--cap-add", "SYS_PTRACE"],
    ],
    // Threads are bound to cores, and memory to their node.
    cpu: () => ["--security-opt", "seccomp=unconfined", "--cap-add", "SYS_NICE"],
    arm: () => ["--security-opt", "seccomp=unconfined", "--cap-add", "SYS_NICE"],
  };
  return byDevice[device]();
}

/** Docker reads the value as CSV, where quotes keep a list of numbers together. */
function dockerGpus(gpus: readonly string[] | null): string[] {
  return ["--gpus", gpus === null ? "all" : `"device=${gpus.join(",")}"`];
}

function podmanGpus(gpus: readonly string[] | null): string[] {
  return (gpus ?? ["all"]).flatMap((gpu) => ["--device", `nvidia.com/gpu=${gpu}`]);
}
