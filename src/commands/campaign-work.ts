import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { CommandModule, InferredOptionTypes } from "yargs";
import type { CampaignFile } from "../campaign/matrix/campaign-file.ts";
import type { CarryEvent, CarryOptions } from "../campaign/matrix/carry-out.ts";
import { type Cell, titleOf } from "../campaign/matrix/cell.ts";
import { exitCodes, UsageError } from "../errors.ts";
import { untilControllerEnds } from "./end-with-controller.ts";
import { untilStopped } from "./stop-signals.ts";

const cellFlags = {
  list: { type: "string", requiresArg: true, describe: "File of the campaign with the cells of each task" },
  task: { type: "number", requiresArg: true, describe: "Which of them" },
  "outcome-file": {
    type: "string",
    requiresArg: true,
    describe: "Where it is told what became of the server of another node",
  },
} as const;

const workFlags = {
  ...cellFlags,
  files: { type: "string", requiresArg: true, describe: "Folder with the files of the job" },
  "server-url": { type: "string", requiresArg: true, describe: "Server with a pod of its own" },
  "until-stdin-ends": { type: "boolean", default: false, describe: "End when the standard input ends" },
} as const;

type WorkOptions = InferredOptionTypes<typeof workFlags> & { folder: string; cells: string[] };

/** Longest time between the end of the controller and that of its worker, whatever the worker still waits for. */
const mostEndingMs = 5000;

/** `flexbench campaign work DIR [CELL…]`: what the jobs of executors call. */
export const workCommand: CommandModule<object, WorkOptions> = {
  command: "work <folder> [cells..]",
  describe: false,
  builder: (yargs) =>
    yargs
      .positional("folder", { type: "string", demandOption: true })
      .positional("cells", { type: "string", array: true, default: [] as string[] })
      .options(workFlags),
  handler: async ({ folder, cells, list, task, files, untilStdinEnds, ...where }) => {
    const { readOwnFile } = await import("../campaign/matrix/campaign-state.ts");
    const { readCells } = await import("../campaign/matrix/known-cells.ts");
    const { carryOut } = await import("../campaign/matrix/carry-out.ts");
    const { run } = await import("../run.ts");
    if (files !== undefined) {
      const { layFiles } = await import("../campaign/executors/kubernetes-files.ts");
      await layFiles(folder, files);
    }
    const file = await readOwnFile(folder);
    const wanted = await readCells(folder, await cellsAsked(folder, cells, list, task));
    const startServer = await serverStarter(folder, file, where);
    const controller = untilStdinEnds
      ? untilControllerEnds({ input: process.stdin, mostEndingMs, end })
      : null;
    const carried = await untilStopped(
      { signals: process, onStop: () => {}, quit: () => process.exit(exitCodes.interrupted) },
      (signal) =>
        carryOut(folder, wanted, {
          run: (config, options) => run(config, options),
          startServer,
          environment: process.env,
          timeLimitNs: file.timeLimitNs,
          mostAttempts: 1 + file.retries,
          signal: controller === null ? signal : AbortSignal.any([signal, controller]),
          onEvent: (event) => say(event),
        }),
    ).finally(() => process.stdin.destroy());
    // What a module or a library keeps open must not keep a job.
    process.exit(
      carried.interrupted > 0 ? exitCodes.interrupted : carried.failed > 0 ? exitCodes.failed : exitCodes.ok,
    );
  },
};

/** Ends this process even where threads of the test would hold it. */
const end = (): void => {
  process.kill(process.pid, "SIGKILL");
};

/** How the servers of a job are come by: started here, by another node of the job, or in a pod of their own. */
async function serverStarter(
  folder: string,
  { executor }: CampaignFile,
  {
    serverUrl,
    outcomeFile = null,
  }: { serverUrl?: string | undefined; outcomeFile?: string | null | undefined },
): Promise<CarryOptions["startServer"]> {
  const { cellFolderOf } = await import("../campaign/matrix/campaign-state.ts");
  const logOf = ({ id }: Cell): string => join(cellFolderOf(folder, id), "server.log");
  const environment = process.env;
  if (serverUrl !== undefined && executor.kind === "kubernetes") {
    const { podServer } = await import("../campaign/executors/await-pod.ts");
    const untilHealthy = podServer({ url: serverUrl, outcomeFile, environment, settings: executor });
    return (cell, signal) => untilHealthy(cell, logOf(cell), signal);
  }
  if (outcomeFile !== null) {
    const { awaitOfferedServer } = await import("../campaign/executors/await-server.ts");
    return (cell, signal) => awaitOfferedServer(cell, { outcomeFile, signal, environment });
  }
  const { startCellServer } = await import("../campaign/matrix/cell-server.ts");
  return (cell, signal) => startCellServer(cell, { logPath: logOf(cell), signal });
}

/** `flexbench campaign collect DIR`: what the last job of a cluster calls, as nobody may be watching. */
export const collectCommand: CommandModule<object, { folder: string }> = {
  command: "collect <folder>",
  describe: false,
  builder: (yargs) => yargs.positional("folder", { type: "string", demandOption: true }),
  handler: async ({ folder }) => {
    const { collectCampaign } = await import("../campaign/matrix/run-campaign.ts");
    const { campaignPage } = await import("../report/campaign-page.ts");
    const { readOwnFile } = await import("../campaign/matrix/campaign-state.ts");
    const { writeAccounting } = await import("../campaign/executors/slurm-accounting.ts");
    const { results } = await collectCampaign(folder);
    if ((await readOwnFile(folder)).executor.kind === "slurm") await writeAccounting(folder);
    const page = await campaignPage(folder);
    const finished = results.filter(({ state }) => state === "finished").length;
    console.log(`${finished} of ${results.length} cells${page === null ? "" : `; ${page}`}`);
  },
};

type ServerOptions = InferredOptionTypes<typeof cellFlags> & { folder: string; cells: string[] };

/** `flexbench campaign server DIR`: holds the server of a job for a client on another node. */
export const campaignServerCommand: CommandModule<object, ServerOptions> = {
  command: "server <folder> [cells..]",
  describe: false,
  builder: (yargs) =>
    yargs
      .positional("folder", { type: "string", demandOption: true })
      .positional("cells", { type: "string", array: true, default: [] as string[] })
      .options(cellFlags),
  handler: async ({ folder, cells, list, task, outcomeFile }) => {
    const { cellFolderOf } = await import("../campaign/matrix/campaign-state.ts");
    const { readCells } = await import("../campaign/matrix/known-cells.ts");
    const { offerCellServer, placeInStep } = await import("../campaign/executors/offer-server.ts");
    const [cell] = await readCells(folder, await cellsAsked(folder, cells, list, task));
    if (cell === undefined || outcomeFile === undefined)
      throw new UsageError("CAMPAIGN_CELL", [
        { where: "campaign server", message: "needs a cell and --outcome-file" },
      ]);
    const place = placeInStep(process.env);
    const own = join(cellFolderOf(folder, cell.id), "server.log");
    const logPath = place.rank === 0 ? own : `${outcomeFile}.rank-${place.rank}.log`;
    await untilStopped(
      { signals: process, onStop: () => {}, quit: () => process.exit(exitCodes.interrupted) },
      (signal) => offerCellServer(cell, { outcomeFile, logPath, place, signal }),
    );
  },
};

async function cellsAsked(
  folder: string,
  cells: readonly string[],
  list: string | undefined,
  task: number | undefined,
): Promise<string[]> {
  if (list === undefined) return [...cells];
  const tasks = JSON.parse(await readFile(join(folder, list), "utf8")) as string[][];
  return tasks[task ?? 0] ?? [];
}

function say(event: CarryEvent): void {
  if (event.kind === "message") console.log(event.message);
  else if (event.kind === "cell-begins") console.log(`— ${titleOf(event.cell)}, attempt ${event.attempt}`);
  else if (event.kind === "cell-ended")
    console.log(
      `  ${titleOf(event.cell)}: ${event.state}${event.reason === null ? "" : `, ${event.reason}`}`,
    );
}
