import { relative, resolve } from "node:path";
import type { CommandModule, InferredOptionTypes } from "yargs";
import { borderlessTable } from "../campaign/borderless-table.ts";
import { titleOf } from "../campaign/matrix/cell.ts";
import type { Estimate } from "../campaign/matrix/estimate.ts";
import type { CampaignEvent, CampaignOutcome } from "../campaign/matrix/run-campaign.ts";
import { type ExitCode, exitCodes, UsageError } from "../errors.ts";
import { campaignServerCommand, collectCommand, workCommand } from "./campaign-work.ts";
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
    if (dryRun) return await showPlan(file, flags);
    const { runCampaign } = await import("../campaign/matrix/run-campaign.ts");
    await showEstimate(file, flags);
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
    const { knownCells } = await import("../campaign/matrix/known-cells.ts");
    const { readCampaignHead } = await import("../campaign/matrix/campaign-state.ts");
    const { cellResults, resultTable } = await import("../campaign/matrix/results.ts");
    await readCampaignHead(folder);
    const results = await cellResults(folder, await knownCells(folder));
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
    console.log(`Cancelled; ${jobs} jobs were told to end. \`flexbench campaign resume ${folder}\` goes on.`);
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
    return `${event.again ? "Handed over again" : "Handed over"}: ${event.jobs} jobs with ${event.cells} cells.`;
  if (event.kind === "search-round")
    return `Round ${event.number} of the search: ${event.cells} cells for ${Math.round(event.share * 100)} % of the time.`;
  const { standing, finished, of } = event;
  const reason = standing.reason === null ? "" : `, ${standing.reason}`;
  return `[${finished}/${of}] ${titleOf(standing.cell)}: ${standing.state}${reason}`;
}

async function showOutcome(
  { folder, state, results, best, contribution }: CampaignOutcome,
  page: string | null,
): Promise<void> {
  const { resultTable } = await import("../campaign/matrix/results.ts");
  const { head, rows } = resultTable(results);
  console.log(borderlessTable(head, rows, head.length));
  console.log("");
  if (best?.length === 0 && state === "finished")
    console.log("best  none: no setting was VALID within the limits of the search");
  for (const result of best ?? [])
    console.log(`best  ${titleOf({ labels: result.labels, id: result.cell })}`);
  const here = relative(process.cwd(), folder);
  const measured = results.filter(({ state: cell }) => cell === "finished").length;
  console.log(`${state}: ${measured} of ${results.length} cells; ${here}/results.csv, .json, .md`);
  if (page !== null) console.log(`  report         ${relative(process.cwd(), page)}`);
  console.log(`  contributions  ${contribution.files.length}${leftOutWords(contribution.leftOut)}`);
  if (state !== "finished") console.log(`  go on          flexbench campaign resume ${here}`);
}

function leftOutWords(leftOut: Readonly<Record<string, number>>): string {
  const words = Object.entries(leftOut).map(([why, count]) => `${count} left out: ${why}`);
  return words.length === 0 ? "" : ` (${words.join("; ")})`;
}

type File = ReturnType<typeof import("../campaign/matrix/campaign-file.ts")["readCampaignFile"]>;

async function showPlan(file: File, { json }: Output): Promise<void> {
  const { cellsOf } = await import("../campaign/matrix/cells-of-file.ts");
  const { checkCells } = await import("../campaign/matrix/cell-config.ts");
  const { cellSeconds, estimate } = await import("../campaign/matrix/estimate.ts");
  const cells = cellsOf(file);
  checkCells(cells, process.env);
  const told = estimate(cells, parallelOf(file));
  if (json) {
    console.log(JSON.stringify({ estimate: told, cells }));
    return;
  }
  const axes = file.axes.map(({ name }) => name);
  console.log(
    borderlessTable(
      ["cell", ...axes, "server", "at least"],
      cells.map((cell) => [
        ...[cell.id, ...axes.map((axis) => cell.labels[axis] ?? "")],
        ...[cell.server?.kind ?? "endpoint", durationWords(cellSeconds(cell))],
      ]),
      axes.length + 2,
    ),
  );
  console.log("");
  console.log(estimateWords(told, file.search !== null));
}

async function showEstimate(file: File, { quiet }: Output): Promise<void> {
  if (quiet) return;
  const { cellsOf } = await import("../campaign/matrix/cells-of-file.ts");
  const { checkCells } = await import("../campaign/matrix/cell-config.ts");
  const { estimate } = await import("../campaign/matrix/estimate.ts");
  const cells = cellsOf(file);
  checkCells(cells, process.env);
  console.error(estimateWords(estimate(cells, parallelOf(file)), file.search !== null));
}

function parallelOf({ executor }: File): number | null {
  return executor.kind === "local" ? executor.parallel : executor.parallel;
}

function estimateWords(
  { cells, runs, serverStarts, seconds, secondsAtOnce }: Estimate,
  isSearch: boolean,
): string {
  if (isSearch) return `A search for each of ${cells} combinations; the file says what it may cost.`;
  const atOnce =
    secondsAtOnce === null || secondsAtOnce === seconds
      ? ""
      : `, ${durationWords(secondsAtOnce)} with what runs at once`;
  return `${cells} cells, ${runs} runs, ${serverStarts} server starts: at least ${durationWords(seconds)}${atOnce}.`;
}

function durationWords(seconds: number): string {
  if (seconds < 120) return `${Math.ceil(seconds)} s`;
  return seconds < 7200 ? `${Math.ceil(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
