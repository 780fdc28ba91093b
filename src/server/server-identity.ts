import { type EndpointClient, type GetAnswer, jsonOf } from "./endpoint-client.ts";
import type { ServedModel } from "./served-models.ts";
import { simName } from "./sim-identity.ts";

/** Which server answers. */
export interface ServerIdentity {
  name: "vLLM" | "llama.cpp" | "SGLang" | "TGI" | "TensorRT-LLM" | typeof simName | "unknown";
  /** What it says of itself, or null where it says nothing. */
  version: string | null;
  /** No model computes its tokens. */
  simulated: boolean;
}

/** Where a server tells its version when not at `/version`, and the key that holds it. */
const versionSources: Partial<Record<ServerIdentity["name"], { path: string; key: string }>> = {
  "llama.cpp": { path: "/props", key: "build_info" },
  SGLang: { path: "/get_server_info", key: "version" },
  TGI: { path: "/info", key: "version" },
};

const owners: Readonly<Record<string, ServerIdentity["name"]>> = {
  [simName]: simName,
  vllm: "vLLM",
  llamacpp: "llama.cpp",
  sglang: "SGLang",
  tensorrt_llm: "TensorRT-LLM",
};

/** Tells which server it is by its header, its models' owner, and what only that server answers. */
export async function identifyServer(
  client: EndpointClient,
  models: readonly ServedModel[],
  versionAnswer: GetAnswer,
): Promise<ServerIdentity> {
  const name = nameByHeader(versionAnswer.server) ?? nameByOwner(models) ?? (await nameByInfo(client));
  const { version } = jsonOf(versionAnswer);
  const source = versionSources[name];
  const found = source === undefined ? version : jsonOf(await client.get(source.path))[source.key];
  // Builds outside of git call themselves "b0-unknown".
  const usable = typeof found === "string" && found !== "" && !found.endsWith("unknown");
  return { name, version: usable ? found : null, simulated: name === simName };
}

function nameByHeader(server: string): ServerIdentity["name"] | null {
  if (server === simName) return simName;
  return server === "llama.cpp" ? "llama.cpp" : null;
}

function nameByOwner(models: readonly ServedModel[]): ServerIdentity["name"] | null {
  for (const { ownedBy } of models) {
    const name = owners[ownedBy];
    if (name !== undefined) return name;
  }
  return null;
}

/** TGI names itself nowhere but in the shape of its `/info`. */
async function nameByInfo(client: EndpointClient): Promise<ServerIdentity["name"]> {
  const info = jsonOf(await client.get("/info"));
  return "model_id" in info && "max_concurrent_requests" in info ? "TGI" : "unknown";
}
