import type { LengthDistribution } from "../dataset/length-distribution.ts";
import { type Problem, UsageError } from "../errors.ts";
import type { AnswersSource } from "./sim-answers.ts";
import type { LoadCurve } from "./sim-capacity.ts";
import { type DelayDistribution, delayProblem, meanDelayMs } from "./sim-delay.ts";
import { type FaultRule, faultRuleProblems } from "./sim-fault-rules.ts";

/** The simulator's behaviour; plain data. */
export interface SimOptions {
  /** @default "127.0.0.1" */
  host?: string;
  /** 0 takes a free one. @default 0 */
  port?: number;
  /** Name under which the model is served. @default "sim" */
  model?: string;
  /** Time from admission to the first token of the unloaded server. @default 20 ms */
  ttft?: DelayDistribution;
  /** Time between tokens of the unloaded server, drawn anew for each gap. @default 10 ms */
  itl?: DelayDistribution;
  /** Length of answers in tokens, up to the request's max_tokens; null: always max_tokens. @default null */
  outputTokens?: LengthDistribution | null;
  /** First tokens of an answer that are reasoning: of a field of their own in chats, between marks in completions. @default 0 */
  reasoningTokens?: number;
  /** Answers to give to known prompts; null, and for any other prompt: they are made up. @default null */
  answers?: AnswersSource | null;
  /** Requests that run at once; others queue. @default 256 */
  maxConcurrency?: number;
  /** Growth of TTFT for each further running request, see sim-capacity.ts. @default 0 */
  ttftGrowth?: number;
  /** Growth of ITL for each further running request, see sim-capacity.ts. @default 0 */
  itlGrowth?: number;
  /** Longest prompt plus answer, tokens. @default 32768 */
  maxModelLen?: number;
  /** Token ids are 0 ≤ id < vocabularySize. @default 32000 */
  vocabularySize?: number;
  /** Whether `return_token_ids` is known, as in vLLM; false: it is ignored, as in llama.cpp. @default true */
  tokenIds?: boolean;
  /** Key that requests must bring as a bearer token; null: none. @default null */
  apiKey?: string | null;
  /** Certificate and key, PEM files: with both, the server speaks https. @default null */
  tlsCert?: string | null;
  tlsKey?: string | null;
  /** Authority of the certificates that clients must bring, PEM file; null: they need none. @default null */
  tlsClientCa?: string | null;
  /** An idle connection is closed after so long, ms. @default 5000, as vLLM */
  keepAliveMs?: number;
  /** Seed of delays, lengths, faults and wrong answers. @default 1 */
  seed?: number;
  /** What goes wrong, see sim-faults.ts. @default none */
  faults?: readonly FaultRule[];
}

/** Options with every default filled in. */
export type ResolvedSimOptions = Required<SimOptions>;

const defaults: ResolvedSimOptions = {
  host: "127.0.0.1",
  port: 0,
  model: "sim",
  ttft: { shape: "fixed", ms: 20 },
  itl: { shape: "fixed", ms: 10 },
  outputTokens: null,
  reasoningTokens: 0,
  answers: null,
  maxConcurrency: 256,
  ttftGrowth: 0,
  itlGrowth: 0,
  maxModelLen: 32768,
  vocabularySize: 32000,
  tokenIds: true,
  apiKey: null,
  tlsCert: null,
  tlsKey: null,
  tlsClientCa: null,
  keepAliveMs: 5000,
  seed: 1,
  faults: [],
};

/** Fills in the defaults. Throws a UsageError that names every bad value. */
export function resolveSimOptions(options: SimOptions): ResolvedSimOptions {
  const resolved = { ...defaults, ...options };
  const problems: Problem[] = [];
  const check = (where: string, good: boolean, message: string) => {
    if (!good) problems.push({ where, message });
  };
  const isWhole = (value: number, least: number, most = Number.MAX_SAFE_INTEGER) =>
    Number.isSafeInteger(value) && value >= least && value <= most;
  check("host", resolved.host !== "", "must not be empty");
  check("port", isWhole(resolved.port, 0, 65535), "must be 0 (a free one) to 65535");
  check("model", resolved.model !== "", "must not be empty");
  for (const where of ["ttft", "itl"] as const) {
    const problem = delayProblem(resolved[where]);
    if (problem !== null) problems.push({ where, message: problem });
  }
  for (const where of ["ttftGrowth", "itlGrowth", "keepAliveMs"] as const) {
    check(where, Number.isFinite(resolved[where]) && resolved[where] >= 0, "must be 0 or more");
  }
  check("maxConcurrency", isWhole(resolved.maxConcurrency, 1), "must be a whole number of at least 1");
  check("maxModelLen", isWhole(resolved.maxModelLen, 2), "must be a whole number of at least 2");
  check("reasoningTokens", isWhole(resolved.reasoningTokens, 0), "must be a whole number of at least 0");
  if (resolved.answers !== null) {
    const { dataset, errorRate = 0 } = resolved.answers;
    check("answers", dataset !== "", "must name a dataset");
    check("answers.errorRate", errorRate >= 0 && errorRate <= 1, "must be 0 to 1");
    check("reasoningTokens", resolved.reasoningTokens === 0, "must be 0 beside answers: they are whole");
  }
  check("vocabularySize", isWhole(resolved.vocabularySize, 16), "must be a whole number of at least 16");
  check("seed", Number.isSafeInteger(resolved.seed), "must be a whole number");
  check("apiKey", resolved.apiKey !== "", "must not be empty");
  const { tlsCert, tlsKey, tlsClientCa } = resolved;
  check("tlsCert", tlsCert !== null || (tlsKey === null && tlsClientCa === null), "is needed for https");
  check("tlsKey", tlsKey !== null || tlsCert === null, "is needed beside tlsCert");
  problems.push(...resolved.faults.flatMap(faultRuleProblems));
  if (problems.length > 0) throw new UsageError("SIM_OPTIONS", problems);
  return resolved;
}

/** The load curve that the options describe. */
export function loadCurveOf(options: ResolvedSimOptions): LoadCurve {
  return {
    ttftMs: meanDelayMs(options.ttft),
    itlMs: meanDelayMs(options.itl),
    maxConcurrency: options.maxConcurrency,
    ttftGrowth: options.ttftGrowth,
    itlGrowth: options.itlGrowth,
  };
}
