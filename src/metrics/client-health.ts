import type { Scenario } from "../loadgen/settings.ts";
import type { ClientHealth } from "../sut/snapshot.ts";
import type { Timeline } from "../sut/timeline.ts";
import { type Distribution, distributionOf } from "./distribution.ts";
import { at, extent, sum } from "./requests.ts";
import type { Stimulus } from "./stimulus.ts";

/** Was the stimulus what was asked for, and was the client up to it? */
export interface ClientReport {
  cpuSeconds: number;
  cpuUsPerToken: number | null;
  rssBytes: number;
  workers: number;
  /** From LoadGen's schedule to the moment of sending. */
  dispatchDelayNs: Distribution | null;
  eventLoopDelayNs: { p50: number; p99: number; max: number };
  stimulus: Stimulus;
  /** True when the client itself was the bottleneck. */
  saturated: boolean;
  /** Why, as one sentence each; null when not saturated. */
  why: string | null;
}

/** A worker that is idle for less than a tenth of the time has events queueing, and stamps them late. */
export const mostWorkerUtilization = 0.9;

/** With less than a tenth of the machine's cores left, the client and whatever else runs there wait for each other. */
export const mostCpuShare = 0.9;

/**
 * Sending late by more than this in one request of a hundred bends a p99 TTFT. It leaves room for one garbage
 * collection or one slice of the scheduler; a healthy client is below 2 ms.
 */
export const mostDispatchDelayNs = 10_000_000;

/**
 * An event of the socket can wait this long before it is stamped. Above Node's own 10 ms resolution of this figure,
 * and a tenth of the shortest TTFT limit in use.
 */
export const mostEventLoopDelayNs = 40_000_000;

/** Sending at less than this share of LoadGen's own schedule means that the client fell behind and never caught up. */
export const leastDeliveredShare = 0.98;

/**
 * Judges whether the client was the bottleneck, so that its limits are not taken for the server's.
 * @param cores Cores that the client may use.
 */
export function judgeClient(
  timeline: Timeline,
  health: ClientHealth,
  stimulus: Stimulus,
  scenario: Scenario,
  cores: number,
): ClientReport {
  const { scheduledNs, sentNs, outputTokens } = timeline.columns;
  // Only in the open loop is there a schedule that a client can be late for.
  const dispatchDelayNs =
    scenario === "Server" ? distributionOf(sentNs.map((sent, row) => sent - at(scheduledNs, row))) : null;
  const tokens = sum(outputTokens.filter((count) => !Number.isNaN(count)));
  const symptoms = [
    ...threadSymptoms(timeline, health, cores),
    ...(scenario === "Server" ? arrivalSymptoms(timeline, health, dispatchDelayNs) : []),
  ];
  return {
    cpuSeconds: health.cpuSeconds,
    cpuUsPerToken: tokens > 0 ? (health.cpuSeconds * 1e6) / tokens : null,
    rssBytes: health.rssBytes,
    workers: health.workers,
    dispatchDelayNs,
    eventLoopDelayNs: health.eventLoopDelayNs,
    stimulus,
    saturated: symptoms.length > 0,
    why: symptoms.length > 0 ? symptoms.join(" ") : null,
  };
}

function threadSymptoms(timeline: Timeline, health: ClientHealth, cores: number): string[] {
  const symptoms: string[] = [];
  const seconds = durationSeconds(timeline);
  const cpuShare = seconds > 0 ? health.cpuSeconds / (seconds * cores) : 0;
  if (health.busiestWorkerUtilization > mostWorkerUtilization) {
    symptoms.push(
      `The busiest worker thread was busy ${percent(health.busiestWorkerUtilization)} of the time: raise --workers.`,
    );
  }
  if (cpuShare > mostCpuShare) {
    symptoms.push(
      `The client used ${percent(cpuShare)} of this machine's ${cores} cores: run it on a machine with more.`,
    );
  }
  if (health.eventLoopDelayNs.p99 > mostEventLoopDelayNs) {
    symptoms.push(
      `Events waited ${milliseconds(health.eventLoopDelayNs.p99)} (p99) before they were stamped: raise --workers or free the machine.`,
    );
  }
  return symptoms;
}

/** Only the Server scenario has times of its own; in the others waiting to be sent is part of the game. */
function arrivalSymptoms(
  timeline: Timeline,
  health: ClientHealth,
  dispatchDelayNs: Distribution | null,
): string[] {
  const symptoms: string[] = [];
  const delivered = deliveredShare(timeline);
  if (health.connectionWaits > 0) {
    symptoms.push(`${health.connectionWaits} requests waited for a free connection: raise --connections.`);
  }
  if (dispatchDelayNs !== null && dispatchDelayNs.p99 > mostDispatchDelayNs) {
    symptoms.push(
      `Requests were sent ${milliseconds(dispatchDelayNs.p99)} (p99) after LoadGen's schedule: the client could not keep up.`,
    );
  }
  if (delivered !== null && delivered < leastDeliveredShare) {
    symptoms.push(`Requests were sent at ${percent(delivered)} of the scheduled rate.`);
  }
  return symptoms;
}

/** Rate of sending over the rate of LoadGen's schedule, for the requests that were sent; null for fewer than two. */
function deliveredShare(timeline: Timeline): number | null {
  const { scheduledNs, sentNs } = timeline.columns;
  const scheduled = span(scheduledNs.filter((_, row) => !Number.isNaN(at(sentNs, row))));
  const sent = span(sentNs);
  return scheduled > 0 && sent > 0 ? scheduled / sent : null;
}

function durationSeconds(timeline: Timeline): number {
  const { scheduledNs, completedNs } = timeline.columns;
  return (extent(completedNs).last - extent(scheduledNs).first) / 1e9;
}

function span(times: Float64Array): number {
  const { first, last } = extent(times);
  return last - first;
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

function milliseconds(ns: number): string {
  return `${(ns / 1e6).toFixed(1)} ms`;
}
