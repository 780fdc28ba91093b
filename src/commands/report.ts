import type { CommandModule, InferredOptionTypes } from "yargs";
import { type ReportFormat, reportFormats } from "../report/formats.ts";
import { replayRun } from "./replay-run.ts";
import { writeReport } from "./write-report.ts";

const flags = {
  format: {
    choices: reportFormats,
    default: "html" as ReportFormat,
    requiresArg: true,
    describe: "html: a page; md, csv, json, parquet: the figures; or in the shape of another tool",
  },
  output: {
    type: "string",
    requiresArg: true,
    describe:
      "FILE: by default report.html in the folder of a run, sweep or comparison; other formats go to stdout",
  },
  replay: {
    type: "boolean",
    default: false,
    describe: "Show one run on a local page as it went; nothing is written",
  },
  speed: { type: "number", default: 1, requiresArg: true, describe: "How many times as fast --replay goes" },
} as const;

/** Flags of `flexbench report`, as yargs gives them. */
export type ReportFlags = InferredOptionTypes<typeof flags> & { folder: string[] };

/** `flexbench report DIR…`: a page or figures of runs and sweeps that stand on disk. */
export const reportCommand: CommandModule<object, ReportFlags> = {
  command: "report <folder..>",
  describe: "Write the page of a run, a sweep or several runs, or its figures in another format",
  builder: (yargs) =>
    yargs
      .positional("folder", {
        type: "string",
        array: true,
        demandOption: true,
        describe: "Folder of a run, a sweep or a comparison; several are set side by side",
      })
      .options(flags)
      .example("$0 report DIR", "Write DIR/report.html")
      .example("$0 report A B --output both.html", "Two runs side by side")
      .example("$0 report DIR --format vllm-bench", "The figures as `vllm bench serve` names them"),
  handler: async ({ folder, format, output, replay, speed }) => {
    if (replay) {
      await replayRun(folder, speed, { stderr: process.stderr, signals: process });
      return;
    }
    await writeReport({ folders: folder, format, output: output ?? null }, process);
  },
};
