import type { BrokenRule } from "../config/cross-field-rules.ts";
import type { RunConfig } from "../config/run-config.ts";
import type { RunOptionKey } from "../config/run-options.ts";
import { camelCase, kebabCase } from "../config/run-options.ts";
import { type Problem, UsageError } from "../errors.ts";
import { shownSecrets } from "./secret-settings.ts";
import { type AnyServer, readServerSettings, serverOf } from "./server-kinds.ts";

const optionOfSetting: Readonly<Record<string, RunOptionKey>> = {
  model: "model",
  command: "serveCommand",
  python: "servePython",
  container: "serveContainer",
  image: "serveImage",
  serverArgument: "serveArgument",
};

/** Throws the error, the settings in it spelt as options and files spell them. */
export function spellSettings(error: unknown): never {
  if (!(error instanceof UsageError)) throw error;
  const problems = error.problems.map(({ where, message }) => ({ where: kebabCase(where), message }));
  throw new UsageError(error.code, problems, error.hint === null ? {} : { hint: error.hint });
}

/** What is wrong with the server that a run is to start, as far as it can be told without starting anything. */
export function serveProblems({ serve, model, given }: RunConfig): BrokenRule[] {
  if (serve === null) return [];
  const problems: Problem[] = [];
  let server: AnyServer;
  try {
    server = serverOf(serve.kind);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return error.problems.map(({ message }) => ({ key: "serve", message }));
  }
  readServerSettings(
    server,
    { ...(model === null ? {} : { model }), ...serve.settings },
    problems,
    kebabCase,
  );
  problems.push(...shownSecrets(serve.settings));
  return problems.map(({ where, message }) => {
    const key = optionOfSetting[camelCase(where)];
    if (key !== undefined && (key === "model" || given.includes(key))) return { key, message };
    return { key: given.includes("serveOption") ? "serveOption" : "serve", message: `${where} ${message}` };
  });
}
