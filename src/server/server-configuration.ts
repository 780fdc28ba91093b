import { mask } from "../config/secrets.ts";
import { parsePrometheusText } from "../telemetry/prometheus-text.ts";
import { type EndpointClient, type GetAnswer, jsonOf } from "./endpoint-client.ts";
import type { ServerIdentity } from "./server-identity.ts";

/** What a server says about how it was started, as it says it; secrets are masked and long texts cut. */
export type ServerConfiguration = Record<string, unknown>;

/** Where a server tells its configuration when it is not beside its models. */
const configurationPaths: Partial<Record<ServerIdentity["name"], string>> = {
  "llama.cpp": "/props",
  SGLang: "/get_server_info",
  TGI: "/info",
};

const secretName = /authorization|password|credential|secret|api_?key|(access|auth|admin|hf)_?token/i;
const mostText = 300;
const mostItems = 32;
const mostDepth = 4;

/**
 * Asks a server for its configuration: llama.cpp's `/props`, SGLang's `/get_server_info`, TGI's `/info`; of vLLM what it
 * says of the model, and of its cache in `/metrics`. Null when it says nothing; never an error, as no run depends on it.
 */
export async function readServerConfiguration(
  client: EndpointClient,
  server: ServerIdentity["name"],
  modelsAnswer: GetAnswer,
  model: string,
): Promise<ServerConfiguration | null> {
  try {
    const path = configurationPaths[server];
    const told =
      path === undefined
        ? { ...modelEntry(modelsAnswer, model), ...(await cacheConfiguration(client, server)) }
        : jsonOf(await client.get(path));
    return Object.keys(told).length === 0 ? null : (tidy(told, 0) as ServerConfiguration);
  } catch {
    return null;
  }
}

/** What says nothing about how the model is served. */
const idleKeys = new Set(["id", "object", "created", "owned_by", "permission", "parent"]);

function modelEntry(answer: GetAnswer, model: string): Record<string, unknown> {
  const { data } = jsonOf(answer);
  if (!Array.isArray(data)) return {};
  const entry: unknown = data.find((candidate: { id?: unknown } | null) => candidate?.id === model);
  if (typeof entry !== "object" || entry === null) return {};
  return Object.fromEntries(
    Object.entries(entry).filter(([key, value]) => !idleKeys.has(key) && value !== null),
  );
}

const cacheMetric = "vllm:cache_config_info";

async function cacheConfiguration(
  client: EndpointClient,
  server: ServerIdentity["name"],
): Promise<Record<string, unknown>> {
  if (server !== "vLLM") return {};
  const { status, body } = await client.get("/metrics");
  const [info] = status === 200 ? parsePrometheusText(body, (name) => name === cacheMetric) : [];
  return info === undefined ? {} : { cache: info.labels };
}

function tidy(value: unknown, depth: number): unknown {
  if (typeof value === "string") return value.length > mostText ? `${value.slice(0, mostText - 1)}…` : value;
  if (typeof value !== "object" || value === null) return value;
  if (depth === mostDepth) return "…";
  if (Array.isArray(value)) return value.slice(0, mostItems).map((item) => tidy(item, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name,
      secretName.test(name) && inner !== null ? mask : tidy(inner, depth + 1),
    ]),
  );
}
