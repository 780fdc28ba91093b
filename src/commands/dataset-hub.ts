import type { Argv, CommandModule } from "yargs";

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
  dryRun: boolean;
}

/** `flexbench dataset publish DIR NAME`: a dataset to the Hub, as one commit. */
export const publishCommand: CommandModule<object, PublishArguments> = {
  command: "publish <dataset> <repository>",
  describe: "Send a dataset to the Hugging Face Hub, as one commit (token in HF_TOKEN)",
  builder: (yargs): Argv<PublishArguments> =>
    yargs
      .positional("dataset", { type: "string", demandOption: true, describe: "Folder of a dataset" })
      .positional("repository", { type: "string", demandOption: true, describe: "OWNER/NAME on the Hub" })
      .options({
        title: { type: "string", default: "New build", requiresArg: true, describe: "Title of the commit" },
        dryRun: { type: "boolean", default: false, describe: "Say what would change, send nothing" },
      }),
  handler: async ({ dataset, repository, title, dryRun }) => {
    const { publishDataset } = await import("../openmlperf/hub-dataset.ts");
    const { diff, commit } = await publishDataset(dataset, repository, { title, dryRun });
    const { added, removed, changed } = diff;
    console.log(`${added.length} rows added, ${removed.length} removed, ${changed.length} changed`);
    const nothing = dryRun ? "Nothing was sent: --dry-run." : "Nothing was sent: nothing changes.";
    console.log(commit === null ? nothing : `${repository} is at ${commit}`);
  },
};
