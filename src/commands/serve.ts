import type { ArgumentsCamelCase, Argv, CommandModule, InferredOptionTypes } from "yargs";
import { parseLengthDistribution } from "../dataset/length-distribution.ts";
import { type Problem, UsageError } from "../errors.ts";
import { startLlamacpp } from "../server/llamacpp.ts";
import { knownServers, serverOf } from "../server/server-kinds.ts";
import { type DelayDistribution, readDelay } from "../server/sim-delay.ts";
import { parseFaultRule } from "../server/sim-fault-rules.ts";
import { faults } from "../server/sim-faults.ts";
import type { SimOptions } from "../server/sim-options.ts";
import { spawnSim } from "../server/sim-process.ts";
import { showInstall } from "./install-progress.ts";
import { nameFlags } from "./name-flags.ts";
import { answersFlags, answersOf } from "./serve-answers.ts";
import { engineCommands } from "./serve-engine.ts";
import { serveUntilStopped } from "./serve-until-stopped.ts";

const commonFlags = {
  port: { type: "number", default: 0, requiresArg: true, describe: "Port; 0 takes a free one" },
  json: { type: "boolean", default: false, describe: "Print the server as one line of JSON" },
} as const;

const delayHelp = "TIME, normal:MEAN,DEVIATION or lognormal:MEAN,DEVIATION";

/** Flags of `flexbench serve sim`. */
export const simFlags = {
  ...commonFlags,
  host: { type: "string", default: "127.0.0.1", requiresArg: true, describe: "Address to listen on" },
  model: { type: "string", default: "sim", requiresArg: true, describe: "Name of the model" },
  ttft: { type: "string", default: "20ms", requiresArg: true, describe: `Time to first token: ${delayHelp}` },
  itl: { type: "string", default: "10ms", requiresArg: true, describe: `Time between tokens: ${delayHelp}` },
  "output-tokens": {
    type: "string",
    requiresArg: true,
    describe: "Length of answers: NUMBER, uniform:A-B, normal:MEAN,DEVIATION or lognormal:…; else max_tokens",
  },
  "reasoning-tokens": {
    type: "number",
    default: 0,
    requiresArg: true,
    describe: "First tokens of each answer that are reasoning",
  },
  ...answersFlags,
  "max-concurrency": {
    type: "number",
    default: 256,
    requiresArg: true,
    describe: "Requests that run at once; others queue",
  },
  "ttft-growth": {
    type: "number",
    default: 0,
    requiresArg: true,
    describe: "Growth of TTFT for each further running request, as a share",
  },
  "itl-growth": {
    type: "number",
    default: 0,
    requiresArg: true,
    describe: "Growth of the time between tokens for each further running request, as a share",
  },
  "max-model-len": { type: "number", default: 32768, requiresArg: true, describe: "Context, tokens" },
  "token-ids": { type: "boolean", default: true, describe: "Know return_token_ids" },
  "api-key": { type: "string", requiresArg: true, describe: "Key that requests must bring" },
  "tls-cert": { type: "string", requiresArg: true, describe: "Certificate, PEM file; serves https" },
  "tls-key": { type: "string", requiresArg: true, describe: "Key of the certificate, PEM file" },
  "tls-client-ca": {
    type: "string",
    requiresArg: true,
    describe: "Authority of the certificates that clients must bring, PEM file",
  },
  seed: { type: "number", default: 1, requiresArg: true, describe: "Seed of everything random" },
  fault: {
    type: "string",
    array: true,
    nargs: 1,
    default: [] as string[],
    describe: "NAME or NAME?everyNth=10&PARAMETER=VALUE; repeatable",
  },
} as const;

/** Flags of `flexbench serve llamacpp`. */
export const llamacppFlags = {
  ...commonFlags,
  slots: { type: "number", default: 8, requiresArg: true, describe: "Requests that run at once" },
  "context-length": {
    type: "number",
    default: 1024,
    requiresArg: true,
    describe: "Prompt plus answer of one request, tokens",
  },
  threads: { type: "number", requiresArg: true, describe: "Threads that compute; by default one a core" },
} as const;

/** Flags of `flexbench serve sim`, as yargs gives them. */
export type SimFlags = InferredOptionTypes<typeof simFlags>;
type LlamacppFlags = InferredOptionTypes<typeof llamacppFlags>;

const simCommand: CommandModule<object, SimFlags> = {
  command: "sim",
  describe: "A paced simulator in vLLM's wire format",
  builder: (yargs: Argv) => yargs.options(simFlags).epilogue(`Faults:\n${listFaults()}`),
  handler: async (args) => serveUntilStopped(await spawnSim(simOptionsOf(args)).catch(nameFlags), args.json),
};

const llamacppCommand: CommandModule<object, LlamacppFlags> = {
  command: "llamacpp",
  describe: "llama.cpp's server with a small real model on the CPU",
  builder: (yargs: Argv) => yargs.options(llamacppFlags),
  handler: async ({ port, slots, contextLength, threads, json }) => {
    const onProgress = showInstall(process.stderr);
    const options = { port, slots, contextLength, ...(threads === undefined ? {} : { threads }) };
    const server = await startLlamacpp({ ...options, onProgress }).catch(nameFlags);
    await serveUntilStopped(server, json);
  },
};

/** `flexbench serve SERVER`: prints the address when ready and serves until Ctrl-C or SIGTERM. */
export const serveCommand: CommandModule = {
  command: "serve",
  describe: "Start a server to run against",
  builder: (yargs) => {
    yargs.command(simCommand).command(llamacppCommand);
    for (const command of engineCommands) yargs.command(command);
    // Before yargs calls a server that there is not an unknown argument.
    yargs.middleware(({ _: [, kind] }) => {
      if (kind !== undefined) serverOf(String(kind));
    }, true);
    return yargs.demandCommand(1, `Name the server: ${knownServers.map(({ name }) => name).join(", ")}.`);
  },
  handler: () => {},
};

/** The simulator's options from the flags. Throws a UsageError that names every flag that cannot be read. */
export function simOptionsOf(args: ArgumentsCamelCase<SimFlags>): SimOptions {
  const problems: Problem[] = [];
  const delay = (where: string, text: string): DelayDistribution => {
    const reading = readDelay(text);
    if (!("problem" in reading)) return reading;
    problems.push({ where, message: reading.problem });
    return { shape: "fixed", ms: 0 };
  };
  const ttft = delay("--ttft", args.ttft);
  const itl = delay("--itl", args.itl);
  const lengths = args.outputTokens === undefined ? null : parseLengthDistribution(args.outputTokens);
  if (args.outputTokens !== undefined && lengths === null) {
    const message = `must be like 50, uniform:20-80, normal:50,10 or lognormal:50,30, not "${args.outputTokens}"`;
    problems.push({ where: "--output-tokens", message });
  }
  const answers = answersOf(args, problems);
  if (problems.length > 0) throw new UsageError("SIM_OPTIONS", problems);
  const { host, port, model, maxConcurrency, ttftGrowth, itlGrowth, maxModelLen, tokenIds, seed } = args;
  return {
    ...{ host, port, model, ttft, itl, maxConcurrency, ttftGrowth, itlGrowth, maxModelLen, tokenIds, seed },
    reasoningTokens: args.reasoningTokens,
    outputTokens: lengths,
    answers,
    apiKey: args.apiKey ?? null,
    tlsCert: args.tlsCert ?? null,
    tlsKey: args.tlsKey ?? null,
    tlsClientCa: args.tlsClientCa ?? null,
    faults: args.fault.map(parseFaultRule),
  };
}

function listFaults(): string {
  const width = Math.max(...Object.keys(faults).map((name) => name.length));
  return Object.entries(faults)
    .map(([name, { description, parameters }]) => {
      const given = Object.entries(parameters).map(([parameter, value]) => `${parameter}=${value}`);
      return `  ${name.padEnd(width)}  ${[description, ...given].join(" ")}`;
    })
    .join("\n");
}
