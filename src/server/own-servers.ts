import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { kebabCase } from "../config/run-options.ts";
import { defineServer, type ServerDefinition } from "./define-server.ts";
import { type LaunchSettings, launchFields } from "./launch-settings.ts";

const cli = join(fileURLToPath(new URL("..", import.meta.url)), "cli.js");
const { model, port, env, readyWithin } = launchFields;
type OwnSettings = Partial<Pick<LaunchSettings, "model" | "port" | "env" | "readyWithin">> &
  Record<string, unknown>;

const scalar = z.union([z.string(), z.number(), z.boolean()]);
const flag = z.union([scalar, z.array(scalar)]).optional();

/** The simulator. */
export const simServer = ownServer("sim", "The simulator", [
  ...["host", "ttft", "itl", "outputTokens", "reasoningTokens", "tokenizer"],
  ...["answers", "answersOption", "answersPromptTemplate", "answerErrorRate"],
  ...["maxConcurrency", "ttftGrowth", "itlGrowth", "maxModelLen", "tokenIds", "apiKey", "tlsCert"],
  ...["tlsKey", "tlsClientCa", "seed", "fault"],
]);

/** llama.cpp with the small model that FlexBench installs. */
export const embeddedServer = ownServer("llamacpp", "llama.cpp", ["slots", "contextLength", "threads"]);

/** A server that comes with FlexBench. Its settings are the flags of `flexbench serve`, which reads them. */
function ownServer(name: string, title: string, flags: readonly string[]): ServerDefinition<OwnSettings> {
  const settings = z.strictObject({
    ...{ model, port, env, readyWithin },
    ...Object.fromEntries(flags.map((one) => [one, flag])),
  });
  return defineServer<OwnSettings>({
    name,
    title,
    settings,
    devices: ["cuda", "rocm", "cpu", "arm"],
    command: ({ model: served, port: _port, env: _env, readyWithin: _readyWithin, ...flags }, place) => ({
      executable: process.execPath,
      arguments: [
        ...[cli, "serve", name, "--port", String(place.port)],
        ...(served === undefined || name !== "sim" ? [] : ["--model", served]),
        ...Object.entries(flags).flatMap(([key, value]) =>
          [value].flat().map((one) => `--${kebabCase(key)}=${one}`),
        ),
      ],
      environment: {},
    }),
    image: () => null,
  });
}
