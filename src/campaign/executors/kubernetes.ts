import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { stringify } from "yaml";
import { UsageError } from "../../errors.ts";
import { writeWhole } from "../../results/write-whole.ts";
import type { Cell } from "../matrix/cell.ts";
import type { CampaignJob, Executor, JobLife } from "./executor.ts";
import { type KubernetesSettings, settingsFor } from "./executor-settings.ts";
import { copyPod, folderInPod, jobManifests, labelsOf, type Manifest } from "./kubernetes-manifests.ts";
import { type ProgramOutput, runProgram } from "./program.ts";

/** What a campaign's jobs are, as YAML for `kubectl apply`. */
export function manifestText(manifests: readonly Manifest[]): string {
  return manifests.map((manifest) => stringify(manifest)).join("---\n");
}

/**
 * Carries out jobs as Jobs of Kubernetes through kubectl. The campaign's folder lies in a persistent volume claim: it is
 * copied there before the jobs begin, and results are copied back while they run and at the end.
 */
export function kubernetesExecutor(
  campaign: string,
  name: string,
  cells: readonly Cell[],
  settings: KubernetesSettings,
): Executor {
  if (settings.claim === null)
    throw new UsageError("CAMPAIGN_INVALID", [
      { where: "executor.claim", message: "is needed: the volume claim that the jobs write to" },
    ]);
  const own = kubernetesName(name);
  const folder = `${own}-${basename(campaign).replaceAll(/[^\w.-]/g, "-")}`;
  const kubectl = (words: readonly string[], options: { input?: string; mustSucceed?: boolean } = {}) =>
    callKubectl(settings, words, options);
  const files = new ClaimFiles(own, folder, campaign, settings);
  return {
    ...{ kind: "kubernetes", outlivesController: true, pollNs: settings.pollNs },
    submit: async (jobs) => {
      await mkdir(join(campaign, "jobs"), { recursive: true });
      await files.send();
      const handles: string[] = [];
      for (const job of jobs) {
        const handle = `${own}-${randomBytes(3).toString("hex")}`;
        const wanted = job.cells.flatMap((id) => cells.find((cell) => cell.id === id) ?? []);
        const ofJob = settingsFor(settings, job.executor);
        const manifests = jobManifests(own, { name: handle, cells: wanted, folder }, ofJob);
        await writeWhole(join(campaign, "jobs", `${handle}.yaml`), manifestText(manifests));
        await kubectl(["apply", "--filename", "-"], { input: manifestText(manifests) });
        handles.push(handle);
      }
      return handles;
    },
    livesOf: async (handles) => {
      if (handles.length === 0) return new Map();
      const told = await kubectl(["get", "jobs", "--selector", selectorOf(own), "--output", "json"], {
        mustSucceed: false,
      });
      if (told.code !== 0) return new Map(handles.map((handle) => [handle, "running" as const]));
      await files.fetch();
      const lives = livesIn(told.stdout);
      await Promise.all(
        handles
          .filter((handle) => (lives.get(handle) ?? "ended") === "ended")
          .map((handle) => clearServer(kubectl, campaign, handle)),
      );
      return new Map(handles.map((handle) => [handle, lives.get(handle) ?? "ended"]));
    },
    cancel: async (handles) => {
      for (const handle of handles)
        await kubectl(["delete", "job,deployment,service", handle, "--ignore-not-found"], {
          mustSucceed: false,
        });
    },
    finish: async (handles) => {
      await files.fetch();
      for (const handle of handles) {
        const logs = await kubectl(["logs", `job/${handle}`, "--tail=-1"], { mustSucceed: false });
        if (logs.code === 0) await writeWhole(join(campaign, "jobs", `${handle}.log`), logs.stdout);
        await kubectl(["delete", "job,deployment,service", handle, "--ignore-not-found"], {
          mustSucceed: false,
        });
      }
      await files.close();
    },
  };
}

/** Objects of a job without handing them over: what `campaign render` prints. */
export function renderedJobs(
  name: string,
  jobs: readonly CampaignJob[],
  cells: readonly Cell[],
  settings: KubernetesSettings,
): Manifest[] {
  const own = kubernetesName(name);
  return jobs.flatMap((job, index) =>
    jobManifests(
      own,
      {
        ...{ name: `${own}-${index + 1}`, folder: own },
        cells: job.cells.flatMap((id) => cells.find((cell) => cell.id === id) ?? []),
      },
      settingsFor(settings, job.executor),
    ),
  );
}

/** A name as Kubernetes takes it. */
export function kubernetesName(name: string): string {
  const plain = name.toLowerCase().replaceAll(/[^a-z0-9-]+/g, "-");
  return plain.replaceAll(/^-+|-+$/g, "").slice(0, 40) || "campaign";
}

const selectorOf = (campaign: string): string =>
  Object.entries(labelsOf(campaign))
    .map(([key, value]) => `${key}=${value}`)
    .join(",");

interface JobList {
  items?: {
    metadata?: { name?: string };
    status?: { active?: number; conditions?: { type?: string; status?: string }[] };
  }[];
}

function livesIn(json: string): Map<string, JobLife> {
  const { items = [] } = JSON.parse(json) as JobList;
  return new Map(
    items.map(({ metadata, status }) => {
      const isOver = (status?.conditions ?? []).some(
        ({ type, status: holds }) => holds === "True" && (type === "Complete" || type === "Failed"),
      );
      return [metadata?.name ?? "", isOver ? "ended" : (status?.active ?? 0) > 0 ? "running" : "waiting"];
    }),
  );
}

type Kubectl = (
  words: readonly string[],
  options?: { input?: string; mustSucceed?: boolean },
) => Promise<ProgramOutput>;

/** A server whose client has ended holds its GPUs for nothing; its log is kept. */
async function clearServer(kubectl: Kubectl, campaign: string, handle: string): Promise<void> {
  const logs = await kubectl(["logs", `deployment/${handle}`, "--tail=-1"], { mustSucceed: false });
  if (logs.code === 0) await writeWhole(join(campaign, "jobs", `${handle}.server.log`), logs.stdout);
  await kubectl(["delete", "deployment,service", handle, "--ignore-not-found"], { mustSucceed: false });
}

async function callKubectl(
  { namespace, context }: KubernetesSettings,
  words: readonly string[],
  options: { input?: string; mustSucceed?: boolean },
): Promise<ProgramOutput> {
  const where = ["--namespace", namespace, ...(context === null ? [] : ["--context", context])];
  return await runProgram("kubectl", [...words, ...where], options);
}

/** The campaign's folder in the claim, reached through a pod that mounts it. */
class ClaimFiles {
  readonly #name: string;
  readonly #folder: string;
  readonly #campaign: string;
  readonly #settings: KubernetesSettings;
  #isOpen = false;

  constructor(name: string, folder: string, campaign: string, settings: KubernetesSettings) {
    this.#name = name;
    this.#folder = folder;
    this.#campaign = campaign;
    this.#settings = settings;
  }

  async send(): Promise<void> {
    await this.#open();
    await this.#call(["exec", this.#pod, "--", "mkdir", "-p", folderInPod(this.#folder)]);
    await this.#call(["cp", `${this.#campaign}/.`, `${this.#pod}:${folderInPod(this.#folder)}`]);
  }

  async fetch(): Promise<void> {
    await this.#open();
    await this.#call(
      ["cp", `${this.#pod}:${folderInPod(this.#folder)}/cells`, join(this.#campaign, "cells")],
      {
        mustSucceed: false,
      },
    );
  }

  async close(): Promise<void> {
    await this.#call(["delete", "pod", this.#pod, "--ignore-not-found", "--wait=false"], {
      mustSucceed: false,
    });
    this.#isOpen = false;
  }

  get #pod(): string {
    return `${this.#name}-files`;
  }

  async #open(): Promise<void> {
    if (this.#isOpen) return;
    await this.#call(["apply", "--filename", "-"], {
      input: manifestText([copyPod(this.#name, this.#settings)]),
    });
    await this.#call(["wait", "--for=condition=Ready", `pod/${this.#pod}`, "--timeout=300s"]);
    this.#isOpen = true;
  }

  #call(
    words: readonly string[],
    options: { input?: string; mustSucceed?: boolean } = {},
  ): Promise<ProgramOutput> {
    return callKubectl(this.#settings, words, options);
  }
}
