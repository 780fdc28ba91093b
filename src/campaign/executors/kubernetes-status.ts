import { z } from "zod";
import type { JobLife } from "./executor.ts";
import { serverLabel } from "./kubernetes-names.ts";

/** Why the pod of a server will not become ready by itself. */
export interface PodTrouble {
  /** Word of Kubernetes, such as `ImagePullBackOff`. */
  reason: string;
  message: string;
  /** Its program ran: the log has what it said. */
  ran: boolean;
}

/** What Kubernetes tells of a campaign. */
export interface ClusterStatus {
  /** By name of the job. */
  lives: Map<string, JobLife>;
  /** By name of the job whose server is in trouble. */
  troubles: Map<string, PodTrouble>;
}

/** Reasons to wait that pass by themselves. */
const passing = ["ContainerCreating", "PodInitializing"];

const stopped = z.object({ reason: z.string().optional(), exitCode: z.number().optional() });
const listSchema = z.object({
  items: z
    .array(
      z.object({
        kind: z.string().optional(),
        metadata: z.object({ name: z.string(), labels: z.record(z.string(), z.string()).default({}) }),
        status: z
          .object({
            active: z.number().default(0),
            conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]),
            containerStatuses: z
              .array(
                z.object({
                  ready: z.boolean().default(false),
                  restartCount: z.number().default(0),
                  state: z
                    .object({
                      waiting: z
                        .object({ reason: z.string().default(""), message: z.string().default("") })
                        .optional(),
                      terminated: stopped.optional(),
                    })
                    .default({}),
                  lastState: z.object({ terminated: stopped.optional() }).default({}),
                }),
              )
              .default([]),
          })
          .default({ active: 0, conditions: [], containerStatuses: [] }),
      }),
    )
    .default([]),
});

type Item = z.output<typeof listSchema>["items"][number];

/** Reads what `kubectl get jobs,pods --output json` tells. */
export function clusterStatus(json: string): ClusterStatus {
  const { items } = listSchema.parse(JSON.parse(json));
  const lives = new Map<string, JobLife>();
  const troubles = new Map<string, PodTrouble>();
  for (const item of items) {
    const server = item.metadata.labels[serverLabel];
    if (item.kind === "Job") lives.set(item.metadata.name, lifeOf(item));
    else if (server !== undefined) {
      const trouble = troubleOf(item);
      if (trouble !== null) troubles.set(server, trouble);
    }
  }
  return { lives, troubles };
}

function lifeOf({ status: { active, conditions } }: Item): JobLife {
  const isOver = conditions.some(
    ({ type, status }) => status === "True" && (type === "Complete" || type === "Failed"),
  );
  return isOver ? "ended" : active > 0 ? "running" : "waiting";
}

function troubleOf({ status: { containerStatuses } }: Item): PodTrouble | null {
  for (const { ready, restartCount, state, lastState } of containerStatuses) {
    if (ready) continue;
    const end = state.terminated ?? (restartCount > 0 ? lastState.terminated : undefined);
    if (end !== undefined || restartCount > 0) {
      const code = end?.exitCode === undefined ? "" : ` with exit code ${end.exitCode}`;
      return { reason: end?.reason ?? "Restarted", message: `ended${code}`, ran: true };
    }
    const { waiting } = state;
    if (waiting !== undefined && waiting.reason !== "" && !passing.includes(waiting.reason))
      return { ...waiting, ran: false };
  }
  return null;
}
