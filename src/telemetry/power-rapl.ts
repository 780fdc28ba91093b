import { readdirSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { monotonicNowMs, startPolling } from "./polling.ts";
import { PowerLog, type StartedPower } from "./power-source.ts";

/** Where Linux shows the energy counters of Intel's and AMD's processors. */
export const powercapFolder = "/sys/class/powercap";

const readingMs = 500;

/** One domain of RAPL; `counted` is the energy so far, beyond the counter's range. */
interface RaplZone {
  name: string;
  energyFile: string;
  rangeMicrojoules: number;
  lastMicrojoules: number;
  countedMicrojoules: number;
}

/**
 * Reads the energy of the processor packages and, where it is apart from them, of their memory. Cores and uncore are part of
 * a package, and `psys` holds all of them, so that these are not read.
 */
export async function startRapl(folder = powercapFolder, intervalMs = readingMs): Promise<StartedPower> {
  const found = findZones(folder);
  if ("why" in found) return found;
  const { zones } = found;
  const log = new PowerLog();
  const keep = (zone: RaplZone, timeMs: number) =>
    log.add({ name: zone.name, scope: "processors", unit: "joules" }, timeMs, zone.countedMicrojoules / 1e6);
  for (const zone of zones) keep(zone, monotonicNowMs());
  const read = async (): Promise<void> => {
    for (const zone of zones) {
      try {
        const timeMs = monotonicNowMs();
        count(zone, Number(await readFile(zone.energyFile, "utf8")));
        keep(zone, timeMs);
      } catch {
        // A missing reading is a gap of the series, which is judged where the energy is computed.
      }
    }
  };
  const polling = startPolling(intervalMs, read);
  return {
    follow: (follower) => log.follow(follower),
    stop: async (lastReading) => {
      await polling.stop();
      if (lastReading) await read();
      return log.series();
    },
  };
}

/** The counter starts again at zero when it has reached its range. */
function count(zone: RaplZone, microjoules: number): void {
  const passed = microjoules - zone.lastMicrojoules;
  zone.countedMicrojoules += passed < 0 ? passed + zone.rangeMicrojoules : passed;
  zone.lastMicrojoules = microjoules;
}

function findZones(folder: string): { zones: RaplZone[] } | { why: string } {
  let entries: string[];
  try {
    // Not intel-rapl-mmio, which shows the same packages once more.
    entries = readdirSync(folder).filter((entry) => /^intel-rapl:\d+(:\d+)?$/.test(entry));
  } catch {
    return { why: `This machine shows no energy counters (${folder} cannot be read).` };
  }
  const zones: RaplZone[] = [];
  for (const entry of entries.sort()) {
    const zone = join(folder, entry);
    try {
      const name = readFileSync(join(zone, "name"), "utf8").trim();
      if (!/^package|^dram$/.test(name)) continue;
      const energyFile = join(zone, "energy_uj");
      const microjoules = Number(readFileSync(energyFile, "utf8"));
      const rangeMicrojoules = Number(readFileSync(join(zone, "max_energy_range_uj"), "utf8"));
      const [, packageIndex] = entry.split(":");
      zones.push({
        name: name === "dram" ? `RAPL package-${packageIndex} dram` : `RAPL ${name}`,
        energyFile,
        rangeMicrojoules,
        lastMicrojoules: microjoules,
        countedMicrojoules: 0,
      });
    } catch (error) {
      return { why: unreadable(zone, error) };
    }
  }
  return zones.length === 0 ? { why: `This machine shows no energy counters in ${folder}.` } : { zones };
}

function unreadable(zone: string, error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : null;
  if (code === "EACCES" || code === "EPERM") {
    return `The energy counters may be read by root alone; as root, \`chmod -R a+r ${zone}/\` allows it to all until the next start.`;
  }
  return `The energy counter ${zone} cannot be read (${String(code ?? error)}).`;
}
