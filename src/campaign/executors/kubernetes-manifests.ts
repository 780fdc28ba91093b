import type { Cell } from "../matrix/cell.ts";
import type { KubernetesSettings } from "./executor-settings.ts";
import { filesOfJob } from "./kubernetes-files.ts";
import { jobLabel, labelsOf, serverLabel } from "./kubernetes-names.ts";
import {
  askedFor,
  cacheMounts,
  cacheVolumes,
  claimVolume,
  placement,
  podDefaults,
  quantityOf,
  resourcesOfServer,
  secretVariables,
  sharedMemory,
  sharedMemoryMount,
  variablesOf,
} from "./kubernetes-pod-parts.ts";
import { cacheFolder, isApart, type ServerContainer, serverContainer } from "./kubernetes-server.ts";

/** A Kubernetes object, as `kubectl apply` takes it. */
export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace: string; labels: Record<string, string> };
  [field: string]: unknown;
}

/** One job of a campaign as objects of Kubernetes. */
export interface KubernetesJob {
  /** First part of the names of all objects of the campaign. */
  campaign: string;
  /** Name of the job's objects. */
  name: string;
  /** The campaign's file. */
  source: string;
  cells: readonly Cell[];
  /** Name of the campaign's folder within the claim. */
  folder: string;
}

const claimPath = "/campaigns";
const filesPath = "/campaign-files";
const podVariable = "FLEXBENCH_POD";

/** Path of a campaign's folder in the pods. */
export const folderInPod = (folder: string): string => `${claimPath}/${folder}`;

/** File within a campaign's folder that tells a client why its server is not there. */
export const outcomeFileOf = (job: string): string => `jobs/${job}.server.json`;

/**
 * The objects of a group of cells: ConfigMaps with its files, its Job, and its server as Deployment and Service where that
 * has a pod of its own.
 */
export function jobManifests(job: KubernetesJob, settings: KubernetesSettings): Manifest[] {
  const [first] = job.cells;
  const maps = configMaps(job, settings);
  if (first === undefined || !isApart(first, settings))
    return [...maps, clientManifest(job, settings, { isApart: false, maps: maps.length })];
  return [
    ...maps,
    ...serverManifests(job, settings, serverContainer(first, settings)),
    clientManifest(job, settings, { isApart: true, maps: maps.length }),
  ];
}

/** A pod through which files of the claim are copied. */
export function copyPod(campaign: string, settings: KubernetesSettings): Manifest {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: `${campaign}-files`,
      namespace: settings.namespace,
      labels: labelsOf(campaign),
    },
    spec: {
      restartPolicy: "Never",
      terminationGracePeriodSeconds: 0,
      ...podDefaults(settings),
      ...placement(settings.clientNodeSelector, settings.clientTolerations),
      containers: [
        {
          name: "files",
          image: settings.image,
          imagePullPolicy: settings.imagePullPolicy,
          command: ["sleep", "infinity"],
          volumeMounts: [{ name: "campaigns", mountPath: claimPath }],
        },
      ],
      volumes: [claimVolume("campaigns", settings.claim)],
    },
  };
}

const mapName = (job: string, index: number): string => (index === 0 ? job : `${job}-${index + 1}`);

function configMaps(job: KubernetesJob, settings: KubernetesSettings): Manifest[] {
  return filesOfJob(job.source, job.cells).map((data, index) => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: metadataOf(job, settings, mapName(job.name, index)),
    immutable: true,
    data,
  }));
}

function clientManifest(
  job: KubernetesJob,
  settings: KubernetesSettings,
  { isApart: apart, maps }: { isApart: boolean; maps: number },
): Manifest {
  const { name, cells, folder } = job;
  const [first] = cells;
  const own = folderInPod(folder);
  const server = [
    ...["--server-url", `http://${name}:${settings.serverPort}`],
    ...["--outcome-file", `${own}/${outcomeFileOf(name)}`],
  ];
  const cache = apart ? null : settings.cacheClaim;
  const hasServer = !apart && first?.server != null;
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: metadataOf(job, settings),
    spec: {
      // Attempts are counted by the campaign, which hands over again what failed.
      backoffLimit: 0,
      ttlSecondsAfterFinished: 86_400,
      template: {
        metadata: { labels: { ...labelsOf(job.campaign), [jobLabel]: name } },
        spec: {
          restartPolicy: "Never",
          ...podDefaults(settings),
          ...(apart
            ? placement(settings.clientNodeSelector, settings.clientTolerations)
            : placement(settings.nodeSelector, settings.tolerations)),
          containers: [
            {
              name: "client",
              image: settings.image,
              imagePullPolicy: settings.imagePullPolicy,
              command: ["flexbench"],
              args: [
                ...["campaign", "work", own, "--files", filesPath],
                ...(apart ? server : []),
                ...cells.map(({ id }) => id),
              ],
              env: [
                { name: podVariable, valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
                ...variablesOf(cache === null ? {} : { HF_HOME: cacheFolder }),
                ...secretVariables(settings),
              ],
              resources: apart
                ? askedFor(settings.clientCpu, quantityOf(settings.clientMemory), {})
                : resourcesOfServer(first, settings),
              volumeMounts: [
                { name: "campaigns", mountPath: claimPath },
                { name: "files", mountPath: filesPath, readOnly: true },
                ...(hasServer ? [sharedMemoryMount] : []),
                ...cacheMounts(cache),
              ],
            },
          ],
          volumes: [
            claimVolume("campaigns", settings.claim),
            { name: "files", projected: { sources: mapSources(name, maps) } },
            ...(hasServer ? [sharedMemory] : []),
            ...cacheVolumes(cache),
          ],
        },
      },
    },
  };
}

const mapSources = (name: string, maps: number): Record<string, unknown>[] =>
  Array.from({ length: maps }, (_, index) => ({ configMap: { name: mapName(name, index) } }));

function serverManifests(
  job: KubernetesJob,
  settings: KubernetesSettings,
  { image, command, args, variables, healthPath }: ServerContainer,
): Manifest[] {
  const { name, cells } = job;
  const selector = { [serverLabel]: name };
  const { serverPort: port, cacheClaim } = settings;
  return [
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: metadataOf(job, settings),
      spec: {
        replicas: 1,
        selector: { matchLabels: selector },
        template: {
          metadata: { labels: { ...labelsOf(job.campaign), ...selector } },
          spec: {
            ...podDefaults(settings),
            ...placement(settings.nodeSelector, settings.tolerations),
            containers: [
              {
                name: "server",
                image,
                imagePullPolicy: settings.imagePullPolicy,
                ...(command === null ? {} : { command }),
                args,
                env: [...variablesOf(variables), ...secretVariables(settings)],
                ports: [{ containerPort: port }],
                readinessProbe: { httpGet: { path: healthPath, port }, periodSeconds: 5 },
                resources: resourcesOfServer(cells[0], settings),
                volumeMounts: [sharedMemoryMount, ...cacheMounts(cacheClaim)],
              },
            ],
            volumes: [sharedMemory, ...cacheVolumes(cacheClaim)],
          },
        },
      },
    },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: metadataOf(job, settings),
      spec: { selector, ports: [{ port, targetPort: port }] },
    },
  ];
}

function metadataOf(
  { campaign, name }: KubernetesJob,
  { namespace }: KubernetesSettings,
  own = name,
): Manifest["metadata"] {
  return { name: own, namespace, labels: { ...labelsOf(campaign), [jobLabel]: name } };
}
