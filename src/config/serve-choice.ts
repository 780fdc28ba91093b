import { z } from "zod";
import { camelCase } from "./run-options.ts";
import type { RunSettings } from "./run-schema.ts";

/** A server that FlexBench starts for a run, and stops after it. */
export interface ServeChoice {
  /** What `flexbench serve` calls it. */
  kind: string;
  /** Its settings by their names in camelCase, as the user gave them. */
  settings: Readonly<Record<string, unknown>>;
}

const scalar = z.union([z.string(), z.number(), z.boolean()]);
const setting = z.union([scalar, z.array(scalar), z.record(z.string(), scalar)]);
const shape = 'must be the name of a server, or a mapping with its "kind" or "command" and its settings';

/** Name of a server, or in a file a mapping of its kind and its settings. */
export const serveChoice: z.ZodType<ServeChoice> = z.unknown().transform((given, context) => {
  const choice = typeof given === "string" && given.trim() !== "" ? { kind: given.trim() } : given;
  const reading = z.record(z.string(), setting.nullable()).safeParse(choice);
  const { kind, ...settings } = reading.data ?? {};
  const isCommand = kind === undefined && typeof settings.command === "string";
  if (!isCommand && typeof kind !== "string") {
    context.issues.push({ code: "custom", input: given, message: shape });
    return z.NEVER;
  }
  const named = Object.entries(settings).flatMap(([name, value]) =>
    value === null ? [] : [[camelCase(name), value] as const],
  );
  return { kind: isCommand ? "command" : String(kind), settings: Object.fromEntries(named) };
});

/** The server that all options about it together ask for; null: none. */
export function serveOf(given: RunSettings): ServeChoice | null {
  const { serve, serveCommand } = given;
  const chosen = serve ?? (serveCommand === undefined ? null : { kind: "command", settings: {} });
  if (chosen === null) return null;
  const byOption = {
    command: serveCommand,
    python: given.servePython,
    container: given.serveContainer,
    image: given.serveImage,
    serverArgument: given.serveArgument,
    ...Object.fromEntries(
      Object.entries(given.serveOption ?? {}).map(([name, value]) => [camelCase(name), value]),
    ),
  };
  const named = Object.entries(byOption).filter(([, value]) => value !== undefined);
  return { kind: chosen.kind, settings: { ...chosen.settings, ...Object.fromEntries(named) } };
}
