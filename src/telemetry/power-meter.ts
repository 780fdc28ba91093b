import { hostname, networkInterfaces } from "node:os";
import { startPowerCommand } from "./power-command.ts";
import { type PowerExporter, startPowerExporter } from "./power-exporter.ts";
import { startNvidiaSmi } from "./power-nvidia.ts";
import { powercapFolder, startRapl } from "./power-rapl.ts";
import type { PowerFollower, PowerSeries, PowerSource, StartedPower } from "./power-source.ts";

/** Where a system's power is read from. */
export interface PowerMeterOptions {
  /** With one of these or a command the meters of this machine are left alone. */
  exporters: readonly PowerExporter[];
  /** Prints the power of the whole system. */
  command: string | null;
  /** Finds the watts in what the command prints. */
  pattern: string | null;
  /** The servers run on this machine, so that its own meters are theirs. */
  serversAreHere: boolean;
  /** @default "/sys/class/powercap" */
  powercap?: string;
}

/** Meters that are being read. */
export interface PowerMeter {
  /** Why sources that were tried are not read. */
  why: string[];
  /** Tells every reading so far, and from now on each as it comes in. */
  follow(follower: PowerFollower): void;
  /** Ends the reading, after one more where `lastReading` is true, and gives what was read. */
  stop(lastReading: boolean): Promise<PowerSeries[]>;
}

/**
 * Starts every source that was named, or else those of this machine: `nvidia-smi` and RAPL. Resolves with the reasons where
 * there is none, or where one that was named cannot be read.
 */
export async function startPowerMeter(options: PowerMeterOptions): Promise<PowerMeter | { why: string }> {
  const { exporters, command, pattern, serversAreHere, powercap = powercapFolder } = options;
  const isNamed = exporters.length > 0 || command !== null;
  if (!isNamed && !serversAreHere) {
    return {
      why: "The server runs on another machine; --power-url or --power-command measures its power.",
    };
  }
  const started = await Promise.all<StartedPower>(
    isNamed
      ? [
          ...exporters.map((exporter) => startPowerExporter(exporter)),
          ...(command === null ? [] : [startPowerCommand({ command, pattern })]),
        ]
      : [startNvidiaSmi(), startRapl(powercap)],
  );
  const sources = started.filter((source): source is PowerSource => "stop" in source);
  const why = started.flatMap((source) => ("why" in source ? [source.why] : []));
  const stop = async (lastReading: boolean) =>
    (await Promise.all(sources.map((source) => source.stop(lastReading)))).flat();
  const follow = (follower: PowerFollower) => {
    for (const source of sources) source.follow(follower);
  };
  if (sources.length > 0 && (!isNamed || why.length === 0)) return { why, follow, stop };
  await stop(false);
  return { why: why.join(" ") };
}

/** Whether all of these URLs lead to this machine. */
export function leadHere(urls: readonly string[]): boolean {
  const own = Object.values(networkInterfaces()).flatMap((addresses) =>
    (addresses ?? []).map(({ address }) => address),
  );
  const names = new Set(["localhost", hostname().toLowerCase(), ...own]);
  return urls.every((url) => names.has(new URL(url).hostname.replace(/^\[|\]$/g, "").toLowerCase()));
}
