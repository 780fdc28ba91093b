import { existsSync } from "node:fs";
import { join } from "node:path";
import { readDetailLog } from "./detail-log.ts";

/** When LoadGen's measuring began and ended, ms since 1970. */
export interface PowerWindow {
  beginMs: number;
  endMs: number;
}

/** Reads `power_begin` and `power_end` of the detail log in `folder`; null for a test that did not come to its end. */
export function readPowerWindow(folder: string): PowerWindow | null {
  const path = join(folder, "mlperf_log_detail.txt");
  if (!existsSync(path)) return null;
  let beginMs = Number.NaN;
  let endMs = Number.NaN;
  for (const { key, value } of readDetailLog(path)) {
    if (key === "power_begin") beginMs = utcMs(value);
    else if (key === "power_end") endMs = utcMs(value);
  }
  return endMs > beginMs ? { beginMs, endMs } : null;
}

/** "11-24-2026 16:20:52.393", in UTC. */
function utcMs(value: unknown): number {
  const parts = /^(\d{2})-(\d{2})-(\d{4}) (\d{2}:\d{2}:\d{2}\.\d{3})$/.exec(String(value));
  if (parts === null) return Number.NaN;
  const [, month, day, year, time] = parts;
  return Date.parse(`${year}-${month}-${day}T${time}Z`);
}
