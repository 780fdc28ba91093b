import type { Problem } from "../../errors.ts";
import { splitWords } from "../../server/launch-settings.ts";
import { secretProblems } from "../../server/secret-words.ts";
import type { ExecutorSettings } from "../executors/executor-settings.ts";
import type { CampaignFile } from "./campaign-file.ts";
import type { CellSettings } from "./cell-settings.ts";

/**
 * Secrets in a campaign: its file and its cells are copied to where everybody reads them, so that none may stand there.
 * Options of runs are looked at where they are read.
 */
export function secretsIn(file: CampaignFile, where: string): Problem[] {
  const { defaults, axes, include, executor, search } = file;
  const values = [...axes, ...include.flat()].flatMap(({ name, values: own }) =>
    own.map(({ label, settings }) => ({ place: `axes.${name}: ${label}`, settings })),
  );
  const found = [
    ...inSettings(defaults).map((message) => ({ where: `${where}: defaults`, message })),
    ...values.flatMap(({ place, settings }) =>
      inSettings(settings).map((message) => ({ where: `${where}: ${place}`, message })),
    ),
    ...inExecutor(executor).map((message) => ({ where: `${where}: executor`, message })),
    ...Object.entries(search?.space ?? {}).flatMap(([name, range]) =>
      (range.kind === "list" ? range.values : [])
        .flatMap((value) => inOption(name, value))
        .map((message) => ({ where: `${where}: search.space.${name}`, message })),
    ),
  ];
  const keys = found.map((problem) => `${problem.where} ${problem.message}`);
  return found.filter((_, index) => keys.indexOf(keys[index] ?? "") === index);
}

function inSettings({ server, serverOptions }: CellSettings): string[] {
  const options = Object.entries({ ...server?.options, ...serverOptions });
  return [
    ...options.flatMap(([name, value]) => inOption(name, value)),
    ...secretProblems(splitWords(server?.command ?? "")),
  ];
}

/** An option is a flag with one or several values; those may be words of a command themselves, or variables. */
function inOption(name: string, value: unknown): string[] {
  if (typeof value === "object" && value !== null && !Array.isArray(value))
    return secretProblems(Object.entries(value).map(([variable, text]) => `${variable}=${String(text)}`));
  const words = [value].flat().flatMap((word) => splitWords(String(word)));
  return [...secretProblems([`--${name}=${words[0] ?? ""}`]), ...secretProblems(words)];
}

function inExecutor(executor: ExecutorSettings): string[] {
  if (executor.kind === "slurm")
    return secretProblems([...executor.setup.flatMap(splitWords), ...executor.arguments.flatMap(splitWords)]);
  return executor.kind === "kubernetes" ? secretProblems(executor.serverCommand ?? []) : [];
}
