import { join, relative } from "node:path";
import type { Argv, CommandModule } from "yargs";
import { exitCodes, UsageError } from "../errors.ts";
import type { BuildFile } from "../openmlperf/build-file.ts";
import { addCommand } from "./dataset-add.ts";
import { diffCommand } from "./dataset-diff.ts";
import { publishCommand, pullCommand } from "./dataset-hub.ts";

interface BuildArguments {
  file?: string | undefined;
  source: string[];
  output: string;
  fresh: boolean;
  json: boolean;
}

const buildCommand: CommandModule<object, BuildArguments> = {
  command: "build [file]",
  describe: "Read published results, clean them, and write the dataset",
  builder: (yargs): Argv<BuildArguments> =>
    yargs
      .positional("file", { type: "string", describe: "Build file, YAML: sources and rules" })
      .options({
        source: {
          type: "string",
          array: true,
          nargs: 1,
          default: [] as string[],
          describe: "Folder or file of results; repeatable, the first one leads",
        },
        output: {
          type: "string",
          default: "openmlperf",
          requiresArg: true,
          describe: "Folder of the dataset",
        },
        fresh: { type: "boolean", default: false, describe: "Read sources that did not change again, too" },
        json: { type: "boolean", default: false, describe: "Print what was built as JSON" },
      })
      .example("$0 dataset build --source results --output openmlperf", "All results of a folder"),
  handler: async ({ file, source, output, fresh, json }) => {
    const { buildDataset } = await import("../openmlperf/build-dataset.ts");
    const { writeForms } = await import("../openmlperf/forms/write-forms.ts");
    const built = await buildDataset(await whatToBuild(file, source), {
      cacheDir: fresh ? null : join(output, ".sources"),
    });
    const sha256 = await writeForms(output, built);
    const { rows, report } = built;
    const withTokens = rows.filter(({ tokens_per_second }) => tokens_per_second !== null).length;
    const duplicates = rows.filter(({ duplicate_of }) => duplicate_of !== null).length;
    const aliases = report.unknown.length;
    const passedOver = report.sources.flatMap((from) => from.passedOver).length;
    const logs = report.unmatched.reduce((sum, from) => sum + from.logs, 0);
    const systems = report.unmatched.reduce((sum, from) => sum + from.systems, 0);
    if (json)
      console.log(
        JSON.stringify({
          ...{ rows: rows.length, withTokens, duplicates, unknown: aliases },
          ...{ kept: report.kept, renewed: report.renewed, passedOver, unmatched: { logs, systems }, sha256 },
        }),
      );
    else
      console.log(
        [
          `${rows.length} rows, ${withTokens} with tokens a second, ${duplicates} of them marked as duplicates`,
          ...(report.kept + report.renewed === 0
            ? []
            : [`${report.kept} of them stayed from the earlier build, ${report.renewed} were given anew`]),
          ...(passedOver === 0 ? [] : [`${passedOver} files or parts of them were passed over`]),
          ...(logs + systems === 0
            ? []
            : [`${logs} logs and ${systems} system descriptions belong to no row`]),
          `${aliases} names without an alias; ${relative(process.cwd(), output)}/report.md has what each rule did`,
        ].join("\n"),
      );
  },
};

interface ValidateArguments {
  dataset: string;
  json: boolean;
}

const validateCommand: CommandModule<object, ValidateArguments> = {
  command: "validate <dataset>",
  describe: "Hold a dataset against its schema and what must agree in it",
  builder: (yargs): Argv<ValidateArguments> =>
    yargs
      .positional("dataset", { type: "string", demandOption: true, describe: "Folder of a dataset" })
      .options({ json: { type: "boolean", default: false, describe: "Print the findings as JSON" } }),
  handler: async ({ dataset, json }) => {
    const { readDatasetLines } = await import("../openmlperf/read-dataset.ts");
    const { validateDataset } = await import("../openmlperf/validate/validate.ts");
    const rows = await readDatasetLines(dataset);
    const findings = validateDataset(rows);
    const errors = findings.filter(({ severity }) => severity === "error").length;
    if (json) console.log(JSON.stringify({ rows: rows.length, findings }));
    else {
      for (const { check, severity, id, message } of findings)
        console.log(`${severity.padEnd(7)} ${check.padEnd(8)} ${id}  ${message}`);
      console.log(`${rows.length} rows, ${errors} errors, ${findings.length - errors} warnings`);
    }
    process.exitCode = errors === 0 ? exitCodes.ok : exitCodes.invalid;
  },
};

interface QueryArguments {
  sql: string;
  dataset: string;
  format: string;
}

const queryCommand: CommandModule<object, QueryArguments> = {
  command: "query <sql>",
  describe: "Run SQL on a dataset; its rows are the table results (needs @duckdb/node-api)",
  builder: (yargs): Argv<QueryArguments> =>
    yargs
      .positional("sql", { type: "string", demandOption: true, describe: "The query" })
      .options({
        dataset: {
          type: "string",
          default: "openmlperf",
          requiresArg: true,
          describe: "Folder of a dataset, a Parquet file, or its address",
        },
        format: { choices: ["table", "json", "csv"], default: "table", describe: "How rows are printed" },
      })
      .example('$0 dataset query "SELECT count(*) FROM results"', "How many rows"),
  handler: async ({ sql, dataset, format }) => {
    const { queryDataset } = await import("../openmlperf/query-dataset.ts");
    const { showQuery } = await import("./query-lines.ts");
    process.stdout.write(showQuery(await queryDataset(dataset, sql), format));
  },
};

/** `flexbench dataset build|validate|query|add|diff|publish|pull`: the Open MLPerf dataset. */
export const datasetCommand: CommandModule = {
  command: "dataset",
  describe: "Build, check, query and extend the Open MLPerf dataset",
  builder: (yargs) =>
    yargs
      .command(buildCommand)
      .command(validateCommand)
      .command(queryCommand)
      .command(addCommand)
      .command(diffCommand)
      .command(publishCommand)
      .command(pullCommand)
      .demandCommand(1, "Say what to do: build, validate, query, add, diff, publish or pull."),
  handler: () => {},
};

async function whatToBuild(file: string | undefined, folders: readonly string[]): Promise<BuildFile> {
  const { readBuildFile, sourcesAt } = await import("../openmlperf/build-file.ts");
  const given = file === undefined ? { sources: [], rules: null } : await readBuildFile(file);
  const names = given.sources.map(({ name }) => name);
  const sources = [...given.sources, ...sourcesAt(folders, names)];
  if (sources.length === 0)
    throw new UsageError(
      "DATASET_NO_SOURCE",
      [{ where: "dataset build", message: "needs a build file or --source" }],
      { hint: "`flexbench dataset build --source DIR` reads all results of a folder." },
    );
  return { ...given, sources };
}
