import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { kebabCase } from "../config/run-options.ts";
import { defineServer, type ServerDefinition } from "./define-server.ts";
import { launchFields } from "./launch-settings.ts";

const cli = join(fileURLToPath(new URL("..", import.meta.url)), "cli.js");
const { model, port, env, readyWithin } = launchFields;
const scalar = z.union([z.string(), z.number(), z.boolean()]);
const settings = z.object({ model, port, env, readyWithin }).catchall(z.union([scalar, z.array(scalar)]));

/** The simulator. */
export const simServer = ownServer("sim", "The simulator");

/** llama.cpp with the small model that FlexBench installs. */
export const embeddedServer = ownServer("llamacpp", "llama.cpp");

/** A server that comes with FlexBench. Its settings are the flags of `flexbench serve`, which reads them. */
function ownServer(name: string, title: string): ServerDefinition<z.output<typeof settings>> {
  return defineServer<z.output<typeof settings>>({
    name,
    title,
    settings,
    devices: ["cuda", "rocm", "cpu", "arm"],
    command: ({ model: served, port: _port, env: _env, readyWithin: _readyWithin, ...flags }, place) => ({
      executable: place.inContainer ? "flexbench" : process.execPath,
      arguments: [
        ...(place.inContainer ? [] : [cli]),
        ...["serve", name, "--port", String(place.port)],
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
