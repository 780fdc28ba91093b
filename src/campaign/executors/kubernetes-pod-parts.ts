import type { Cell } from "../matrix/cell.ts";
import type { KubernetesSettings } from "./executor-settings.ts";
import { cacheFolder } from "./kubernetes-server.ts";
import { kibibytesOf, kubernetesMemory } from "./memory.ts";

/** What all pods of a campaign have. */
export function podDefaults({
  serviceAccount,
  imagePullSecrets,
}: KubernetesSettings): Record<string, unknown> {
  return {
    ...(serviceAccount === null ? {} : { serviceAccountName: serviceAccount }),
    ...(imagePullSecrets.length === 0
      ? {}
      : { imagePullSecrets: imagePullSecrets.map((name) => ({ name })) }),
  };
}

/** The nodes that a pod may be on. */
export function placement(
  nodeSelector: Readonly<Record<string, string>>,
  tolerations: KubernetesSettings["tolerations"],
): Record<string, unknown> {
  return {
    ...(Object.keys(nodeSelector).length === 0 ? {} : { nodeSelector }),
    ...(tolerations.length === 0 ? {} : { tolerations }),
  };
}

/** A volume claim under a name. */
export const claimVolume = (name: string, claim: string | null): Record<string, unknown> => ({
  name,
  persistentVolumeClaim: { claimName: claim },
});

/** The volume of what servers download, where there is a claim for it. */
export const cacheVolumes = (claim: string | null): Record<string, unknown>[] =>
  claim === null ? [] : [claimVolume("cache", claim)];

/** Its place in a container. */
export const cacheMounts = (claim: string | null): Record<string, unknown>[] =>
  claim === null ? [] : [{ name: "cache", mountPath: cacheFolder }];

/** Engines share tensors between their processes through it; what a container has by itself is too small. */
export const sharedMemory = { name: "shared-memory", emptyDir: { medium: "Memory" } };
/** Its place in a container. */
export const sharedMemoryMount = { name: sharedMemory.name, mountPath: "/dev/shm" };

/** Variables as a container takes them. */
export const variablesOf = (variables: Readonly<Record<string, string>>): Record<string, unknown>[] =>
  Object.entries(variables).map(([name, value]) => ({ name, value }));

/** Variables whose values stand in secrets alone. */
export function secretVariables({ secrets }: KubernetesSettings): Record<string, unknown>[] {
  return Object.entries(secrets).map(([variable, { name, key }]) => ({
    name: variable,
    valueFrom: { secretKeyRef: { name, key } },
  }));
}

/** What the pod with the server asks for. */
export function resourcesOfServer(
  cell: Cell | undefined,
  settings: KubernetesSettings,
): Record<string, unknown> {
  const { gpus = 0, cpus = null, memory = null } = cell?.resources ?? {};
  return askedFor(
    cpus === null ? settings.cpu : String(cpus),
    quantityOf(memory ?? settings.memory),
    gpus === 0 ? {} : { [settings.gpuResource]: String(gpus) },
  );
}

/** `64G` is as much as `64Gi`, wherever it stands; bytes are as they are. */
export function quantityOf(memory: string | null): string | null {
  return memory === null || kibibytesOf(memory) === null ? memory : kubernetesMemory(memory);
}

/** What a container asks for, and may have no more of. */
export function askedFor(
  cpu: string | null,
  memory: string | null,
  accelerators: Readonly<Record<string, string>>,
): Record<string, unknown> {
  const asked = {
    ...(cpu === null ? {} : { cpu }),
    ...(memory === null ? {} : { memory }),
    ...accelerators,
  };
  return Object.keys(asked).length === 0 ? {} : { requests: asked, limits: asked };
}
