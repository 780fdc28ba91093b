import { describeColumn, type Value } from "./data/table.ts";

/** Names of columns whose words are not those of their name. */
const labels: Readonly<Record<string, string>> = {
  tokens_per_second: "output tokens/s, whole system",
  tokens_per_second_per_accelerator: "output tokens/s per accelerator",
  samples_per_second: "samples/s",
  tokens_per_joule: "tokens/J",
  accelerators_total: "accelerators in total",
  benchmark_family: "model of the benchmark",
  params_total_b: "parameters",
  params_active_b: "active parameters",
  is_moe: "mixture of experts",
  is_cpu_only: "CPU only",
  roofline_tokens_per_second: "roofline",
  roofline_share: "share of roofline",
  result_value: "published result",
};

const acronyms: Readonly<Record<string, string>> = {
  ttft: "TTFT",
  tpot: "TPOT",
  id: "ID",
  cpu: "CPU",
  cpus: "CPUs",
  kv: "KV",
  tdp: "TDP",
  url: "URL",
  cuda: "CUDA",
  rocm: "ROCm",
  qps: "QPS",
  tensorrt: "TensorRT",
  pytorch: "PyTorch",
  vllm: "vLLM",
  sglang: "SGLang",
};

const unitEndings = new Set(["ns", "ms", "gb", "ghz", "tflops", "tops", "tbps", "gbps", "w", "b"]);

/** A unit as it is shown, and by what a value is multiplied for it. Times of ns are shown in ms. */
export function shownUnit(name: string): { unit: string | null; factor: number } {
  const { unit } = describeColumn(name);
  if (unit === "ns") return { unit: "ms", factor: 1e-6 };
  return { unit: unit === "10^9" ? "billions" : unit, factor: 1 };
}

/** A column's name in words, without its unit. */
export function columnLabel(name: string): string {
  const known = labels[name];
  if (known !== undefined) return known;
  const words = name.split("_");
  if (unitEndings.has(words.at(-1) ?? "") && words.length > 1) words.pop();
  return words.map((word) => acronyms[word] ?? word).join(" ");
}

/** A column's name in words with its unit. */
export function columnTitle(name: string): string {
  const { unit } = shownUnit(name);
  const label = columnLabel(name);
  return unit === null || label.includes(unit) ? label : `${label} (${unit})`;
}

/** Words for the origin of runs of one's own. */
const ownRun = "flexbench, not verified by MLCommons";

/** Words for what is not known. */
export const unknownWord = "(not known)";

/** A value as text: numbers with about four digits that count, times in ms. */
export function valueText(value: Value, name: string): string {
  if (value === null) return unknownWord;
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (name === "origin" && value === "flexbench") return ownRun;
  if (typeof value === "string") return value;
  if (name === "accelerator_year") return String(value);
  return numberText(value * shownUnit(name).factor);
}

/** A number with about four digits that count. */
export function numberText(value: number): string {
  const magnitude = Math.abs(value);
  if (Number.isInteger(value) || magnitude >= 1000) return Math.round(value).toLocaleString("en-US");
  if (magnitude !== 0 && magnitude < 0.001) return value.toExponential(2);
  return String(Number(value.toPrecision(4)));
}

/** A number in little room: 1.2M, 20k. */
export function compactText(value: number): string {
  return compact.format(value).replace("K", "k");
}

const compact = new Intl.NumberFormat("en-US", { notation: "compact", maximumSignificantDigits: 3 });

/** A text as a heading begins. */
export function capitalised(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}

/** A number of results in words. */
export function resultCount(count: number): string {
  return count === 1 ? "1 result" : `${numberText(count)} results`;
}
