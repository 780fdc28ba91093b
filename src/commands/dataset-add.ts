import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Argv, CommandModule } from "yargs";
import { type Problem, UsageError } from "../errors.ts";
import { type ColumnName, columns } from "../openmlperf/columns.ts";
import type { PartialRow } from "../openmlperf/row.ts";

interface AddArguments {
  runs: string[];
  system?: string | undefined;
  set: string[];
  to: string;
}

/** `flexbench dataset add RUN…`: makes runs of one's own ready to be rows of the dataset. */
export const addCommand: CommandModule<object, AddArguments> = {
  command: "add <runs..>",
  describe: "Make finished runs ready to be rows, in a folder that a build takes as a source",
  builder: (yargs): Argv<AddArguments> =>
    yargs
      .positional("runs", { type: "string", array: true, demandOption: true, describe: "Folders of runs" })
      .options({
        system: { type: "string", requiresArg: true, describe: "Description that `flexbench system` wrote" },
        set: {
          type: "string",
          array: true,
          nargs: 1,
          default: [] as string[],
          describe: "COLUMN=VALUE that neither run nor system knows; repeatable",
        },
        to: {
          type: "string",
          default: "contributions",
          requiresArg: true,
          describe: "Folder of contributions",
        },
      })
      .example("$0 dataset add RUN --system h100.json --set weight_data_type_raw=fp8", "One run"),
  handler: async ({ runs, system, set, to }) => {
    const { readRecord } = await import("../results/store.ts");
    const { contributionFile, contributionOf } = await import("../openmlperf/contribution.ts");
    const { checkContribution } = await import("../openmlperf/check-contribution.ts");
    const { readSystemDescription } = await import("../openmlperf/read-system.ts");
    const given = readGiven(set);
    const description = system === undefined ? null : await readSystemDescription(system, "DATASET_ADD");
    const problems: Problem[] = [];
    const ready = [];
    for (const run of runs) {
      const outcome = contributionOf(await readRecord(run), description, given);
      if (outcome.state === "ready") {
        const { problems: wrong, unknown } = checkContribution(outcome.contribution);
        problems.push(...wrong.map((message) => ({ where: run, message })));
        ready.push({ contribution: outcome.contribution, unknown });
      } else
        problems.push(
          ...outcome.reasons.map((reason) => ({ where: run, message: `is no result: ${reason}` })),
          ...outcome.missing.map(({ column, how }) => ({ where: run, message: `has no ${column}: ${how}` })),
        );
    }
    if (problems.length > 0) throw new UsageError("DATASET_ADD", problems);
    await mkdir(to, { recursive: true });
    for (const { contribution, unknown } of ready) {
      const path = join(to, contributionFile(contribution));
      await writeFile(path, `${JSON.stringify(contribution, null, 2)}\n`);
      console.log(path);
      for (const name of unknown) console.log(`  no alias knows the ${name}; the row keeps the spelling`);
    }
  },
};

function readGiven(words: readonly string[]): PartialRow {
  const problems: Problem[] = [];
  const values: [string, string | number | boolean][] = [];
  for (const word of words) {
    const outcome = readSetting(word);
    if (typeof outcome === "string") problems.push({ where: `--set ${word}`, message: outcome });
    else values.push(outcome);
  }
  if (problems.length > 0) throw new UsageError("DATASET_ADD", problems);
  return Object.fromEntries(values) as PartialRow;
}

/** A column and its value, or what is wrong with the words. */
function readSetting(word: string): [string, string | number | boolean] | string {
  const [name = "", ...rest] = word.split("=");
  const value = rest.join("=");
  if (!(name in columns)) return "names no column of the dataset";
  if (value === "") return "must be COLUMN=VALUE";
  const { type } = columns[name as ColumnName];
  if (type === "text") return [name, value];
  if (type === "boolean")
    return value === "true" || value === "false" ? [name, value === "true"] : "must be true or false";
  return Number.isFinite(Number(value)) ? [name, Number(value)] : "must be a number";
}
