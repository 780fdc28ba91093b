import type { Argv, CommandModule } from "yargs";
import { diffLines, linesOption } from "./diff-lines.ts";

interface PullArguments {
  repository: string;
  revision?: string | undefined;
  output: string;
}

/** `flexbench dataset pull NAME`: a dataset from the Hub. */
export const pullCommand: CommandModule<object, PullArguments> = {
  command: "pull <repository>",
  describe: "Get a dataset from the Hugging Face Hub",
  builder: (yargs): Argv<PullArguments> =>
    yargs
      .positional("repository", { type: "string", demandOption: true, describe: "OWNER/NAME on the Hub" })
      .options({
        revision: { type: "string", requiresArg: true, describe: "Branch, tag or commit" },
        output: {
          type: "string",
          default: "openmlperf",
          requiresArg: true,
          describe: "Folder of the dataset",
        },
      }),
  handler: async ({ repository, revision, output }) => {
    const { pullDataset } = await import("../openmlperf/hub-dataset.ts");
    const pulled = await pullDataset(repository, output, revision === undefined ? {} : { revision });
    console.log(`${output}: ${pulled.files.length} files of ${repository} at ${pulled.commit}`);
  },
};

interface PublishArguments {
  dataset: string;
  repository: string;
  title: string;
  tag?: string | undefined;
  allowRemovals?: number | undefined;
  dryRun: boolean;
  lines: number;
}

/** `flexbench dataset publish DIR NAME`: a dataset that holds to the Hub, as one commit. */
export const publishCommand: CommandModule<object, PublishArguments> = {
  command: "publish <dataset> <repository>",
  describe: "Validate a dataset and send it to the Hugging Face Hub, as one commit (token in HF_TOKEN)",
  builder: (yargs): Argv<PublishArguments> =>
    yargs
      .positional("dataset", { type: "string", demandOption: true, describe: "Folder of a dataset" })
      .positional("repository", { type: "string", demandOption: true, describe: "OWNER/NAME on the Hub" })
      .options({
        title: { type: "string", default: "New build", requiresArg: true, describe: "Title of the commit" },
        tag: { type: "string", requiresArg: true, describe: "Name for what is then there, such as v1" },
        allowRemovals: {
          type: "number",
          requiresArg: true,
          describe: "How many rows it may remove [default: 1 % of those there]",
        },
        dryRun: { type: "boolean", default: false, describe: "Say what would change, send nothing" },
        lines: linesOption,
      }),
  handler: async ({ dataset, repository, title, tag, allowRemovals, dryRun, lines }) => {
    const { planPublication, refuseRemovals, sendPublication } = await import("../openmlperf/hub-dataset.ts");
    const plan = await planPublication(dataset, repository);
    for (const line of diffLines(plan.diff, lines)) console.log(line);
    if (plan.files.length > 0) console.log(`Files: ${plan.files.map(({ path }) => path).join(", ")}`);
    refuseRemovals(plan, allowRemovals ?? null);
    if (dryRun) {
      console.log("Nothing was sent: --dry-run.");
      return;
    }
    const commit = await sendPublication(plan, { title, tag: tag ?? null });
    console.log(commit === null ? "Nothing was sent: nothing changes." : `${repository} is at ${commit}`);
    if (tag !== undefined) console.log(`${tag} names ${commit ?? plan.commitThere}`);
  },
};
