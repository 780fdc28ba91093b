import { type EndpointAccess, EndpointClient, resolveAccess } from "../../server/endpoint-client.ts";
import { readServedModels } from "../../server/served-models.ts";
import { identifyServer } from "../../server/server-identity.ts";
import { collectCommandLines } from "./collect-system.ts";
import type { ServedBy } from "./describe-system.ts";
import { findServerProcesses } from "./read-server-process.ts";

/**
 * The server of models on this machine: its flags from its command line, its name and version from itself. With an
 * `endpoint` that one is asked, and an EndpointError says why it cannot be; without, the servers that were found are
 * asked, and one that does not answer is known by its name alone.
 */
export async function findServer(endpoint: string | null, access: EndpointAccess = {}): Promise<ServedBy> {
  const processes = findServerProcesses(await collectCommandLines());
  if (endpoint !== null) return { framework: await askFramework(endpoint, access), processes };
  const [first] = processes;
  if (first === undefined) return { framework: null, processes };
  const asked = await askFramework(`http://127.0.0.1:${first.port}`, access).catch(() => null);
  return { framework: asked ?? first.name, processes };
}

async function askFramework(url: string, access: EndpointAccess): Promise<string | null> {
  const client = new EndpointClient(url, resolveAccess(access));
  try {
    const [listed, versionAnswer] = await Promise.all([client.get("/v1/models"), client.get("/version")]);
    const { name, version } = await identifyServer(client, readServedModels(url, listed), versionAnswer);
    if (name === "unknown") return null;
    return version === null ? name : `${name} ${version}`;
  } finally {
    await client.close();
  }
}
