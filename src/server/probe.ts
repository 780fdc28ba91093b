import { EndpointError } from "../errors.ts";
import type { TransportPlan } from "../transport/plan.ts";
import { type EndpointAccess, EndpointClient, type GetAnswer, resolveAccess } from "./endpoint-client.ts";
import { refusedByStatus } from "./endpoint-error.ts";
import { type GenerationProbe, probeGeneration } from "./probe-generation.ts";
import { chooseModel, readServedModels, type ServedModel } from "./served-models.ts";
import { readServerConfiguration, type ServerConfiguration } from "./server-configuration.ts";
import { identifyServer, type ServerIdentity } from "./server-identity.ts";

/** What is asked of an endpoint before a run. */
export interface EndpointCheckOptions extends EndpointAccess {
  /** Name of the model; null takes the only one. @default null */
  model?: string | null;
  /** The API that the run will use. @default "completions" */
  api?: TransportPlan["api"];
}

/** What a run must know of an endpoint. */
export interface EndpointCheck {
  url: string;
  server: ServerIdentity;
  /** The model to ask for. */
  model: string;
  /** Longest prompt plus answer, tokens, or null where the server does not say. */
  maxModelLen: number | null;
  returnsTokenIds: boolean;
  returnsUsage: boolean;
  /** What the server says of how it was started, or null where it says nothing. */
  configuration: ServerConfiguration | null;
}

/** Everything that a probe found out. */
export interface ProbeReport {
  url: string;
  server: ServerIdentity;
  models: ServedModel[];
  /** The model that was asked. */
  model: string;
  /** `/health` answers 200. */
  healthy: boolean;
  /** Names of the metrics at `/metrics`. */
  metrics: string[];
  completions: GenerationProbe;
  chat: GenerationProbe;
}

const checkTokens = 2;
const probeTokens = 8;

/**
 * Makes sure that a run against the endpoint can work, by two plain questions and one tiny generation.
 * Throws an EndpointError that names what is wrong: `ENDPOINT_REFUSED`, `ENDPOINT_DNS`, `ENDPOINT_TIMEOUT`,
 * `ENDPOINT_TLS`, `ENDPOINT_TLS_HOST_NAME`, `ENDPOINT_TLS_EXPIRED`, `ENDPOINT_TLS_UNTRUSTED`,
 * `ENDPOINT_TLS_CLIENT_CERTIFICATE`, `ENDPOINT_UNREACHABLE`, `ENDPOINT_NOT_HTTP`, `ENDPOINT_CLOSED`, `ENDPOINT_UNAUTHORIZED`,
 * `ENDPOINT_STATUS`, `MODEL_NOT_FOUND`, `MODEL_UNCLEAR`, `API_MISSING` or `GENERATION_FAILED`.
 */
export async function checkEndpoint(url: string, options: EndpointCheckOptions = {}): Promise<EndpointCheck> {
  const access = resolveAccess(options);
  const api = options.api ?? "completions";
  const client = new EndpointClient(url, access);
  try {
    const { models, server, listed } = await introduce(url, client);
    const model = chooseModel(url, models, options.model ?? null);
    const configuration = await readServerConfiguration(client, server.name, listed, model);
    const probe = await probeGeneration({ url, api, model, maxTokens: checkTokens }, access);
    if (probe.error !== null) throw generationError(url, api, probe.error, models);
    const { returnsTokenIds, returnsUsage } = probe;
    const maxModelLen = lengthOf(model, models);
    return { url, server, model, maxModelLen, returnsTokenIds, returnsUsage, configuration };
  } finally {
    await client.close();
  }
}

/**
 * Finds out what an endpoint can do. APIs that do not work are part of the report; an endpoint that cannot be
 * reached, or refuses us, or lacks the model is an EndpointError as in `checkEndpoint`.
 */
export async function probeEndpoint(
  url: string,
  options: EndpointAccess & { model?: string | null } = {},
): Promise<ProbeReport> {
  const access = resolveAccess(options);
  const client = new EndpointClient(url, access);
  try {
    const { models, server } = await introduce(url, client);
    const model = chooseModel(url, models, options.model ?? null);
    const [health, metrics] = await Promise.all([client.get("/health"), client.get("/metrics")]);
    // One after the other: each latency is that of a server which does nothing else for us.
    const completions = await probeGeneration(
      { url, api: "completions", model, maxTokens: probeTokens },
      access,
    );
    const chat = await probeGeneration({ url, api: "chat", model, maxTokens: probeTokens }, access);
    const healthy = health.status === 200;
    return { url, server, models, model, healthy, metrics: metricNames(metrics), completions, chat };
  } finally {
    await client.close();
  }
}

async function introduce(
  url: string,
  client: EndpointClient,
): Promise<{ models: ServedModel[]; server: ServerIdentity; listed: GetAnswer }> {
  const [listed, version] = await Promise.all([client.get("/v1/models"), client.get("/version")]);
  const models = readServedModels(url, listed);
  return { models, server: await identifyServer(client, models, version), listed };
}

function lengthOf(model: string, models: readonly ServedModel[]): number | null {
  return models.find(({ id, aliases }) => id === model || aliases.includes(model))?.maxModelLen ?? null;
}

function generationError(
  url: string,
  api: TransportPlan["api"],
  { code, message }: { code: string; message: string },
  models: readonly ServedModel[],
): EndpointError {
  const status = Number(/^HTTP_(\d+)$/.exec(code)?.[1] ?? Number.NaN);
  if (status === 401 || status === 403) return refusedByStatus(url, status, message);
  if (status === 404 && /model/i.test(message)) {
    const names = models.map(({ id }) => id).join(", ");
    return new EndpointError("MODEL_NOT_FOUND", `${url} does not serve the model: ${message}`, {
      hint: names === "" ? "Name the model as the server knows it with --model." : `It serves ${names}.`,
    });
  }
  if (status === 404 || status === 405) {
    const other = api === "chat" ? "completions" : "chat";
    return new EndpointError("API_MISSING", `${url} has no ${api} API.`, { hint: `Try --api ${other}.` });
  }
  if (code.startsWith("TIMEOUT_")) {
    return new EndpointError("ENDPOINT_TIMEOUT", `A tiny request to ${url} had ${message}.`, {
      hint: "Check that the server is up and not overloaded, or allow more time.",
    });
  }
  return new EndpointError(
    "GENERATION_FAILED",
    `A tiny ${api} request to ${url} failed (${code}): ${message}`,
    {
      hint: "flexbench probe tells what the endpoint can do.",
    },
  );
}

function metricNames({ status, body }: GetAnswer): string[] {
  if (status !== 200) return [];
  const names = body.split("\n").map((line) => /^[a-zA-Z_:][\w:]*(?=[{ ])/.exec(line)?.[0] ?? "");
  return [...new Set(names)].filter((name) => name !== "");
}
