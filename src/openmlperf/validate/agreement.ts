import type { Row } from "../row.ts";
import { figureAgrees } from "../sources/joined-logs.ts";
import { error, type RowFinding, warning } from "./finding.ts";

/** Greatest difference, as a share, of a column from what it follows from. */
const greatestRounding = 1e-6;

/** Works out again what follows from other columns of the row; a difference is an error. */
export function findingsOfDerived(row: Row): RowFinding[] {
  const { result_value: value, result_unit: unit, tokens_per_second: tokens, power_w: watts } = row;
  const { accelerators_total: total, params_total_b: billions, bytes_per_parameter: bytes } = row;
  // A run of one's own measured its energy; its mean power is another figure.
  const perJoule = row.origin === "official" ? ratio(tokens, watts) : null;
  const isRate = unit === "samples/s" || unit === "queries/s";
  const derived: [keyof Row, number | null, string][] = [
    ["tokens_per_second", unit === "tokens/s" ? value : null, "the result"],
    ["samples_per_second", isRate ? value : null, "the result"],
    ["tokens_per_second_per_accelerator", ratio(tokens, total), "tokens_per_second / accelerators_total"],
    ["tokens_per_joule", perJoule, "tokens_per_second / power_w"],
    ["weights_gb", product(billions, bytes), "params_total_b × bytes_per_parameter"],
    [
      "roofline_share",
      ratio(tokens, row.roofline_tokens_per_second),
      "tokens_per_second / roofline_tokens_per_second",
    ],
  ];
  return derived.flatMap(([name, expected, from]) => {
    const stated = row[name] ?? null;
    const isOpen = stated === null && from !== "the result";
    if (expected === null || isOpen || isClose(Number(stated), expected)) return [];
    return [error("derived", `${name} is ${stated ?? "empty"}, yet ${from} is ${expected}`)];
  });
}

/** Compares the row with what it holds of its raw log. */
export function findingsOfLog(row: Row): RowFinding[] {
  const { result_value: value, result_unit: unit, log_tokens_per_second: logged } = row;
  const found: RowFinding[] = [];
  const differs = error("log", `the published ${value} ${unit} is not in the log`);
  if (row.log_valid === false) found.push(error("log", "the raw log says INVALID"));
  if (row.log_agrees === false) found.push(differs);
  else if (unit === "tokens/s" && logged !== null && !figureAgrees(value, [logged], null))
    found.push(error("log", `the published ${value} ${unit} is not the ${logged} tokens/s of the log`));
  else if (unit === "ms" && row.log_agrees === true && !figureAgrees(value, [], row.latency_p90_ns))
    found.push(differs);
  return found;
}

/** Whether nodes, accelerators of a node and all accelerators are of one system. */
export function findingsOfCounts(row: Row): RowFinding[] {
  const { nodes, accelerators_per_node: perNode, accelerators_total: total, accelerator_mix: mix } = row;
  if (nodes === null || perNode === null || total === null || Math.round(nodes * perNode) === total)
    return [];
  const message = `${nodes} nodes of ${perNode} are not ${total} accelerators`;
  // Nodes of a mixed system need not be alike, but its kinds must add up.
  if (mix === null) return [error("count", message)];
  const counted = countOfMix(mix);
  return counted === null || counted === total
    ? []
    : [error("count", `${message}, nor are the ${counted} of the mix`)];
}

/** What is physically or by the rules of MLPerf out of order; a person must look at it. */
export function findingsOfPhysics(row: Row): RowFinding[] {
  const found: RowFinding[] = [];
  for (const kind of ["latency", "ttft", "tpot"] as const) {
    const points = (["min", "p50", "p90", "p95", "p97", "p99", "p999", "max"] as const).map(
      (point) => row[`${kind}_${point}_ns`],
    );
    const known = points.filter((point) => point !== null && point !== undefined);
    if (known.some((point, index) => index > 0 && point < (known[index - 1] ?? 0)))
      found.push(warning("order", `percentiles of ${kind} do not rise: ${known.join(", ")} ns`));
  }
  if (row.log_valid === true && row.division === "closed")
    for (const kind of ["ttft", "tpot"] as const) {
      const [reached, limit] = [row[`${kind}_p99_ns`], row[`${kind}_limit_ns`]];
      if (isAbove(reached, limit))
        found.push(
          warning("limit", `${kind.toUpperCase()} p99 of ${reached} ns is above the limit of ${limit} ns`),
        );
    }
  const { accelerator_memory_gb: memory, accelerators_total: total, weights_gb: weights } = row;
  if (row.is_cpu_only === false && isAbove(weights, product(memory, total)))
    found.push(warning("memory", `weights of ${weights} GB do not fit into ${total} times ${memory} GB`));
  if (isAbove(row.params_active_b, row.params_total_b))
    found.push(
      error("model", `${row.params_active_b} billion active parameters are more than ${row.params_total_b}`),
    );
  if (isAbove(row.tokens_per_second, row.roofline_tokens_per_second))
    found.push(warning("roofline", `${row.tokens_per_second} tokens/s are beyond the bound of the hardware`));
  return found;
}

/** Accelerators of a mix as the rules write it; null where it is written otherwise. */
function countOfMix(mix: string): number | null {
  try {
    const parts: unknown = JSON.parse(mix);
    if (!Array.isArray(parts)) return null;
    return parts.reduce((sum: number, part: { count?: unknown }) => sum + Number(part.count), 0);
  } catch {
    return null;
  }
}

function ratio(value: number | null, divisor: number | null): number | null {
  return value === null || divisor === null || divisor === 0 ? null : value / divisor;
}

function product(value: number | null, factor: number | null): number | null {
  return value === null || factor === null ? null : value * factor;
}

function isClose(value: number, expected: number): boolean {
  return Math.abs(value - expected) <= greatestRounding * Math.max(Math.abs(value), Math.abs(expected));
}

function isAbove(value: number | null, limit: number | null): boolean {
  return value !== null && limit !== null && value > limit;
}
