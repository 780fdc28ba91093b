import { Agent, request } from "undici";
import { maskUrl } from "../config/secrets.ts";
import { readTlsFiles } from "../transport/client.ts";
import { connectorFor } from "../transport/connector.ts";
import type { TlsPlan } from "../transport/plan.ts";
import { monotonicNowMs, startPolling } from "./polling.ts";
import { knownPowerMetrics, readExportedPower } from "./power-metric-names.ts";
import { PowerLog, type StartedPower } from "./power-source.ts";

const readingMs = 1000;
const timeoutMs = 5000;

/** A power exporter, and how it is asked. */
export interface PowerExporter {
  /** The whole address of its Prometheus text. */
  url: string;
  headers: Readonly<Record<string, string>>;
  tls: TlsPlan;
}

/**
 * Reads an exporter's Prometheus text, such as DCGM's, AMD's, node_exporter's or ipmi_exporter's. Throws UsageError for
 * an unreadable TLS file.
 */
export async function startPowerExporter(
  { url, headers, tls }: PowerExporter,
  intervalMs = readingMs,
): Promise<StartedPower> {
  const log = new PowerLog();
  const abandon = new AbortController();
  const { host } = new URL(url);
  const agent = new Agent({ connect: connectorFor(readTlsFiles(tls), timeoutMs) });
  const read = async (): Promise<void> => {
    const { statusCode, body } = await request(url, {
      dispatcher: agent,
      headers,
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
      signal: AbortSignal.any([AbortSignal.timeout(timeoutMs), abandon.signal]),
    });
    const text = await body.text();
    if (statusCode !== 200) throw new Error(`it answers ${statusCode}`);
    const timeMs = monotonicNowMs();
    for (const { device, scope, unit, value } of readExportedPower(text))
      log.add({ name: `${device} at ${host}`, scope, unit }, timeMs, value);
  };
  try {
    await read();
  } catch (error) {
    await agent.destroy();
    return { why: `The power exporter ${maskUrl(url)} could not be read: ${reasonOf(error)}.` };
  }
  if (log.series().length === 0) {
    await agent.destroy();
    return { why: `${maskUrl(url)} has none of the power metrics ${knownPowerMetrics.join(", ")}.` };
  }
  // A missing reading is a gap of the series, which is judged where the energy is computed.
  const readIfThere = () => read().catch(() => undefined);
  const polling = startPolling(intervalMs, readIfThere);
  return {
    follow: (follower) => log.follow(follower),
    stop: async (lastReading) => {
      if (!lastReading) abandon.abort();
      await polling.stop();
      if (lastReading) await readIfThere();
      await agent.destroy();
      return log.series();
    },
  };
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return "code" in error && error.message === "" ? String(error.code) : error.message;
}
