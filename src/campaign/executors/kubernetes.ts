import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { UsageError } from "../../errors.ts";
import { writeWhole } from "../../results/write-whole.ts";
import { readOwnFile } from "../matrix/campaign-state.ts";
import type { Cell } from "../matrix/cell.ts";
import { ClaimFiles } from "./claim-files.ts";
import type { CampaignJob, Executor, JobLife } from "./executor.ts";
import { checkForExecutor } from "./executor-problems.ts";
import { type KubernetesSettings, settingsFor } from "./executor-settings.ts";
import { callKubectl, type Kubectl } from "./kubectl.ts";
import { jobManifests, type Manifest, outcomeFileOf } from "./kubernetes-manifests.ts";
import { jobLabel, kubernetesName, labelsOf, selectorOf } from "./kubernetes-names.ts";
import { clusterStatus } from "./kubernetes-status.ts";
import { keepServerLog, podFailure } from "./kubernetes-trouble.ts";
import { manifestText } from "./manifest-text.ts";

/** Polls in a row after which results that cannot be copied stop the controller; its jobs go on. */
const mostFailedCopies = 5;
const ownKinds = "job,deployment,service,configmap";

/**
 * Carries out jobs as Jobs of Kubernetes through kubectl, `parallel` at once. Their files are ConfigMaps; the campaign's
 * folder lies in a persistent volume claim, from which results are brought here while the jobs run and at the end.
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
  const kubectl: Kubectl = (words, options) => callKubectl(settings, words, options);
  const files = new ClaimFiles(own, folder, campaign, settings);
  const ids = cells.map(({ id }) => id);
  const waiting = new Map<string, Manifest[]>();
  const told = new Set<string>();
  let failedCopies = 0;
  let running = 0;

  async function startNext(): Promise<void> {
    for (const [handle, manifests] of waiting) {
      if (settings.parallel !== null && running >= settings.parallel) return;
      await kubectl(["apply", "--filename", "-"], { input: manifestText(manifests) });
      waiting.delete(handle);
      running += 1;
    }
  }

  async function clear(handle: string): Promise<void> {
    waiting.delete(handle);
    await kubectl(["delete", ownKinds, "--selector", `${jobLabel}=${handle}`, "--ignore-not-found"], {
      mustSucceed: false,
    });
  }

  return {
    ...{ kind: "kubernetes", outlivesController: true, pollNs: settings.pollNs },
    submit: async (jobs) => {
      checkForExecutor(cells, settings);
      const { source } = await readOwnFile(campaign);
      await mkdir(join(campaign, "jobs"), { recursive: true });
      await files.sendStates(jobs.flatMap((job) => job.cells));
      const handles: string[] = [];
      for (const job of jobs) {
        const handle = `${own}-${randomBytes(3).toString("hex")}`;
        const manifests = jobManifests(
          { campaign: own, name: handle, source, cells: cellsOfJob(job, cells), folder },
          settingsFor(settings, job.executor),
        );
        await writeWhole(join(campaign, "jobs", `${handle}.yaml`), manifestText(manifests));
        waiting.set(handle, manifests);
        handles.push(handle);
      }
      await startNext();
      return handles;
    },
    livesOf: async (handles) => {
      if (handles.length === 0) {
        running = 0;
        return new Map();
      }
      const asked = ["get", "jobs,pods", "--selector", selectorOf(labelsOf(own)), "--output", "json"];
      const answer = await kubectl(asked, { mustSucceed: false });
      const stillRunning = new Map<string, JobLife>(handles.map((handle) => [handle, "running"]));
      if (answer.code !== 0) return stillRunning;
      const { lives, troubles } = clusterStatus(answer.stdout);
      // A job whose results are not here has not ended, as far as anyone here can tell.
      try {
        await files.fetch(ids);
        failedCopies = 0;
      } catch (error) {
        failedCopies += 1;
        if (failedCopies >= mostFailedCopies) throw error;
        return stillRunning;
      }
      for (const [handle, trouble] of troubles) {
        if (!handles.includes(handle) || told.has(handle) || lives.get(handle) === "ended") continue;
        told.add(handle);
        const failure = await podFailure(kubectl, campaign, handle, trouble);
        await files.write(outcomeFileOf(handle), JSON.stringify(failure));
      }
      const all = new Map<string, JobLife>(
        handles.map((handle) => [handle, waiting.has(handle) ? "waiting" : (lives.get(handle) ?? "ended")]),
      );
      for (const [handle, life] of all) {
        if (life !== "ended") continue;
        // A server whose client has ended holds its GPUs for nothing.
        await keepServerLog(kubectl, campaign, handle);
        await kubectl(["delete", "deployment,service", handle, "--ignore-not-found"], { mustSucceed: false });
      }
      running = [...all].filter(([handle, life]) => life !== "ended" && !waiting.has(handle)).length;
      await startNext();
      return all;
    },
    cancel: async (handles) => {
      for (const handle of handles) await clear(handle);
    },
    finish: async (handles) => {
      await files.fetch(ids);
      for (const handle of handles) {
        const logs = await kubectl(["logs", `job/${handle}`, "--tail=-1"], { mustSucceed: false });
        if (logs.code === 0) await writeWhole(join(campaign, "jobs", `${handle}.log`), logs.stdout);
        await clear(handle);
      }
      await files.close();
    },
  };
}

/** Objects of a campaign's jobs without handing them over: what `campaign render` prints. */
export function renderedJobs(
  {
    name,
    source,
    jobs,
    cells,
  }: { name: string; source: string; jobs: readonly CampaignJob[]; cells: readonly Cell[] },
  settings: KubernetesSettings,
): Manifest[] {
  const campaign = kubernetesName(name);
  return jobs.flatMap((job, index) =>
    jobManifests(
      {
        ...{ campaign, name: `${campaign}-${index + 1}`, folder: campaign, source },
        cells: cellsOfJob(job, cells),
      },
      settingsFor(settings, job.executor),
    ),
  );
}

function cellsOfJob(job: CampaignJob, cells: readonly Cell[]): Cell[] {
  return job.cells.flatMap((id) => cells.find((cell) => cell.id === id) ?? []);
}
