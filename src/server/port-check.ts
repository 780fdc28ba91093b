import { createServer } from "node:net";
import { EnvironmentError } from "../errors.ts";

/**
 * Makes sure that nobody listens at an address where a server is about to: it would be measured in the server's place.
 * Throws EnvironmentError `SERVER_PORT_TAKEN`. An address that is not this machine's is left to the server to refuse.
 */
export async function refuseTakenPort(title: string, host: string, port: number): Promise<void> {
  if ((await bindingError(host, port)) !== "EADDRINUSE") return;
  throw new EnvironmentError(
    "SERVER_PORT_TAKEN",
    `${title} cannot listen on ${host}:${port}: something else does already.`,
    { hint: "Choose another --port, or 0 for a free one." },
  );
}

function bindingError(host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? ""));
    probe.listen(port, host, () => probe.close(() => resolve(null)));
  });
}
