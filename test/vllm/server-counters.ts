/** What vLLM has counted since its start. */
export interface ServerCounters {
  outputTokens: number;
  /** Requests that came to a proper end. */
  requests: number;
}

/** Reads the counters of `/metrics`. */
export async function readCounters(url: string): Promise<ServerCounters> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return {
    outputTokens: totalOf(text, "vllm:generation_tokens_total"),
    requests: totalOf(text, "vllm:request_success_total"),
  };
}

/** What was counted between two readings. */
export function countedBetween(before: ServerCounters, after: ServerCounters): ServerCounters {
  return {
    outputTokens: after.outputTokens - before.outputTokens,
    requests: after.requests - before.requests,
  };
}

function totalOf(text: string, metric: string): number {
  const lines = text.split("\n").filter((line) => line.startsWith(`${metric}{`));
  if (lines.length === 0) throw new Error(`the server has no metric ${metric}`);
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" "))), 0);
}
