import type { Argv, CommandModule } from "yargs";
import { exitCodes } from "../errors.ts";
import { diffLines, linesOption } from "./diff-lines.ts";

interface DiffArguments {
  before: string;
  after: string;
  json: boolean;
  lines: number;
}

/** `flexbench dataset diff BEFORE AFTER`: what a new build changes. */
export const diffCommand: CommandModule<object, DiffArguments> = {
  command: "diff <before> <after>",
  describe: "Rows that were added, removed or changed between two datasets",
  builder: (yargs): Argv<DiffArguments> =>
    yargs
      .positional("before", { type: "string", demandOption: true, describe: "Folder of the earlier dataset" })
      .positional("after", { type: "string", demandOption: true, describe: "Folder of the later one" })
      .options({
        json: { type: "boolean", default: false, describe: "Print the whole difference as JSON" },
        lines: linesOption,
      }),
  handler: async ({ before, after, json, lines }) => {
    const { readDataset } = await import("../openmlperf/read-dataset.ts");
    const { diffDatasets } = await import("../openmlperf/diff-datasets.ts");
    const diff = diffDatasets(await readDataset(before), await readDataset(after));
    process.exitCode = exitCodes.ok;
    if (json) console.log(JSON.stringify(diff));
    else for (const line of diffLines(diff, lines)) console.log(line);
  },
};
