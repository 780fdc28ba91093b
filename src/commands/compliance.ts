import type { CommandModule } from "yargs";
import { exitCodes } from "../errors.ts";
import { AuditsInterrupted } from "../mlperf/audits/conduct-audits.ts";
import { addComplianceOptions, readComplianceArguments } from "./compliance-arguments.ts";
import { auditList, complianceLines } from "./compliance-lines.ts";
import type { Arguments } from "./run-arguments.ts";
import { untilStopped } from "./stop-signals.ts";
import { fromHere, progressOn } from "./terminal.ts";

/** `flexbench compliance`: MLPerf's audits of a run, verified; exit code 3 when one failed. */
export const complianceCommand: CommandModule<object, Arguments> = {
  command: "compliance",
  describe: "Run and verify the audits that MLPerf asks for",
  builder: addComplianceOptions,
  handler: async (args) => {
    const wish = await readComplianceArguments(args, process.env);
    const { config } = wish;
    const { auditFolder, auditRun } = await import("../audit-run.ts");
    if (config.dryRun) {
      const { planAudits } = await import("../mlperf/audits/plan-audits.ts");
      process.stdout.write(auditList(planAudits({ ...wish, output: auditFolder(wish) }), config.json));
      return;
    }
    const progress = config.quiet ? null : progressOn(process.stderr, process.env);
    const stopping = {
      signals: process,
      onStop: () => progress?.say("Stopping the audits. Once more to quit at once."),
      quit: () => {
        progress?.close();
        process.exit(exitCodes.interrupted);
      },
    };
    try {
      const { compliance, folder } = await untilStopped(stopping, (signal) =>
        auditRun(wish, {
          signal,
          listener: { onEvent: (event) => progress?.onEvent(event) },
          say: (message) => progress?.say(message),
        }),
      );
      progress?.close();
      process.stdout.write(
        config.json
          ? `${JSON.stringify(compliance, null, 2)}\n`
          : complianceLines(compliance, fromHere(folder)),
      );
      if (!compliance.passed) process.exitCode = exitCodes.invalid;
    } catch (error) {
      if (!(error instanceof AuditsInterrupted)) throw error;
      process.exitCode = exitCodes.interrupted;
    } finally {
      progress?.close();
    }
  },
};
