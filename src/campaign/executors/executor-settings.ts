import { z } from "zod";
import { duration, number, text, wholeNumber } from "../../config/run-values.ts";
import { withCamelKeys } from "../matrix/camel-keys.ts";

/** Settings of the local executor. */
export interface LocalSettings {
  kind: "local";
  /** Groups of cells that are carried out at once. */
  parallel: number;
}

/** Settings of the Slurm executor; null: as the cluster has it. */
export interface SlurmSettings {
  kind: "slurm";
  partition: string | null;
  account: string | null;
  qos: string | null;
  constraint: string | null;
  reservation: string | null;
  /** Longest time of a job, as Slurm writes it, e.g. `4:00:00`. */
  time: string | null;
  /** Generic resource of a GPU; `{gpus}` stands for their number. */
  gres: string;
  /** A job that was killed with its node is queued again. */
  requeue: boolean;
  /** Tasks of the array that run at once; null: all. */
  parallel: number | null;
  /** Where the server stands: on the node of the client, or on the others of the job. */
  client: "same-node" | "own-node";
  /** Shell lines before anything else, such as `module load`. */
  setup: string[];
  /** Further lines of `#SBATCH`. */
  arguments: string[];
  /** What starts FlexBench on the nodes; null: this installation, by its path. */
  flexbench: string | null;
  /** How often Slurm is asked, ns. */
  pollNs: number;
}

/** A key of a Kubernetes secret. */
export interface SecretKey {
  name: string;
  key: string;
}

/** A taint that a pod bears. */
export interface Toleration {
  key?: string | undefined;
  operator?: "Exists" | "Equal" | undefined;
  value?: string | undefined;
  effect?: "NoSchedule" | "PreferNoSchedule" | "NoExecute" | undefined;
  tolerationSeconds?: number | undefined;
}

/** Settings of the Kubernetes executor. */
export interface KubernetesSettings {
  kind: "kubernetes";
  namespace: string;
  /** Of the kubectl configuration; null: its current one. */
  context: string | null;
  /** Image with FlexBench. */
  image: string;
  /** Where the server stands: in the pod of the client, or in one of its own; null: there where an image for it is known. */
  client: "same-pod" | "own-pod" | null;
  /** Image of a server with a pod of its own; null: the pinned one of its kind for the device. */
  serverImage: string | null;
  /** Arguments for the entrypoint of that image, with `{model}`, `{port}` and settings in braces; null: what its kind is started by. */
  serverCommand: string[] | null;
  serverPort: number;
  /** Path that answers 200 when the server is ready; null: that of its kind. */
  healthPath: string | null;
  serviceAccount: string | null;
  imagePullSecrets: string[];
  /** Nodes for the pod with the server. */
  nodeSelector: Record<string, string>;
  tolerations: Toleration[];
  /** Nodes for pods without a server. */
  clientNodeSelector: Record<string, string>;
  clientTolerations: Toleration[];
  /** Resource that a GPU is. */
  gpuResource: string;
  /** Of the pod with the server, where the cell does not say. */
  cpu: string | null;
  memory: string | null;
  /** Of a client whose server has a pod of its own. */
  clientCpu: string | null;
  clientMemory: string | null;
  /** Persistent volume claim for results; null: they are copied out of the pods. */
  claim: string | null;
  /** Persistent volume claim for what servers download; null: each downloads its own. */
  cacheClaim: string | null;
  /** Variables from secrets. */
  secrets: Record<string, SecretKey>;
  imagePullPolicy: "Always" | "IfNotPresent" | "Never";
  /** Jobs that run at once; null: all. */
  parallel: number | null;
  pollNs: number;
}

/** Who carries out a campaign, and how. */
export type ExecutorSettings = LocalSettings | SlurmSettings | KubernetesSettings;

/** What a value of an axis may change of the executor, for the jobs of its cells. */
export const executorOverrides = z.strictObject({
  partition: text.optional(),
  account: text.optional(),
  qos: text.optional(),
  constraint: text.optional(),
  gres: text.optional(),
  image: text.optional(),
  serverImage: text.optional(),
  gpuResource: text.optional(),
  nodeSelector: z.record(z.string(), z.string()).optional(),
});

/** Settings of an executor that are other ones for some cells. */
export type ExecutorOverrides = z.output<typeof executorOverrides>;

/**
 * The executor for a job whose cells change it. Changes that are another executor's, such as a partition for Kubernetes,
 * are left out: the same file is for all of them. Selectors of nodes are put together.
 */
export function settingsFor<Settings extends ExecutorSettings>(
  executor: Settings,
  { nodeSelector, ...overrides }: ExecutorOverrides,
): Settings {
  const own = Object.entries(overrides).filter(([name, value]) => name in executor && value !== undefined);
  return {
    ...executor,
    ...Object.fromEntries(own),
    ...("nodeSelector" in executor ? { nodeSelector: { ...executor.nodeSelector, ...nodeSelector } } : {}),
  };
}

const optional = text.nullable().default(null);
const parallel = wholeNumber(1).nullable().default(null);
const quantity = text.refine((given) => /^\d+(\.\d+)?(m|[kMGTP]|[KMGTP]i)?$/.test(given), {
  message: "must be a quantity such as 4, 500m or 64Gi",
});
const port = number(
  "a port, 1 to 65535",
  (value) => Number.isInteger(value) && value >= 1 && value <= 65_535,
);

const selector = z.record(z.string(), z.string()).default({});
const toleration = z.preprocess(
  withCamelKeys,
  z.strictObject({
    key: text.optional(),
    operator: z.enum(["Exists", "Equal"]).optional(),
    value: text.optional(),
    effect: z.enum(["NoSchedule", "PreferNoSchedule", "NoExecute"]).optional(),
    tolerationSeconds: wholeNumber(0).optional(),
  }),
);
const tolerations = z.array(toleration).default([]);

const local = z.strictObject({ kind: z.literal("local"), parallel: wholeNumber(1).default(1) });

const slurm = z.strictObject({
  kind: z.literal("slurm"),
  partition: optional,
  account: optional,
  qos: optional,
  constraint: optional,
  reservation: optional,
  time: optional,
  gres: text.default("gpu:{gpus}"),
  requeue: z.boolean().default(true),
  parallel,
  client: z.enum(["same-node", "own-node"]).default("same-node"),
  setup: z.array(z.string()).default([]),
  arguments: z.array(text).default([]),
  flexbench: optional,
  poll: duration.default(10e9),
});

const kubernetes = z.strictObject({
  kind: z.literal("kubernetes"),
  namespace: text.default("default"),
  context: optional,
  image: text,
  client: z.enum(["same-pod", "own-pod"]).nullable().default(null),
  serverImage: optional,
  serverCommand: z.array(z.string()).nullable().default(null),
  serverPort: port.default(8000),
  healthPath: optional,
  serviceAccount: optional,
  imagePullSecrets: z.array(text).default([]),
  nodeSelector: selector,
  tolerations,
  clientNodeSelector: selector,
  clientTolerations: tolerations,
  gpuResource: text.default("nvidia.com/gpu"),
  cpu: quantity.nullable().default(null),
  memory: quantity.nullable().default(null),
  clientCpu: quantity.nullable().default(null),
  clientMemory: quantity.nullable().default(null),
  cacheClaim: optional,
  claim: optional,
  secrets: z.record(z.string(), z.strictObject({ name: text, key: text })).default({}),
  imagePullPolicy: z.enum(["Always", "IfNotPresent", "Never"]).default("IfNotPresent"),
  parallel,
  poll: duration.default(10e9),
});

/** Reads `executor:` of a campaign file: a name, or a mapping with its `kind`. */
export const executorSettings: z.ZodType<ExecutorSettings> = z
  .preprocess(
    (given) => withCamelKeys(typeof given === "string" ? { kind: given } : given),
    z.discriminatedUnion("kind", [local, slurm, kubernetes]),
  )
  .transform((given): ExecutorSettings => {
    if (given.kind === "local") return given;
    const { poll, ...rest } = given;
    return { ...rest, pollNs: poll };
  });
