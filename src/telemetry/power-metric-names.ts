import type { PowerSeries } from "./power-source.ts";
import { type PrometheusSample, parsePrometheusText } from "./prometheus-text.ts";

/** How an exporter names a meter. */
interface PowerMetric {
  exporter: string;
  /** Of several names the first that is there counts. */
  names: readonly string[];
  /** Labels that tell one device from another. */
  deviceLabels: readonly string[];
  scope: PowerSeries["scope"];
  unit: PowerSeries["unit"];
}

/** From the documentation of each exporter; all give watts or joules. */
const powerMetrics: readonly PowerMetric[] = [
  {
    exporter: "DCGM",
    names: ["DCGM_FI_DEV_POWER_USAGE"],
    deviceLabels: ["Hostname", "gpu", "UUID"],
    scope: "accelerators",
    unit: "watts",
  },
  {
    exporter: "AMD",
    names: [
      "gpu_package_power",
      "amd_gpu_package_power",
      "gpu_average_package_power",
      "amd_gpu_average_package_power",
    ],
    deviceLabels: ["hostname", "gpu_id", "gpu_partition_id"],
    scope: "accelerators",
    unit: "watts",
  },
  {
    exporter: "RAPL package",
    names: ["node_rapl_package_joules_total"],
    deviceLabels: ["index", "path"],
    scope: "processors",
    unit: "joules",
  },
  {
    exporter: "RAPL dram",
    names: ["node_rapl_dram_joules_total"],
    deviceLabels: ["index", "path"],
    scope: "processors",
    unit: "joules",
  },
  {
    exporter: "IPMI",
    names: ["ipmi_dcmi_power_consumption_watts"],
    deviceLabels: [],
    scope: "system",
    unit: "watts",
  },
];

const knownNames = new Set(powerMetrics.flatMap(({ names }) => names));

/** Names that are understood, for messages. */
export const knownPowerMetrics = powerMetrics.flatMap(({ names }) => names.slice(0, 1));

/** One device's reading in an exporter's text. */
export interface ExportedPower extends Pick<PowerSeries, "scope" | "unit"> {
  /** E.g. `DCGM gpu=0 UUID=GPU-1`. */
  device: string;
  value: number;
}

/** Every power meter in a text of Prometheus' format. */
export function readExportedPower(text: string): ExportedPower[] {
  const samples = parsePrometheusText(text, (name) => knownNames.has(name));
  return powerMetrics.flatMap((metric) => {
    const name = metric.names.find((candidate) => samples.some((sample) => sample.name === candidate));
    return devicesOf(
      metric,
      samples.filter((sample) => sample.name === name && Number.isFinite(sample.value)),
    );
  });
}

/** A device that stands there several times, once for each of its instances or pods, is one device. */
function devicesOf(
  { exporter, deviceLabels, scope, unit }: PowerMetric,
  samples: readonly PrometheusSample[],
): ExportedPower[] {
  const devices = new Map<string, ExportedPower>();
  for (const { labels, value } of samples) {
    const named = deviceLabels.filter((label) => (labels[label] ?? "") !== "");
    const device = [exporter, ...named.map((label) => `${label}=${labels[label]}`)].join(" ");
    const known = devices.get(device)?.value ?? Number.NEGATIVE_INFINITY;
    devices.set(device, { device, scope, unit, value: Math.max(known, value) });
  }
  return [...devices.values()];
}
