import type { Argv, CommandModule } from "yargs";
import { exitCodes } from "../errors.ts";
import type { Row } from "../openmlperf/row.ts";

interface DiffArguments {
  before: string;
  after: string;
  json: boolean;
}

const mostShown = 20;

/** `flexbench dataset diff BEFORE AFTER`: what a new build changes. */
export const diffCommand: CommandModule<object, DiffArguments> = {
  command: "diff <before> <after>",
  describe: "Rows that were added, removed or changed between two datasets",
  builder: (yargs): Argv<DiffArguments> =>
    yargs
      .positional("before", { type: "string", demandOption: true, describe: "Folder of the earlier dataset" })
      .positional("after", { type: "string", demandOption: true, describe: "Folder of the later one" })
      .options({ json: { type: "boolean", default: false, describe: "Print the whole difference as JSON" } }),
  handler: async ({ before, after, json }) => {
    const { readDataset } = await import("../openmlperf/read-dataset.ts");
    const { diffDatasets } = await import("../openmlperf/diff-datasets.ts");
    const { added, removed, changed } = diffDatasets(await readDataset(before), await readDataset(after));
    process.exitCode = exitCodes.ok;
    if (json) {
      console.log(JSON.stringify({ added, removed, changed }));
      return;
    }
    const lines = [
      ...added.map((row) => `+ ${nameOf(row)}`),
      ...removed.map((row) => `- ${nameOf(row)}`),
      ...changed.flatMap(({ id, changes }) =>
        changes.map(({ column, from, to }) => `~ ${id}  ${column}: ${from ?? "–"} → ${to ?? "–"}`),
      ),
    ];
    for (const line of lines.slice(0, mostShown)) console.log(line);
    if (lines.length > mostShown) console.log(`… and ${lines.length - mostShown} more; --json has all`);
    console.log(`${added.length} rows added, ${removed.length} removed, ${changed.length} changed`);
  },
};

function nameOf(row: Row): string {
  const { id, round, submitter, platform, benchmark, scenario, result_value, result_unit } = row;
  const words = [round, submitter, platform, benchmark, scenario].filter((word) => word !== null);
  return `${id}  ${words.join(" · ")}: ${result_value} ${result_unit}`;
}
