import type { Argv, CommandModule } from "yargs";
import { exitCodes } from "../errors.ts";
import { divisions } from "../mlperf/check/submission-tree.ts";
import { readAnswersFile, readAnswerWords } from "../mlperf/system/answer-fields.ts";
import { exitCodeHelp } from "./exit-code-help.ts";
import { personAt } from "./person.ts";
import { type CheckFlags, checkCommandHandler, checkFlags } from "./submission-check.ts";
import { fromHere } from "./terminal.ts";

const folder = { type: "string", demandOption: true, describe: "Folder of the submission's tree" } as const;
const answer = {
  type: "string",
  array: true,
  nargs: 1,
  default: [] as string[],
} as const;

interface InitFlags {
  folder: string;
  submitter: string;
  division: (typeof divisions)[number];
  category: "datacenter" | "edge";
  system?: string | undefined;
  answer: string[];
  answers?: string | undefined;
  calibration?: string | undefined;
}

const initCommand: CommandModule<object, InitFlags> = {
  command: "init <folder>",
  describe: "Make the tree, or add a system to it",
  builder: (yargs) =>
    yargs.positional("folder", folder).options({
      submitter: { type: "string", demandOption: true, requiresArg: true, describe: "NAME of who submits" },
      division: { choices: divisions, demandOption: true, requiresArg: true, describe: "Division of MLPerf" },
      category: {
        choices: ["datacenter", "edge"] as const,
        default: "datacenter" as const,
        requiresArg: true,
        describe: "What the system is for",
      },
      system: {
        type: "string",
        requiresArg: true,
        describe: "FILE.json of `flexbench system`; its name becomes the system's",
      },
      answer: { ...answer, describe: "FIELD=VALUE of the system; repeatable" },
      answers: { type: "string", requiresArg: true, describe: "FILE.yaml of such fields" },
      calibration: {
        type: "string",
        requiresArg: true,
        describe: "unquantised, or FILE.md; by default a form to fill in",
      },
    }),
  handler: async (args) => {
    const { initSubmission } = await import("../mlperf/tree/init-submission.ts");
    const person = personAt(process.stdin, process.stderr);
    try {
      const { written } = await initSubmission(args.folder, {
        submitter: args.submitter,
        division: args.division,
        category: args.category,
        systemFile: args.system ?? null,
        answers: await givenAnswers(args.answers, args.answer),
        ask: person.ask,
        calibration: args.calibration ?? null,
      });
      console.log(written.length === 0 ? "Everything was there already." : written.join("\n"));
    } finally {
      person.close();
    }
  },
};

interface AddFlags {
  folder: string;
  run: string[];
  system?: string | undefined;
  answer: string[];
  measurements?: string | undefined;
  "model-name"?: string | undefined;
  replace: boolean;
}

const addCommand: CommandModule<object, AddFlags> = {
  command: "add <folder> <run..>",
  describe: "Add runs of --submission and audits of `flexbench compliance`",
  builder: (yargs) =>
    yargs
      .positional("folder", folder)
      .positional("run", {
        type: "string",
        array: true,
        demandOption: true,
        describe: "Folder of a run or of audits",
      })
      .options({
        system: {
          type: "string",
          requiresArg: true,
          describe: "NAME of the system; by default the only one",
        },
        measurements: {
          type: "string",
          requiresArg: true,
          describe: "FILE.yaml of fields of measurements.json",
        },
        answer: {
          ...answer,
          describe: "FIELD=VALUE of measurements.json; repeatable, kept for the benchmark",
        },
        "model-name": { type: "string", requiresArg: true, describe: "Own NAME of the model; open division" },
        replace: {
          type: "boolean",
          default: false,
          describe: "Take the place of other runs of the same tests",
        },
      }),
  handler: async (args) => {
    const { addToSubmission } = await import("../mlperf/tree/add-to-submission.ts");
    const person = personAt(process.stdin, process.stderr);
    try {
      const { results, openDocuments } = await addToSubmission(args.folder, args.run, {
        system: args.system ?? null,
        measurements: await givenAnswers(args.measurements, args.answer),
        modelName: args.modelName ?? null,
        replace: args.replace,
        ask: person.ask,
      });
      for (const { path, files } of results)
        console.log([path, ...files.map((file) => `  ${file}`)].join("\n"));
      for (const document of openDocuments) console.error(`note: ${document} has to be filled in.`);
    } finally {
      person.close();
    }
  },
};

const checkCommand: CommandModule<object, CheckFlags> = {
  command: "check <folder>",
  describe: "Check the tree against every rule of the round",
  builder: (yargs) => yargs.positional("folder", folder).options(checkFlags).epilogue(exitCodeHelp),
  handler: async (args) => await checkCommandHandler(args, process),
};

interface PackFlags {
  folder: string;
  output?: string | undefined;
}

const packCommand: CommandModule<object, PackFlags> = {
  command: "pack <folder>",
  describe: "Check the tree and pack it",
  builder: (yargs) =>
    yargs
      .positional("folder", folder)
      .options({
        output: { type: "string", requiresArg: true, describe: "FILE.tar.gz; by default beside the tree" },
      })
      .epilogue(exitCodeHelp),
  handler: async ({ folder: root, output }) => {
    const { packSubmission } = await import("../mlperf/tree/pack-submission.ts");
    const outcome = await packSubmission(root, { output: output ?? null });
    if (outcome.archive === null) {
      for (const { file, rule, message } of outcome.problems) console.error(`${file}\n  ${rule}: ${message}`);
      console.error(`Nothing was packed: ${outcome.problems.length} in all.`);
      process.exitCode = exitCodes.invalid;
      return;
    }
    const { archive, bytes, files, results, sha256 } = outcome;
    const count = results.length === 1 ? "1 result" : `${results.length} results`;
    console.log(`${fromHere(archive)}: ${count}, ${files} files, ${bytes} bytes`);
    console.log(`sha256 ${sha256}`);
  },
};

/** `flexbench submission init|add|check|pack`: the tree that is submitted to MLPerf. */
export const submissionCommand: CommandModule<object, object> = {
  command: "submission",
  describe: "Make, fill, check and pack the tree of a submission to MLPerf",
  builder: (yargs): Argv<object> =>
    yargs
      .command(initCommand)
      .command(addCommand)
      .command(checkCommand)
      .command(packCommand)
      .demandCommand(1, "an action is needed: init, add, check or pack"),
  handler: () => undefined,
};

async function givenAnswers(file: string | undefined, words: readonly string[]) {
  return { ...(file === undefined ? {} : await readAnswersFile(file)), ...readAnswerWords(words) };
}
