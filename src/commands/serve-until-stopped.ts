import { RunFailedError } from "../errors.ts";
import type { RunningServer } from "../server/running-server.ts";

/** Prints a server on stdout and serves until Ctrl-C or SIGTERM. Throws RunFailedError when it ends by itself. */
export async function serveUntilStopped(server: RunningServer, json: boolean): Promise<void> {
  const { url, name, version, model, simulated, pid } = server;
  const asked = new Promise<null>((resolve) => {
    process.once("SIGINT", () => resolve(null));
    process.once("SIGTERM", () => resolve(null));
    process.once("SIGHUP", () => resolve(null));
  });
  // Who reads this may stop the server at once.
  console.log(json ? JSON.stringify({ url, name, version, model, simulated, pid }) : url);
  const cause = await Promise.race([asked, server.died]);
  if (cause !== null) throw new RunFailedError("SERVER_DIED", cause, { hint: "Start it again." });
  await server.stop();
}
