import { join } from "node:path";
import { loadRunConfig } from "#src/config/load-run-config.js";
import { exitCodeOf } from "#src/results/exit-code.js";
import type { RunRecord } from "#src/results/record.js";
import { readRequests } from "#src/results/requests-parquet.js";
import { run } from "#src/run.js";
import type { RunEvent } from "#src/run-events.js";
import type { RunningServer } from "#src/server/running-server.js";
import type { SimOptions } from "#src/server/sim-options.js";
import { spawnSim } from "#src/server/sim-process.js";

/** Output tokens of an answer that no fault changes. */
export const tokensPerAnswer = 8;

/** More requests than the check of the endpoint and the warm-up send. */
export const requestsBeforeTest = 10;

/** A run and what was seen of it. */
export interface FaultyRun {
  record: RunRecord;
  exitCode: number;
  events: RunEvent[];
  /** In the order of issue. */
  requests: { completedNs: number; errorCode: string | null }[];
}

/** Starts a quick simulator and stops it after its use. */
export async function withSim<Value>(
  options: SimOptions,
  use: (sim: RunningServer) => Promise<Value>,
): Promise<Value> {
  const sim = await startQuickSim(options);
  try {
    return await use(sim);
  } finally {
    await sim.stop();
  }
}

/** A simulator that answers within some 25 ms. */
export function startQuickSim(options: SimOptions): Promise<RunningServer> {
  return spawnSim({ ttft: { shape: "fixed", ms: 10 }, itl: { shape: "fixed", ms: 2 }, ...options });
}

/** A whole run in the Server scenario: about 100 requests in a second, unless `flags` say otherwise. */
export async function faultyRun(
  url: string,
  output: string,
  flags: Record<string, unknown> = {},
  watch: (event: RunEvent) => void = () => undefined,
): Promise<FaultyRun> {
  const events: RunEvent[] = [];
  const config = loadRunConfig({
    flags: {
      ...{ endpoint: [url], output, datasetOption: ["size=32"], maxTokens: tokensPerAnswer },
      ...{ targetQps: 100, duration: "1s", minQueries: 100, percentile: 90 },
      ...flags,
    },
  });
  const onEvent = (event: RunEvent) => {
    events.push(event);
    watch(event);
  };
  const record = await run(config, { listener: { onEvent } });
  return { record, exitCode: exitCodeOf(record), events, requests: await requestsOf(output) };
}

/** Kills the server without a goodbye once 30 requests are answered; `killed` resolves then. */
export function killEarly(sim: RunningServer): { watch: (event: RunEvent) => void; killed: Promise<void> } {
  let isAlive = true;
  let tell: () => void = () => undefined;
  const killed = new Promise<void>((resolve) => {
    tell = resolve;
  });
  const watch = (event: RunEvent) => {
    if (!isAlive || event.kind !== "snapshot" || event.snapshot.completed < 30 || sim.pid === null) return;
    isAlive = false;
    process.kill(sim.pid, "SIGKILL");
    tell();
  };
  return { watch, killed };
}

/** Starts another simulator on the port of one that was killed. */
export function restart(killed: RunningServer, options: SimOptions = {}): Promise<RunningServer> {
  return startQuickSim({ ...options, port: Number(new URL(killed.url).port) });
}

async function requestsOf(output: string): Promise<FaultyRun["requests"]> {
  const { columns, errors, length } = await readRequests(join(output, "requests.parquet"));
  return Array.from({ length }, (_, row) => row)
    .sort((a, b) => Number(columns.issuedNs[a]) - Number(columns.issuedNs[b]))
    .map((row) => ({
      completedNs: Number(columns.completedNs[row]),
      errorCode: errors[Number(columns.error[row])]?.code ?? null,
    }));
}
