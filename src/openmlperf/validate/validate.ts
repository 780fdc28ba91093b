import { type ColumnName, columns } from "../columns.ts";
import { columnNames, type Row } from "../row.ts";

/** Something in the dataset that does not hold. */
export interface Finding {
  check: string;
  /** Errors make the dataset unusable; warnings are for a person to look at. */
  severity: "error" | "warning";
  /** id of the row. */
  id: string;
  message: string;
}

const typeOf = { text: "string", whole: "number", number: "number", boolean: "boolean" } as const;

/** Columns that hold words of a list. */
const words: Readonly<Partial<Record<ColumnName, readonly string[]>>> = {
  origin: ["official", "flexbench"],
  division: ["closed", "open", "network"],
  scenario: ["Offline", "Server", "Interactive", "SingleStream", "MultiStream"],
  suite: ["datacenter", "edge", "datacenter,edge", "edge,datacenter"],
};

/** Holds every row against the schema, the ranges, and what must agree within it. */
export function validateDataset(rows: readonly Row[]): Finding[] {
  return [...rows.flatMap(findingsOf), ...doubleNames(rows)];
}

function findingsOf(row: Row): Finding[] {
  const findings: Finding[] = [];
  const find = (check: string, severity: Finding["severity"], message: string): void => {
    findings.push({ check, severity, id: row.id, message });
  };
  for (const name of columnNames) {
    const value = row[name];
    const { type } = columns[name];
    const isRequired = "required" in columns[name];
    if (value === null) {
      if (isRequired) find("required", "error", `${name} is empty`);
      continue;
    }
    if (typeof value !== typeOf[type])
      find("type", "error", `${name} is no ${type}: ${JSON.stringify(value)}`);
    if (typeof value === "number" && (!Number.isFinite(value) || value < 0))
      find("range", "error", `${name} is ${value}`);
    if (type === "whole" && !Number.isInteger(value)) find("type", "error", `${name} is not whole: ${value}`);
    if (words[name]?.includes(String(value)) === false)
      find("words", "error", `${name} is ${JSON.stringify(value)}`);
  }
  for (const [check, message] of disagreements(row)) find(check, "warning", message);
  if (row.log_agrees === false)
    find("log", "error", `the published ${row.result_value} ${row.result_unit} is not in the log`);
  return findings;
}

/** What two columns say differently, each as check and message. */
function disagreements(row: Row): [string, string][] {
  const found: [string, string][] = [];
  const { nodes, accelerators_per_node: perNode, accelerators_total: total, accelerator_mix: mix } = row;
  if (
    nodes !== null &&
    perNode !== null &&
    total !== null &&
    mix === null &&
    Math.round(nodes * perNode) !== total
  )
    found.push(["count", `${nodes} nodes of ${perNode} are not ${total} accelerators`]);
  for (const kind of ["latency", "ttft", "tpot"] as const) {
    const points = (["min", "p50", "p90", "p99", "max"] as const).map((point) => row[`${kind}_${point}_ns`]);
    const known = points.filter((point) => point !== null);
    if (known.some((point, index) => index > 0 && point < (known[index - 1] ?? 0)))
      found.push(["order", `percentiles of ${kind} do not rise: ${known.join(", ")} ns`]);
  }
  if (row.log_valid === true && row.division === "closed") {
    if (isAbove(row.ttft_p99_ns, row.ttft_limit_ns))
      found.push([
        "limit",
        `TTFT p99 of ${row.ttft_p99_ns} ns is above the limit of ${row.ttft_limit_ns} ns`,
      ]);
    if (isAbove(row.tpot_p99_ns, row.tpot_limit_ns))
      found.push([
        "limit",
        `TPOT p99 of ${row.tpot_p99_ns} ns is above the limit of ${row.tpot_limit_ns} ns`,
      ]);
  }
  const { accelerator_memory_gb: memory, weights_gb: weights } = row;
  if (memory !== null && total !== null && row.is_cpu_only === false && isAbove(weights, memory * total))
    found.push(["memory", `weights of ${weights} GB do not fit into ${total} times ${memory} GB`]);
  if (isAbove(row.tokens_per_second, row.roofline_tokens_per_second))
    found.push(["roofline", `${row.tokens_per_second} tokens/s are beyond the bound of the hardware`]);
  return found;
}

function isAbove(value: number | null, limit: number | null): boolean {
  return value !== null && limit !== null && value > limit;
}

function doubleNames(rows: readonly Row[]): Finding[] {
  const seen = new Set<string>();
  const findings: Finding[] = [];
  for (const { id } of rows) {
    if (seen.has(id))
      findings.push({ check: "unique", severity: "error", id, message: "the id stands twice" });
    seen.add(id);
  }
  return findings;
}
