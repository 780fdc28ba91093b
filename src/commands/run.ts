import type { CommandModule } from "yargs";
import { loadRunConfig } from "../config/load-run-config.ts";
import { submissionProblems } from "../mlperf/submission-options.ts";
import { serveProblems } from "../server/serve-problems.ts";
import { executeRun } from "./execute-run.ts";
import { type Arguments, addRunOptions, readRunArguments } from "./run-arguments.ts";

/** `flexbench run`: one benchmark. The exit code says how it ended (`exitCodes`). */
export const runCommand: CommandModule<object, Arguments> = {
  command: "run",
  describe: "Run one benchmark: performance, accuracy or both",
  builder: addRunOptions,
  handler: async (args) => {
    const sources = readRunArguments(args, process.env);
    const config = loadRunConfig({
      ...sources,
      furtherRules: (read) => [...serveProblems(read), ...submissionProblems(read)],
    });
    process.exitCode = await executeRun(config, {
      run: async (...request) => (await import("../run.ts")).run(...request),
      stdout: process.stdout,
      stderr: process.stderr,
      environment: process.env,
      signals: process,
      exit: (code) => process.exit(code),
    });
  },
};
