import { existsSync } from "node:fs";
import { join } from "node:path";
import { EnvironmentError } from "../../errors.ts";
import { writeWhole } from "../../results/write-whole.ts";
import { explainFailure } from "../../server/explain-failure.ts";
import { commonFailures } from "../../server/known-failures.ts";
import type { Kubectl } from "./kubectl.ts";
import type { PodTrouble } from "./kubernetes-status.ts";
import { failedOutcome, type ServerOutcome } from "./server-outcome.ts";

const logFile = (campaign: string, job: string): string => join(campaign, "jobs", `${job}.server.log`);

/** What a client is told of a server whose pod is in trouble; its log is kept. */
export async function podFailure(
  kubectl: Kubectl,
  campaign: string,
  job: string,
  { reason, message, ran }: PodTrouble,
): Promise<ServerOutcome> {
  if (!ran) {
    const code = /image/i.test(reason) ? "CONTAINER_IMAGE" : "SERVER_START";
    return failedOutcome(
      new EnvironmentError(
        code,
        `The pod of the server waits: ${reason}${message === "" ? "" : `, ${message}`}`,
      ),
    );
  }
  const log = (await logsOf(kubectl, job, ["--previous"])) ?? (await logsOf(kubectl, job, [])) ?? "";
  if (log !== "") await writeWhole(logFile(campaign, job), log);
  const { known, lines } = explainFailure(log, commonFailures);
  const shown = lines.map((line) => `\n  ${line}`).join("");
  return failedOutcome(
    new EnvironmentError(
      known?.code ?? "SERVER_START",
      `The server ${message}${known === null ? "" : `: ${known.cause}`}.${shown}`,
      { hint: `${known === null ? "" : `${known.hint} `}The whole log: jobs/${job}.server.log` },
    ),
  );
}

/** Keeps the log of a server beside those of the jobs, unless that of a failure is there. */
export async function keepServerLog(kubectl: Kubectl, campaign: string, job: string): Promise<void> {
  if (existsSync(logFile(campaign, job))) return;
  const log = await logsOf(kubectl, job, []);
  if (log !== null) await writeWhole(logFile(campaign, job), log);
}

async function logsOf(kubectl: Kubectl, job: string, words: readonly string[]): Promise<string | null> {
  const { code, stdout } = await kubectl(["logs", `deployment/${job}`, "--tail=-1", ...words], {
    mustSucceed: false,
  });
  return code === 0 && stdout !== "" ? stdout : null;
}
