import { camelCase } from "../../config/run-options.ts";
import { type Problem, UsageError } from "../../errors.ts";
import { wordsIn } from "../../server/command-server.ts";
import { type AnyServer, readServerSettings, serverOf } from "../../server/server-kinds.ts";
import { type ExecutorSettings, settingsFor } from "../executors/executor-settings.ts";
import type { Cell } from "./cell.ts";
import { serverSettingsOf } from "./cell-server-settings.ts";

/** Words of a command that FlexBench fills in without being told them. */
const filledIn = ["port", "host", "model"];

/** What is wrong with the server of a cell, as far as it can be told without starting it. */
export function serverProblems(cell: Cell, executor: ExecutorSettings): Problem[] {
  const { server } = cell;
  if (server === null) return [];
  let definition: AnyServer;
  try {
    definition = serverOf(server.kind);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return [...error.problems];
  }
  const command = commandInPod(cell, executor);
  if (command !== null)
    return unusedOptions(
      Object.keys(server.options),
      ["readyWithin", "healthPath"],
      command,
      "executor.server-command",
    );
  const problems: Problem[] = [];
  readServerSettings(definition, serverSettingsOf(cell), problems);
  if (server.command !== null)
    problems.push(
      ...unusedOptions(
        Object.keys(server.options),
        Object.keys(definition.settings.shape),
        server.command,
        "its command",
      ),
    );
  return problems.map(({ where, message }) => ({ where: `serve.${where}`, message }));
}

/** The user's own arguments for a server with a pod of its own, which `flexbench serve` does not start; null: none. */
function commandInPod({ executor: overrides }: Cell, executor: ExecutorSettings): string | null {
  if (executor.kind !== "kubernetes") return null;
  return settingsFor(executor, overrides).serverCommand?.join(" ") ?? null;
}

/** Settings that reach the server by no way: cells that differ by them alone would measure the same. */
function unusedOptions(
  names: readonly string[],
  known: readonly string[],
  words: string,
  where: string,
): Problem[] {
  const reached = [...known, ...filledIn, ...wordsIn(words)];
  return names
    .filter((name) => !reached.includes(camelCase(name)))
    .map((name) => ({ where: name, message: `reaches the server by no way: {${name}} is not in ${where}` }));
}
