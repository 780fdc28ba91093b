import { randomInt } from "node:crypto";
import { randomText } from "../dataset/random-text.ts";
import { EndpointClient, type ResolvedAccess } from "../server/endpoint-client.ts";
import { type GenerationQuestion, probeGeneration } from "../server/probe-generation.ts";
import { readServerMetrics } from "../telemetry/server-metric-names.ts";

/** Whether a server keeps what it computed of a prompt for the next one, and what tells so. */
export interface PrefixCaching {
  state: "on" | "off" | "maybe" | "unknown";
  /** One sentence. */
  why: string;
}

/** Long enough for several blocks of any server's cache, and for its effect on the first token. */
const promptWords = 400;
/** A prompt is repeated whole: a server without a cache takes as long again. */
const repeatedShare = 0.5;
/** Differences of faster first tokens are noise. */
const leastTtftNs = 20e6;
/** A server may count a little after it has answered. */
const settleMs = 300;

/** Keys of what servers say of their configuration, and the value that means a cache. */
const configurationSigns = [
  { path: ["cache", "enable_prefix_caching"], on: "True", off: "False" },
  { path: ["disable_radix_cache"], on: "false", off: "true" },
] as const;

/**
 * Finds out whether an endpoint caches prefixes: it is sent two long prompts that nobody has sent before, each twice.
 * The server's own counter of hits decides, else its configuration; else the time to the first token can only raise a
 * suspicion. A server that cannot answer the probe is `unknown`.
 */
export async function probePrefixCaching(
  question: Omit<GenerationQuestion, "maxTokens" | "prompt">,
  access: ResolvedAccess,
  {
    configuration,
    maxModelLength,
  }: { configuration: Readonly<Record<string, unknown>> | null; maxModelLength: number | null },
): Promise<PrefixCaching> {
  const client = new EndpointClient(question.url, access);
  try {
    const before = await prefixHits(client);
    const words = Math.min(promptWords, Math.floor((maxModelLength ?? Number.POSITIVE_INFINITY) / 8));
    const pairs = [await askTwice(question, access, words), await askTwice(question, access, words)];
    if (before !== null) await new Promise((resolve) => setTimeout(resolve, settleMs));
    const after = await prefixHits(client);
    if (before !== null && after !== null) return byCounter(after - before);
    return byConfiguration(configuration) ?? byTime(pairs);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return byConfiguration(configuration) ?? { state: "unknown", why: `The probe failed: ${reason}` };
  } finally {
    await client.close();
  }
}

async function prefixHits(client: EndpointClient): Promise<number | null> {
  const { status, body } = await client.get("/metrics");
  const hits = status === 200 ? readServerMetrics(body)?.values.prefixCacheHits : undefined;
  return hits === undefined || Number.isNaN(hits) ? null : hits;
}

type FirstTokens = readonly [number | null, number | null];

async function askTwice(
  question: Omit<GenerationQuestion, "maxTokens" | "prompt">,
  access: ResolvedAccess,
  length: number,
): Promise<FirstTokens> {
  const prompt = randomText({ seed: randomInt(2 ** 31), index: randomInt(2 ** 31), length, tokenizer: null });
  const ask = async () => (await probeGeneration({ ...question, prompt, maxTokens: 2 }, access)).firstTokenNs;
  return [await ask(), await ask()];
}

function byCounter(hits: number): PrefixCaching {
  return hits > 0
    ? {
        state: "on",
        why: `Its counter of prefix cache hits rose by ${hits} when two prompts were sent twice.`,
      }
    : { state: "off", why: "Its counter of prefix cache hits stood still when two prompts were sent twice." };
}

function byConfiguration(configuration: Readonly<Record<string, unknown>> | null): PrefixCaching | null {
  for (const { path, on, off } of configurationSigns) {
    const said = valueAt(configuration, path);
    if (said !== on && said !== off) continue;
    return { state: said === on ? "on" : "off", why: `Its configuration says ${path.at(-1)}: ${said}.` };
  }
  return null;
}

function valueAt(value: unknown, path: readonly string[]): string | null {
  let inner = value;
  for (const key of path) {
    if (typeof inner !== "object" || inner === null) return null;
    inner = (inner as Record<string, unknown>)[key];
  }
  return inner === undefined ? null : String(inner);
}

function byTime(pairs: readonly FirstTokens[]): PrefixCaching {
  const known = pairs.filter((pair): pair is readonly [number, number] => pair.every((ns) => ns !== null));
  if (known.length < pairs.length) return { state: "unknown", why: "It did not answer the probe." };
  const text = known
    .map((pair) => pair.map((ns) => `${Math.round(ns / 1e6)} ms`).join(" and "))
    .join(", then ");
  const isFaster = known.every(([first, second]) => first > leastTtftNs && second < repeatedShare * first);
  return isFaster
    ? { state: "maybe", why: `The same prompt had its first token in ${text}.` }
    : { state: "off", why: `A repeated prompt is not faster: first tokens in ${text}.` };
}
