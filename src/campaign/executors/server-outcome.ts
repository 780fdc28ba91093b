import { readFile } from "node:fs/promises";
import { z } from "zod";
import { FlexBenchError } from "../../errors.ts";
import { serverLaunchSchema } from "../../results/server-launch.ts";
import { writeWhole } from "../../results/write-whole.ts";
import type { StartedServer } from "../../server/start-server.ts";

const schema = z.discriminatedUnion("state", [
  z.object({
    state: z.literal("ready"),
    url: z.string(),
    name: z.string(),
    version: z.string().nullable(),
    model: z.string(),
    simulated: z.boolean(),
    launch: serverLaunchSchema,
    /** File with its output, which client and server both see. */
    logPath: z.string(),
  }),
  z.object({
    state: z.literal("failed"),
    code: z.string(),
    message: z.string(),
    hint: z.string().nullable(),
  }),
]);

/** What became of a server on another node: where it is and how it was started, or why it is not there. */
export type ServerOutcome = z.output<typeof schema>;

/** Tells a client on another node what became of its server. */
export async function writeOutcome(file: string, outcome: ServerOutcome): Promise<void> {
  await writeWhole(file, `${JSON.stringify(outcome)}\n`);
}

/** Reads what another node told; null while it has told nothing. */
export async function readOutcome(file: string): Promise<ServerOutcome | null> {
  const text = await readFile(file, "utf8").catch(() => "");
  return text.trim() === "" ? null : schema.parse(JSON.parse(text));
}

/** The outcome of a server that came up. */
export function readyOutcome(server: StartedServer): ServerOutcome {
  const { url, name, version, model, simulated, launch, logPath } = server;
  return { state: "ready", url, name, version, model, simulated, launch, logPath };
}

/** The outcome of a server that did not come up, or that ended. */
export function failedOutcome(error: unknown): ServerOutcome {
  if (error instanceof FlexBenchError)
    return { state: "failed", code: error.code, message: error.message, hint: error.hint };
  return { state: "failed", code: "SERVER_START", message: String(error), hint: null };
}
