import type { CommandModule, InferredOptionTypes } from "yargs";
import { exitCodes } from "../errors.ts";

const dataFlags = {
  dataset: {
    type: "string",
    default: "openmlperf",
    requiresArg: true,
    describe: "Folder of a dataset, a Parquet file, its address, or hub:OWNER/NAME",
  },
  predictor: {
    type: "string",
    requiresArg: true,
    describe: "predictor.json; else that of the dataset's folder",
  },
  prices: { type: "string", requiresArg: true, describe: "Price table, YAML; else that of FlexBench" },
  runs: {
    type: "string",
    array: true,
    nargs: 1,
    default: [] as string[],
    describe: "Folder of runs and sweeps; repeatable; flexbench-results where it is there",
  },
} as const;

type DataArguments = InferredOptionTypes<typeof dataFlags>;

const buildFlags = {
  ...dataFlags,
  output: { type: "string", default: "flexboard", requiresArg: true, describe: "Folder of the board" },
} as const;

const buildCommand: CommandModule<object, InferredOptionTypes<typeof buildFlags>> = {
  command: "build",
  describe: "Write the board as files for any static host",
  builder: (yargs) => yargs.options(buildFlags),
  handler: async ({ output, ...data }) => {
    const { writeSite } = await import("../board/export-site.ts");
    const count = await writeSite(await siteOf(data, null), output);
    console.log(`${output}: ${count} files, ready for any static host`);
  },
};

const publishFlags = {
  ...dataFlags,
  title: { type: "string", default: "New board", requiresArg: true, describe: "Title of the commit" },
  "dry-run": { type: "boolean", default: false, describe: "Say what would be sent, send nothing" },
} as const;

const publishCommand: CommandModule<object, InferredOptionTypes<typeof publishFlags> & { space: string }> = {
  command: "publish <space>",
  describe: "Send the board to a static Space of the Hugging Face Hub (token in HF_TOKEN)",
  builder: (yargs) =>
    yargs
      .positional("space", { type: "string", demandOption: true, describe: "OWNER/NAME of the Space" })
      .options(publishFlags),
  handler: async ({ space, title, dryRun, ...data }) => {
    const { publishSite } = await import("../board/export-site.ts");
    const site = await siteOf(data, null);
    if (dryRun) {
      for (const name of site.files.keys()) console.log(name);
      console.log(`Nothing was sent: --dry-run. ${site.files.size} files would go to ${space}.`);
      return;
    }
    console.log(`${space} is at ${await publishSite(site, space, { title })}`);
  },
};

const serveFlags = {
  ...dataFlags,
  host: { type: "string", default: "127.0.0.1", requiresArg: true, describe: "Address to listen on" },
  port: { type: "number", default: 8080, requiresArg: true, describe: "Port; 0 takes a free one" },
  json: { type: "boolean", default: false, describe: "Print the board as one line of JSON" },
} as const;

/** `flexbench board`: FlexBoard in the browser. */
export const boardCommand: CommandModule<object, InferredOptionTypes<typeof serveFlags>> = {
  command: "board",
  describe: "FlexBoard in the browser: see, compare, predict and choose; with an HTTP interface",
  builder: (yargs) =>
    yargs
      .command(buildCommand)
      .command(publishCommand)
      .options(serveFlags)
      .example("$0 board --dataset openmlperf --runs flexbench-results", "The dataset and one's own runs"),
  handler: async ({ host, port, json, ...data }) => {
    const { startBoardServer } = await import("../board/board-server.ts");
    const { flexbenchVersion } = await import("../results/version.ts");
    const { untilStopped } = await import("./stop-signals.ts");
    const site = await siteOf(data, "api/");
    const server = await startBoardServer(site, {
      ...{ host, port, version: flexbenchVersion().version },
      ...(data.prices === undefined ? {} : { prices: data.prices }),
    });
    const { dataset, predictor, runs } = site;
    if (json) console.log(JSON.stringify({ url: server.url, dataset, predictor, runs }));
    else {
      console.log(`FlexBoard is at ${server.url} (Ctrl-C ends it)`);
      console.log(`  dataset    ${dataset ?? "none: the page asks for a file"}`);
      console.log(`  predictor  ${predictor ?? "none: `flexbench predict train` makes one"}`);
      console.log(`  own runs   ${runs}`);
      console.log(`  interface  ${server.url}api`);
    }
    await untilStopped(
      { signals: process, onStop: () => {}, quit: () => process.exit(exitCodes.interrupted) },
      (signal) =>
        new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true })),
    );
    await server.close();
    // DuckDB's threads, once a query has started them, would keep the process.
    process.exit(exitCodes.ok);
  },
};

const usualRuns = "flexbench-results";

async function siteOf({ dataset, predictor, prices, runs }: DataArguments, api: string | null) {
  const { stat } = await import("node:fs/promises");
  const { collectSite } = await import("../board/site.ts");
  const isThere = async (path: string): Promise<boolean> => (await stat(path).catch(() => null)) !== null;
  const usual = (await isThere(usualRuns)) ? [usualRuns] : [];
  const given = await datasetFolder(dataset);
  return await collectSite({
    // The usual folder may be missing: the page then asks for a file.
    dataset: given === "openmlperf" && !(await isThere(given)) ? null : given,
    ...(predictor === undefined ? {} : { predictor }),
    ...(prices === undefined ? {} : { prices }),
    runs: runs.length === 0 ? usual : runs,
    api,
  });
}

async function datasetFolder(dataset: string): Promise<string> {
  if (!dataset.startsWith("hub:")) return dataset;
  const { join } = await import("node:path");
  const { cacheFolder } = await import("../server/cache-folder.ts");
  const { pullDataset } = await import("../openmlperf/hub-dataset.ts");
  const name = dataset.slice("hub:".length);
  const folder = join(cacheFolder(), "openmlperf", name.replaceAll("/", "--"));
  await pullDataset(name, folder);
  return folder;
}
