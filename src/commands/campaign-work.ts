import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { CommandModule, InferredOptionTypes } from "yargs";
import type { CarryEvent } from "../campaign/matrix/carry-out.ts";
import { titleOf } from "../campaign/matrix/cell.ts";
import { exitCodes, UsageError } from "../errors.ts";
import { untilStopped } from "./stop-signals.ts";

const cellFlags = {
  list: { type: "string", requiresArg: true, describe: "File of the campaign with the cells of each task" },
  task: { type: "number", requiresArg: true, describe: "Which of them" },
  "address-file": {
    type: "string",
    requiresArg: true,
    describe: "Where the server of another node tells its address",
  },
} as const;

const workFlags = {
  ...cellFlags,
  "server-url": { type: "string", requiresArg: true, describe: "Server that stands elsewhere" },
  "until-stdin-ends": { type: "boolean", default: false, describe: "End when the standard input ends" },
} as const;

type WorkOptions = InferredOptionTypes<typeof workFlags> & { folder: string; cells: string[] };

/** `flexbench campaign work DIR [CELL…]`: what the jobs of executors call. */
export const workCommand: CommandModule<object, WorkOptions> = {
  command: "work <folder> [cells..]",
  describe: false,
  builder: (yargs) =>
    yargs
      .positional("folder", { type: "string", demandOption: true })
      .positional("cells", { type: "string", array: true, default: [] as string[] })
      .options(workFlags),
  handler: async ({ folder, cells, list, task, addressFile, serverUrl, untilStdinEnds }) => {
    const { readOwnFile } = await import("../campaign/matrix/campaign-state.ts");
    const { readCells } = await import("../campaign/matrix/known-cells.ts");
    const { carryOut } = await import("../campaign/matrix/carry-out.ts");
    const { awaitCellServer, serverElsewhere, startCellServer } = await import(
      "../campaign/matrix/cell-server.ts"
    );
    const { cellFolderOf } = await import("../campaign/matrix/campaign-state.ts");
    const { run } = await import("../run.ts");
    const file = await readOwnFile(folder);
    const wanted = await readCells(folder, await cellsAsked(folder, cells, list, task));
    const stop = new AbortController();
    if (untilStdinEnds)
      process.stdin
        .once("end", () => stop.abort())
        .once("close", () => stop.abort())
        .resume();
    const carried = await untilStopped(
      { signals: process, onStop: () => {}, quit: () => process.exit(exitCodes.interrupted) },
      (signal) =>
        carryOut(folder, wanted, {
          run: (config, options) => run(config, options),
          startServer: (cell, ends) => {
            if (serverUrl !== undefined) return Promise.resolve(serverElsewhere(serverUrl));
            if (addressFile !== undefined) return awaitCellServer(cell, { addressFile, signal: ends });
            const logPath = join(cellFolderOf(folder, cell.id), "server.log");
            return startCellServer(cell, { logPath, signal: ends });
          },
          environment: process.env,
          timeLimitNs: file.timeLimitNs,
          mostAttempts: 1 + file.retries,
          signal: AbortSignal.any([signal, stop.signal]),
          onEvent: (event) => say(event),
        }),
    );
    process.stdin.destroy();
    process.exitCode =
      carried.interrupted > 0 ? exitCodes.interrupted : carried.failed > 0 ? exitCodes.failed : exitCodes.ok;
  },
};

/** `flexbench campaign collect DIR`: what the last job of a cluster calls, as nobody may be watching. */
export const collectCommand: CommandModule<object, { folder: string }> = {
  command: "collect <folder>",
  describe: false,
  builder: (yargs) => yargs.positional("folder", { type: "string", demandOption: true }),
  handler: async ({ folder }) => {
    const { collectCampaign } = await import("../campaign/matrix/run-campaign.ts");
    const { campaignPage } = await import("../report/campaign-page.ts");
    const { results } = await collectCampaign(folder);
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
  handler: async ({ folder, cells, list, task, addressFile }) => {
    const { readCells } = await import("../campaign/matrix/known-cells.ts");
    const { offerCellServer } = await import("../campaign/matrix/cell-server.ts");
    const [cell] = await readCells(folder, await cellsAsked(folder, cells, list, task));
    if (cell === undefined || addressFile === undefined)
      throw new UsageError("CAMPAIGN_CELL", [
        { where: "campaign server", message: "needs a cell and --address-file" },
      ]);
    await untilStopped(
      { signals: process, onStop: () => {}, quit: () => process.exit(exitCodes.interrupted) },
      (signal) => offerCellServer(cell, { addressFile, logPath: `${addressFile}.log`, signal }),
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
