import type { ArgumentsCamelCase, CommandModule, InferredOptionTypes } from "yargs";
import { readDuration } from "../config/durations.ts";
import { type Problem, UsageError } from "../errors.ts";
import type { EndpointAccess } from "../server/endpoint-client.ts";
import { type ProbeReport, probeEndpoint } from "../server/probe.ts";
import type { GenerationProbe } from "../server/probe-generation.ts";

const flags = {
  model: {
    type: "string",
    requiresArg: true,
    describe: "What the server calls the model; else the only one",
  },
  "api-key": { type: "string", requiresArg: true, describe: "Bearer token; better in FLEXBENCH_API_KEY" },
  header: {
    type: "string",
    array: true,
    nargs: 1,
    default: [] as string[],
    describe: "NAME=VALUE of a header; repeatable",
  },
  "tls-ca": { type: "string", requiresArg: true, describe: "Certificate authority to trust, PEM" },
  "tls-cert": { type: "string", requiresArg: true, describe: "Client certificate, PEM" },
  "tls-key": { type: "string", requiresArg: true, describe: "Client key, PEM" },
  insecure: { type: "boolean", default: false, describe: "Accept any server certificate" },
  timeout: { type: "string", default: "30s", requiresArg: true, describe: "Longest time for one answer" },
  json: { type: "boolean", default: false, describe: "Print the report as JSON" },
} as const;

/** Flags of `flexbench probe`, as yargs gives them. */
export type ProbeFlags = InferredOptionTypes<typeof flags> & { endpoint: string };

/** `flexbench probe URL`: what an endpoint can do. */
export const probeCommand: CommandModule<object, ProbeFlags> = {
  command: "probe <endpoint>",
  describe: "Tell what an endpoint can do",
  builder: (yargs) =>
    yargs
      .positional("endpoint", { type: "string", demandOption: true, describe: "Address of the server" })
      .options(flags),
  handler: async (args) => {
    const report = await probeEndpoint(args.endpoint, { ...accessOf(args), model: args.model ?? null });
    console.log(args.json ? JSON.stringify(report, null, 2) : describeReport(report));
  },
};

/** How to ask, from the flags. Throws a UsageError that names every flag that cannot be read. */
export function accessOf(args: ArgumentsCamelCase<ProbeFlags>): EndpointAccess {
  const problems: Problem[] = [];
  const headers: Record<string, string> = {};
  for (const pair of args.header) {
    const [, name, value] = /^([^=\s]+)=(.*)$/.exec(pair) ?? [];
    if (name === undefined || value === undefined) {
      problems.push({ where: "--header", message: `must be NAME=VALUE, not "${pair}"` });
    } else {
      headers[name.toLowerCase()] = value;
    }
  }
  const timeout = readDuration(args.timeout);
  if ("problem" in timeout) problems.push({ where: "--timeout", message: timeout.problem });
  if (problems.length > 0 || "problem" in timeout) throw new UsageError("PROBE_FLAGS", problems);
  const key = args.apiKey ?? process.env.FLEXBENCH_API_KEY;
  if (key) headers.authorization ??= `Bearer ${key}`;
  const { tlsCa: ca = null, tlsCert: cert = null, tlsKey = null, insecure } = args;
  return { headers, tls: { ca, cert, key: tlsKey, insecure }, timeoutMs: timeout.ns / 1e6 };
}

/** The report in plain lines. */
export function describeReport(report: ProbeReport): string {
  const { server, models } = report;
  const version = server.version === null ? "" : ` ${server.version}`;
  const listed = models.map(
    ({ id, maxModelLen }) => `${id}${maxModelLen === null ? "" : ` (context ${maxModelLen} tokens)`}`,
  );
  const rows: [string, string][] = [
    ["server", `${server.name}${version}${server.simulated ? ", simulated" : ""}`],
    ["models", listed.join(", ") || "none listed"],
    ["asked", report.model],
    ["health", report.healthy ? "ok" : "no"],
    ["metrics", report.metrics.length === 0 ? "none" : `${report.metrics.length} names`],
    ["completions", describeGeneration(report.completions)],
    ["chat", describeGeneration(report.chat)],
  ];
  return rows.map(([name, value]) => `${name.padEnd(12)} ${value}`).join("\n");
}

function describeGeneration(probe: GenerationProbe): string {
  if (probe.error !== null) return `does not work: ${probe.error.code}: ${probe.error.message}`;
  const facts = [
    "works",
    `first token ${milliseconds(probe.firstTokenNs)}, whole answer ${milliseconds(probe.latencyNs)}`,
    probe.returnsUsage ? `usage (${probe.promptTokens} in, ${probe.outputTokens} out)` : "no usage",
    probe.returnsTokenIds ? "token ids" : "no token ids",
    `finish reason ${probe.finishReason}`,
  ];
  return facts.join(" · ");
}

function milliseconds(ns: number | null): string {
  return ns === null ? "unknown" : `${(ns / 1e6).toFixed(1)} ms`;
}
