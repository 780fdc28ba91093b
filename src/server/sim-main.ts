import { FlexBenchError, UsageError } from "../errors.ts";
import { startSim } from "./sim.ts";
import type { SimOptions } from "./sim-options.ts";
import type { SimReply } from "./sim-process.ts";

/** Entry of the simulator's own process: options come as one message, the answer is the address or the error. */
process.once("message", (options: SimOptions) => {
  void startSim(options).then(
    (server) => {
      reply({ url: server.url, version: server.version, model: server.model });
      process.once("SIGTERM", () => void server.stop().then(() => process.exit(0)));
    },
    (error: unknown) => {
      reply({ failure: describe(error) });
      process.disconnect();
    },
  );
});
// Ctrl-C reaches the whole process group: who started the simulator decides when it ends.
process.on("SIGINT", () => {});
process.once("disconnect", () => process.exit(0));

function reply(message: SimReply): void {
  process.send?.(message);
}

function describe(error: unknown): Extract<SimReply, { failure: object }>["failure"] {
  const problems = error instanceof UsageError ? [...error.problems] : null;
  if (error instanceof FlexBenchError) {
    return { code: error.code, message: error.message, hint: error.hint, problems };
  }
  return { code: "SIM_FAILED", message: String(error), hint: null, problems };
}
