import { formatNumber, formatShare } from "./quantities.ts";
import type { CostReport, EnergyReport, RunRecord, ServerMetricsReport } from "./record.ts";

/** A label and what stands beside it. */
export interface ResourceLine {
  label: string;
  text: string;
}

/** What the server told, the energy and the cost, each where it was measured. */
export function resourceLines({ serverMetrics, energy, cost }: RunRecord): ResourceLine[] {
  return [
    ...(serverMetrics === null ? [] : [{ label: "Server", text: serverText(serverMetrics) }]),
    ...(energy === null ? [] : [{ label: "Energy", text: energyText(energy) }]),
    ...(cost === null ? [] : [{ label: "Cost", text: costText(cost) }]),
  ].filter(({ text }) => text !== "");
}

function serverText(report: ServerMetricsReport): string {
  const { running, waiting, kvCacheUse, preemptions, prefixHitShare, generationTokens } = report;
  const { server, checked, difference } = generationTokens;
  return [
    running && `${formatNumber(running.mean)} running (most ${formatNumber(running.max)})`,
    waiting && `${formatNumber(waiting.mean)} waiting (most ${formatNumber(waiting.max)})`,
    kvCacheUse && `KV cache ${formatShare(kvCacheUse.max)}`,
    prefixHitShare !== null && `prefix hits ${formatShare(prefixHitShare)}`,
    preemptions !== null && preemptions > 0 && `${formatNumber(preemptions)} preemptions`,
    server !== null && `${formatNumber(server)} tokens${tokenVerdict(checked, difference)}`,
  ]
    .filter((part) => typeof part === "string")
    .join(" · ");
}

function tokenVerdict(checked: boolean, difference: number | null): string {
  if (!checked || difference === null) return ", not checked";
  return difference === 0 ? ", as the client counted" : `, ${formatNumber(difference)} more than the client`;
}

function energyText({ joules, meanWatts, maxWatts, tokensPerJoule }: EnergyReport): string {
  return [
    `${formatNumber(joules)} J`,
    `${formatNumber(meanWatts)} W (most ${formatNumber(maxWatts)})`,
    ...(tokensPerJoule === null ? [] : [`${formatNumber(tokensPerJoule)} tokens/J`]),
  ].join(" · ");
}

/** What work costs, in one line. */
export function costText(cost: CostReport): string {
  const { currency, perMillionOutputTokens, perThousandRequests, pricePerHour } = cost;
  const amount = (value: number | null) => `${formatNumber(value)} ${currency}`;
  return [
    `${amount(perMillionOutputTokens)} per million output tokens`,
    `${amount(perThousandRequests)} per 1,000 requests`,
    `at ${amount(pricePerHour)} an hour`,
  ].join(" · ");
}
