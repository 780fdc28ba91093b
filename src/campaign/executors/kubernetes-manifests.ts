import type { Cell } from "../matrix/cell.ts";
import type { KubernetesSettings } from "./executor-settings.ts";

/** A Kubernetes object, as `kubectl apply` takes it. */
export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace: string; labels: Record<string, string> };
  [field: string]: unknown;
}

/** One job of a campaign as objects of Kubernetes. */
export interface KubernetesJob {
  /** Name of all its objects: small letters, digits and hyphens. */
  name: string;
  cells: readonly Cell[];
  /** Name of the campaign's folder within the claim. */
  folder: string;
}

const mountPath = "/campaigns";
const podVariable = "FLEXBENCH_POD";

/** Labels of all objects of a campaign, by which they are found and cleared away. */
export function labelsOf(campaign: string): Record<string, string> {
  return { "app.kubernetes.io/name": "flexbench", "flexbench/campaign": campaign };
}

/** The Job of a group of cells, and its server as Deployment and Service where that has an image of its own. */
export function jobManifests(campaign: string, job: KubernetesJob, settings: KubernetesSettings): Manifest[] {
  const { serverImage } = settings;
  const [first] = job.cells;
  const isElsewhere = serverImage !== null && first?.server != null;
  return [
    ...(isElsewhere ? serverManifests(campaign, job, settings, serverImage) : []),
    clientManifest(campaign, job, settings, isElsewhere),
  ];
}

/** A pod through which files of the claim are copied. */
export function copyPod(campaign: string, settings: KubernetesSettings): Manifest {
  const name = `${campaign}-files`;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: metadataOf(campaign, name, settings),
    spec: {
      restartPolicy: "Never",
      terminationGracePeriodSeconds: 0,
      ...podDefaults(settings),
      containers: [
        {
          name: "files",
          image: settings.image,
          imagePullPolicy: settings.imagePullPolicy,
          command: ["sleep", "infinity"],
          volumeMounts: [{ name: "campaigns", mountPath }],
        },
      ],
      volumes: [volumeOf(settings)],
    },
  };
}

/** Path of a campaign's folder in the pods. */
export const folderInPod = (folder: string): string => `${mountPath}/${folder}`;

function clientManifest(
  campaign: string,
  { name, cells, folder }: KubernetesJob,
  settings: KubernetesSettings,
  isElsewhere: boolean,
): Manifest {
  const [first] = cells;
  const serverUrl = isElsewhere ? ["--server-url", `http://${name}:${settings.serverPort}`] : [];
  const gpus = isElsewhere ? 0 : (first?.resources.gpus ?? 0);
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: metadataOf(campaign, name, settings),
    spec: {
      // Attempts are counted by the campaign, which hands over again what failed.
      backoffLimit: 0,
      ttlSecondsAfterFinished: 86_400,
      template: {
        metadata: { labels: { ...labelsOf(campaign), "flexbench/job": name } },
        spec: {
          restartPolicy: "Never",
          ...podDefaults(settings),
          ...(Object.keys(settings.nodeSelector).length === 0 ? {} : { nodeSelector: settings.nodeSelector }),
          containers: [
            {
              name: "client",
              image: settings.image,
              imagePullPolicy: settings.imagePullPolicy,
              command: ["flexbench"],
              args: ["campaign", "work", folderInPod(folder), ...serverUrl, ...cells.map(({ id }) => id)],
              env: [
                { name: podVariable, valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
                ...secretVariables(settings),
              ],
              resources: resourcesOf(gpus, settings, first),
              volumeMounts: [{ name: "campaigns", mountPath }],
            },
          ],
          volumes: [volumeOf(settings)],
        },
      },
    },
  };
}

function serverManifests(
  campaign: string,
  { name, cells }: KubernetesJob,
  settings: KubernetesSettings,
  image: string,
): Manifest[] {
  const [first] = cells;
  const labels = { ...labelsOf(campaign), "flexbench/server": name };
  const port = settings.serverPort;
  const command = settings.serverCommand?.map((word) => filledIn(word, first, port)) ?? null;
  return [
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: metadataOf(campaign, name, settings),
      spec: {
        replicas: 1,
        selector: { matchLabels: { "flexbench/server": name } },
        template: {
          metadata: { labels },
          spec: {
            ...podDefaults(settings),
            ...(Object.keys(settings.nodeSelector).length === 0
              ? {}
              : { nodeSelector: settings.nodeSelector }),
            containers: [
              {
                name: "server",
                image,
                imagePullPolicy: settings.imagePullPolicy,
                ...(command === null ? {} : { args: command }),
                env: secretVariables(settings),
                ports: [{ containerPort: port }],
                readinessProbe: { httpGet: { path: settings.healthPath, port }, periodSeconds: 5 },
                resources: resourcesOf(first?.resources.gpus ?? 0, settings, first),
                // Engines share tensors between their processes through it.
                volumeMounts: [{ name: "shared-memory", mountPath: "/dev/shm" }],
              },
            ],
            volumes: [{ name: "shared-memory", emptyDir: { medium: "Memory" } }],
          },
        },
      },
    },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: metadataOf(campaign, name, settings),
      spec: { selector: { "flexbench/server": name }, ports: [{ port, targetPort: port }] },
    },
  ];
}

function metadataOf(campaign: string, name: string, { namespace }: KubernetesSettings): Manifest["metadata"] {
  return { name, namespace, labels: labelsOf(campaign) };
}

function podDefaults({ serviceAccount }: KubernetesSettings): Record<string, unknown> {
  return serviceAccount === null ? {} : { serviceAccountName: serviceAccount };
}

function volumeOf({ claim }: KubernetesSettings): Record<string, unknown> {
  return { name: "campaigns", persistentVolumeClaim: { claimName: claim } };
}

function secretVariables({ secrets }: KubernetesSettings): Record<string, unknown>[] {
  return Object.entries(secrets).map(([variable, { name, key }]) => ({
    name: variable,
    valueFrom: { secretKeyRef: { name, key } },
  }));
}

function resourcesOf(gpus: number, { cpu, memory, gpuResource }: KubernetesSettings, cell: Cell | undefined) {
  const asked = {
    ...((cell?.resources.cpus ?? cpu) === null ? {} : { cpu: String(cell?.resources.cpus ?? cpu) }),
    ...((cell?.resources.memory ?? memory) === null
      ? {}
      : { memory: quantityOf(cell?.resources.memory ?? memory ?? "") }),
  };
  const accelerators = gpus === 0 ? {} : { [gpuResource]: String(gpus) };
  return { requests: { ...asked, ...accelerators }, limits: { ...asked, ...accelerators } };
}

/** Slurm's `64G` is Kubernetes' `64Gi`. */
const quantityOf = (memory: string): string => memory.replace(/([KMGT])$/, "$1i");

/** A word of the server's command with what the cell knows. */
function filledIn(word: string, cell: Cell | undefined, port: number): string {
  const values: Record<string, unknown> = { ...cell?.server?.options, model: cell?.run.model, port };
  return word.replaceAll(/\{([A-Za-z][\w-]*)\}/g, (braces, name: string) => String(values[name] ?? braces));
}
