import type { LatencyLimits } from "../../../model/define-model.ts";
import type { RunRecord } from "../../../results/record.ts";
import type { RunAddress } from "../board-settings.ts";
import { readJson } from "../read-json.ts";
import { capitalised } from "../wording.ts";

/** A run of one's own, or why its record cannot be read. */
export interface OwnRun {
  address: RunAddress;
  record: RunRecord | null;
  failure: string | null;
}

/** Reads the record of a run. */
export async function readOwnRun(address: RunAddress): Promise<OwnRun> {
  try {
    const record = (await readJson(address.record)) as RunRecord;
    if (record?.schema !== "flexbench.run/1") throw new Error(`${address.record} is no flexbench.run/1.`);
    return { address, record, failure: null };
  } catch (cause) {
    return { address, record: null, failure: cause instanceof Error ? cause.message : String(cause) };
  }
}

/** The scenario of a run as MLPerf's results spell it: `server` is Server, `single-stream` SingleStream. */
export function scenarioOfRun({ submission, config }: RunRecord): string {
  if (submission !== null) return submission.scenario;
  return String(config.scenario ?? "")
    .split("-")
    .map(capitalised)
    .join("");
}

/** Limits that LoadGen judged the run by, as its log has them; null outside Server. */
export function limitsOfRun({ loadgen }: RunRecord): LatencyLimits | null {
  const { requested_server_ttft_latency: ttftNs, requested_server_tpot_latency: tpotNs } =
    loadgen?.summary ?? {};
  if (loadgen?.scenario !== "Server" || typeof ttftNs !== "number" || typeof tpotNs !== "number") return null;
  return { ttftNs, tpotNs };
}

/** What a run is called in charts. */
export function runLabel({ id, simulated, model }: RunRecord): string {
  return `${id} (${model.name}${simulated ? ", simulated" : ""})`;
}
