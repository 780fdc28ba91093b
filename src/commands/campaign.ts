import { relative, resolve } from "node:path";
import type { CommandModule, InferredOptionTypes } from "yargs";
import { borderlessTable } from "../campaign/borderless-table.ts";
import { titleOf } from "../campaign/matrix/cell.ts";
import type { CampaignEvent, CampaignOutcome } from "../campaign/matrix/run-campaign.ts";
import { shareWords } from "../campaign/matrix/share-words.ts";
import { type ExitCode, exitCodes, UsageError } from "../errors.ts";
import type { CampaignPlan } from "./campaign-plan.ts";
import { campaignServerCommand, collectCommand, workCommand } from "./campaign-work.ts";
import { counted } from "./counted.ts";
import { untilStopped } from "./stop-signals.ts";

const outputFlags = {
  json: { type: "boolean", default: false, describe: "Print the results as JSON" },
  quiet: { type: "boolean", default: false, describe: "Say nothing while it goes on" },
} as const;

const campaignFlags = {
  ...outputFlags,
  output: {
    type: "string",
    requiresArg: true,
    describe: "Folder of the campaign; one that holds it goes on",
  },
  "dry-run": {
    type: "boolean",
    default: false,
    describe: "Print the cells and how long they take, and do nothing",
  },
} as const;

type Output = InferredOptionTypes<typeof outputFlags>;

/** `flexbench campaign FILE`: a matrix of runs, here, on Slurm or on Kubernetes. */
export const campaignCommand: CommandModule<
  object,
  InferredOptionTypes<typeof campaignFlags> & { file: string | undefined }
> = {
  command: "campaign [file]",
  describe: "A matrix of models, datasets, servers and settings: here, on Slurm or on Kubernetes",
  builder: (yargs) =>
    yargs
      .command(resumeCommand)
      .command(statusCommand)
      .command(cancelCommand)
      .command(renderCommand)
      .command(workCommand)
      .command(campaignServerCommand)
      .command(collectCommand)
      .positional("file", { type: "string", describe: "Campaign, YAML" })
      .options(campaignFlags)
      .example("$0 campaign matrix.yaml --dry-run", "What it would do, and how long it takes"),
  handler: async ({ file: path, output, dryRun, ...flags }) => {
    if (path === undefined)
      throw new UsageError("CAMPAIGN_FILE", [
        { where: "campaign", message: "needs a file, or one of resume, status, cancel, render" },
      ]);
    const { readCampaignFile } = await import("../campaign/matrix/campaign-file.ts");
    const file = readCampaignFile(path);
    const plan = await checkedPlan(file);
    const { planAsJson, planSentence, planTables } = await import("./campaign-plan.ts");
    if (dryRun) {
      const axes = file.axes.map(({ name }) => name);
      if (flags.json) console.log(JSON.stringify(planAsJson(plan)));
      else console.log(`${planTables(plan, axes)}\n\n${planSentence(plan)}`);
      return;
    }
    if (!flags.quiet) console.error(planSentence(plan));
    const { runCampaign } = await import("../campaign/matrix/run-campaign.ts");
    await conduct(flags, (options) => runCampaign(file, output ?? null, options));
  },
};

const folderPositional = { type: "string", demandOption: true, describe: "Folder of the campaign" } as const;

const resumeCommand: CommandModule<object, Output & { folder: string }> = {
  command: "resume <folder>",
  describe: "Go on with a campaign that was interrupted, or whose controller was killed",
  builder: (yargs) => yargs.positional("folder", folderPositional).options(outputFlags),
  handler: async ({ folder, ...flags }) => {
    const { resumeCampaign } = await import("../campaign/matrix/run-campaign.ts");
    await conduct(flags, (options) => resumeCampaign(resolve(folder), options));
  },
};

const statusCommand: CommandModule<object, { folder: string; json: boolean }> = {
  command: "status <folder>",
  describe: "Where each cell of a campaign stands",
  builder: (yargs) => yargs.positional("folder", folderPositional).options({ json: outputFlags.json }),
  handler: async ({ folder, json }) => {
    const { campaignResults } = await import("../campaign/matrix/campaign-results.ts");
    const { readCampaignHead, readOwnFile } = await import("../campaign/matrix/campaign-state.ts");
    const { resultTable } = await import("../campaign/matrix/result-table.ts");
    await readCampaignHead(folder);
    const { results } = await campaignResults(folder, await readOwnFile(folder));
    if (json) console.log(JSON.stringify(results));
    else {
      const { head, rows } = resultTable(results);
      console.log(borderlessTable(head, rows, head.length));
    }
  },
};

const cancelCommand: CommandModule<object, { folder: string }> = {
  command: "cancel <folder>",
  describe: "End the jobs of a campaign; what is finished stays",
  builder: (yargs) => yargs.positional("folder", folderPositional),
  handler: async ({ folder }) => {
    const { markCancelled, readOwnFile } = await import("../campaign/matrix/campaign-state.ts");
    const { executorOf } = await import("../campaign/matrix/run-campaign.ts");
    const { cancelJobs } = await import("../campaign/matrix/conduct.ts");
    const { knownCells } = await import("../campaign/matrix/known-cells.ts");
    const path = resolve(folder);
    const file = await readOwnFile(path);
    await markCancelled(path, true);
    const jobs = await cancelJobs(path, executorOf(path, file.name, await knownCells(path), file.executor));
    const told = jobs === 1 ? "1 job was" : `${jobs} jobs were`;
    console.log(`Cancelled; ${told} told to end. \`flexbench campaign resume ${folder}\` goes on.`);
  },
};

const renderCommand: CommandModule<object, { file: string }> = {
  command: "render <file>",
  describe: "Print what would be handed over: the script of Slurm, or the manifests of Kubernetes",
  builder: (yargs) =>
    yargs.positional("file", { type: "string", demandOption: true, describe: "Campaign, YAML" }),
  handler: async ({ file: path }) => {
    const { readCampaignFile } = await import("../campaign/matrix/campaign-file.ts");
    const { renderCampaign } = await import("../campaign/matrix/render-campaign.ts");
    process.stdout.write(renderCampaign(readCampaignFile(path)));
  },
};

async function conduct(
  { json, quiet }: Output,
  work: (options: {
    environment: NodeJS.ProcessEnv;
    signal: AbortSignal;
    onEvent: (event: CampaignEvent) => void;
  }) => Promise<CampaignOutcome>,
): Promise<void> {
  const say = (sentence: string): void => {
    if (!quiet) console.error(sentence);
  };
  const outcome = await untilStopped(
    {
      signals: process,
      onStop: () => say("Stopping; what is finished stays. Once more to quit at once."),
      quit: () => process.exit(exitCodes.interrupted),
    },
    (signal) => work({ environment: process.env, signal, onEvent: (event) => say(sentenceOf(event)) }),
  );
  const { campaignPage } = await import("../report/campaign-page.ts");
  const page = await campaignPage(outcome.folder);
  if (json) console.log(JSON.stringify({ ...outcome, page }));
  else await showOutcome(outcome, page);
  process.exitCode = exitCodeOf(outcome);
}

function exitCodeOf({ state }: CampaignOutcome): ExitCode {
  if (state === "finished") return exitCodes.ok;
  return state === "failed" ? exitCodes.failed : exitCodes.interrupted;
}

function sentenceOf(event: CampaignEvent): string {
  if (event.kind === "submitted")
    return `${event.again ? "Handed over again" : "Handed over"}: ${counted(event.jobs, "job")} with ${counted(event.cells, "cell")}.`;
  if (event.kind === "search-round")
    return `Round ${event.number} of ${event.of} of the search: ${counted(event.cells, "cell")} for ${shareWords(event.share)} of the time.`;
  const { standing, finished, of } = event;
  const reason = standing.reason === null ? "" : `, ${standing.reason}`;
  return `[${finished}/${of}] ${titleOf(standing.cell)}: ${standing.state}${reason}`;
}

async function showOutcome(
  { folder, state, results, best, contribution }: CampaignOutcome,
  page: string | null,
): Promise<void> {
  const { resultTable } = await import("../campaign/matrix/result-table.ts");
  const { head, rows } = resultTable(results);
  console.log(borderlessTable(head, rows, head.length));
  console.log("");
  if (best?.length === 0 && state === "finished")
    console.log("best  none: no setting was VALID within the limits of the search");
  for (const result of best ?? [])
    console.log(`best  ${titleOf({ labels: result.labels, id: result.cell })}`);
  const here = relative(process.cwd(), folder);
  const measured = results.filter(({ state: cell }) => cell === "finished").length;
  console.log(`${state}: ${measured} of ${counted(results.length, "cell")}; ${here}/results.csv, .json, .md`);
  if (page !== null) console.log(`  report         ${relative(process.cwd(), page)}`);
  const contributed =
    contribution.file === null
      ? "none"
      : `${relative(process.cwd(), contribution.file)}, ${counted(contribution.rows, "row")}`;
  console.log(`  contribution   ${contributed}${leftOutWords(contribution.leftOut)}`);
  if (state !== "finished") console.log(`  go on          flexbench campaign resume ${here}`);
}

function leftOutWords(leftOut: Readonly<Record<string, number>>): string {
  const words = Object.entries(leftOut).map(([why, count]) => `${count} left out: ${why}`);
  return words.length === 0 ? "" : ` (${words.join("; ")})`;
}

type File = ReturnType<typeof import("../campaign/matrix/campaign-file.ts")["readCampaignFile"]>;

/** Throws UsageError with everything that is wrong with a campaign. */
async function checkedPlan(file: File): Promise<CampaignPlan> {
  const { cellsOf } = await import("../campaign/matrix/cells-of-file.ts");
  const { checkCampaign, checkLocalGpus } = await import("../campaign/matrix/check-campaign.ts");
  const { planCampaign } = await import("./campaign-plan.ts");
  const cells = cellsOf(file);
  checkCampaign(file, cells, process.env);
  await checkLocalGpus(file, cells);
  return planCampaign(file, cells);
}
