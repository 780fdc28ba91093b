import type { SweepRun } from "../campaign/sweep-record.ts";
import type { RunRecord, RunState } from "../results/record.ts";

/** A run as one point of a comparison; null where it was not measured. */
export interface OperatingPoint {
  name: string;
  state: RunState;
  /** Queries a second that were asked for, or requests under way at once; null where the scenario has neither. */
  load: number | null;
  samplesPerSecond: number | null;
  tokensPerSecond: number | null;
  ttftP50Ns: number | null;
  ttftP99Ns: number | null;
  tpotP50Ns: number | null;
  tpotP99Ns: number | null;
  goodputShare: number | null;
}

/** The point of a run whose record is at hand. */
export function pointOfRecord(name: string, { state, metrics, client }: RunRecord): OperatingPoint {
  return {
    name,
    state,
    load: client?.stimulus.askedQps ?? null,
    samplesPerSecond: metrics.samplesPerSecond,
    tokensPerSecond: metrics.tokensPerSecond,
    ttftP50Ns: metrics.ttftNs?.p50 ?? null,
    ttftP99Ns: metrics.ttftNs?.p99 ?? null,
    tpotP50Ns: metrics.tpotNs?.p50 ?? null,
    tpotP99Ns: metrics.tpotNs?.p99 ?? null,
    goodputShare: metrics.goodput?.share ?? null,
  };
}

/** The point of a run of a sweep. In a closed loop TTFT counts from sending: waiting in line is part of the game. */
export function pointOfSweepRun(
  { name, state, load, figures }: SweepRun,
  isClosedLoop: boolean,
): OperatingPoint {
  return {
    name,
    state,
    load,
    samplesPerSecond: figures.samplesPerSecond,
    tokensPerSecond: figures.tokensPerSecond,
    ttftP50Ns: isClosedLoop ? figures.serviceTtftP50Ns : figures.ttftP50Ns,
    ttftP99Ns: isClosedLoop ? figures.serviceTtftP99Ns : figures.ttftP99Ns,
    tpotP50Ns: figures.tpotP50Ns,
    tpotP99Ns: figures.tpotP99Ns,
    goodputShare: figures.goodputShare,
  };
}

/** Tokens a second that one user sees, from the median TPOT. */
export function tokensPerSecondPerUser({ tpotP50Ns }: OperatingPoint): number | null {
  return tpotP50Ns === null || tpotP50Ns <= 0 ? null : 1e9 / tpotP50Ns;
}
