import type { CommandModule } from "yargs";
import { exitCodes } from "../errors.ts";
import { checkMachine, type MachineCheck } from "./machine-checks.ts";

/** `flexbench doctor`: what this machine and build are; exit code 1 when runs cannot work here. */
export const doctorCommand: CommandModule<object, { json: boolean }> = {
  command: "doctor",
  describe: "Tell whether this machine and build can run tests",
  builder: (yargs) =>
    yargs.options({ json: { type: "boolean", default: false, describe: "Print the checks as JSON" } }),
  handler: async ({ json }) => {
    const checks = await checkMachine();
    const isFit = checks.every(({ state }) => state !== "fail");
    console.log(json ? JSON.stringify({ fit: isFit, checks }, null, 2) : describeChecks(checks));
    if (!isFit) process.exitCode = exitCodes.internal;
  },
};

/** The checks in plain lines, each fix below its check. */
export function describeChecks(checks: readonly MachineCheck[]): string {
  const width = Math.max(...checks.map(({ name }) => name.length));
  const indent = " ".repeat(width + 7);
  return checks
    .map(({ name, state, found, fix }) => {
      const line = `${state.padEnd(5)} ${name.padEnd(width)} ${found}`;
      return fix === null ? line : `${line}\n${indent}${fix}`;
    })
    .join("\n");
}
