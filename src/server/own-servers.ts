import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { z } from "zod";
import { kebabCase } from "../config/run-options.ts";
import { defineServer, type LaunchPlace, type ServerCommand } from "./define-server.ts";
import { llamacppModel, llamacppSettings } from "./llamacpp-settings.ts";
import { simSettings } from "./sim-settings.ts";

const cli = join(fileURLToPath(new URL("..", import.meta.url)), "cli.js");

/** The simulator. */
export const simServer = defineServer<z.output<typeof simSettings>>({
  name: "sim",
  title: "The simulator",
  settings: simSettings,
  devices: ["cuda", "rocm", "cpu", "arm"],
  ownModel: "sim",
  command: ({ port: _port, env: _env, readyWithin: _readyWithin, ...flags }, place) =>
    ownCommand("sim", place, flags),
  image: () => null,
});

/** llama.cpp with the small model that FlexBench installs. */
export const embeddedServer = defineServer<z.output<typeof llamacppSettings>>({
  name: "llamacpp",
  title: "llama.cpp",
  settings: llamacppSettings,
  devices: ["cuda", "rocm", "cpu", "arm"],
  ownModel: llamacppModel,
  command: ({ slots, contextLength, threads }, place) =>
    ownCommand("llamacpp", place, { slots, contextLength, threads }),
  image: () => null,
});

/**
 * A server that comes with FlexBench is started by `flexbench serve`, with its settings as flags; in a container FlexBench is
 * a command of the image.
 */
function ownCommand(
  name: string,
  { port, inContainer }: LaunchPlace,
  flags: Readonly<Record<string, unknown>>,
): ServerCommand {
  return {
    executable: inContainer ? "flexbench" : process.execPath,
    arguments: [
      ...(inContainer ? [] : [cli]),
      ...["serve", name, "--port", String(port)],
      ...Object.entries(flags).flatMap(([key, value]) =>
        [value ?? []].flat().map((one) => `--${kebabCase(key)}=${one}`),
      ),
    ],
    environment: {},
  };
}
