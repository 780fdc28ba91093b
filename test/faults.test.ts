// Takes long: `npm run test:slow` and CI run it.
// @module-tag slow
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { RunRecord } from "#src/results/record.js";
import type { FaultRule } from "#src/server/sim-fault-rules.js";
import { faults } from "#src/server/sim-faults.js";
import { temporaryFolder } from "./child-script.ts";
import { codeByFault } from "./fault-codes.ts";
import {
  type FaultyRun,
  faultyRun,
  killEarly,
  requestsBeforeTest,
  restart,
  startQuickSim,
  tokensPerAnswer,
  withSim,
} from "./faulty-runs.ts";

// Whole runs against a simulator that strikes some requests and answers others well.

const folder = temporaryFolder();
let runs = 0;
const newOutput = () => join(folder, `run-${runs++}`);

const requestFaults = Object.entries(faults).filter(([, { strikes = "request" }]) => strikes === "request");
/** They meet a connection that may have been stale, and so are sent once more. */
const sentAgain = ["reset-before-headers", "close-before-headers"];
const failing = requestFaults
  .filter(([name, { outcome }]) => outcome === "failed" && !sentAgain.includes(name))
  .map(([name]) => name);
/** LoadGen itself asks for more than one token. */
const oneToken = "one-token";
const legal = requestFaults
  .filter(([name, { outcome }]) => outcome === "good" && name !== oneToken)
  .map(([name]) => name);

const timesEach = 2;

/** Each fault strikes two requests, with good ones between them. */
function everySecondRequest(kinds: readonly string[]): FaultRule[] {
  return kinds.map((kind) => ({
    kind,
    everyNth: 2,
    afterRequests: requestsBeforeTest,
    times: timesEach,
  }));
}

function countsByCode({ requests }: RunRecord): Record<string, number> {
  return Object.fromEntries(requests.byError.map(({ code, count }) => [code, count]));
}

/** What must hold in every run: nothing is lost, failures are failures, and good answers are whole. */
function expectSound({ record, exitCode, requests }: FaultyRun): void {
  const { issued, completed, failed } = record.requests;
  expect(completed + failed).toBe(issued);
  expect(requests.length).toBe(issued);
  expect(requests.filter(({ errorCode }) => errorCode !== null)).toHaveLength(failed);
  // LoadGen takes a failed request for one that gave no token count.
  const complaints = failed > 0 ? [expect.stringContaining("n_tokens argument missing")] : [];
  expect(record.loadgen?.errors).toEqual(complaints);
  expect([record.state, exitCode]).toEqual(failed > 0 ? ["failed", 5] : ["valid", 0]);
}

const classes: [string, (code: string) => boolean, Record<string, unknown>][] = [
  ["another status", (code) => code.startsWith("HTTP_") && code !== "HTTP_MALFORMED", {}],
  ["silence", (code) => code.startsWith("TIMEOUT_"), { timeout: "700ms" }],
  ["connections that are lost", (code) => code === "STREAM_CUT" || code === "CLOSED_BEFORE_HEADERS", {}],
  ["an error inside the stream", (code) => code === "ERROR_EVENT", {}],
];
const isIn = (name: string, belongs: (code: string) => boolean) => belongs(codeByFault[name] ?? "");
classes.push([
  "something else than was asked for",
  (code) => !classes.slice(0, 4).some(([, belongs]) => belongs(code)),
  {},
]);

describe("some requests meet", () => {
  it.each(classes)("%s", async (_name, belongs, flags) => {
    const kinds = failing.filter((name) => isIn(name, belongs));
    const expected: Record<string, number> = {};
    for (const kind of kinds) {
      const code = codeByFault[kind] ?? "";
      expected[code] = (expected[code] ?? 0) + timesEach;
    }
    await withSim({ faults: everySecondRequest(kinds) }, async (sim) => {
      const seen = await faultyRun(sim.url, newOutput(), flags);
      expectSound(seen);
      expect(countsByCode(seen.record)).toEqual(expected);
      expect(seen.record.requests.completed).toBeGreaterThan(40);
      expect(seen.record.metrics.outputTokens).toBe(seen.record.requests.completed * tokensPerAnswer);
    });
  });

  it("every failing fault, in one class or another", () => {
    const struck = classes.flatMap(([, belongs]) => failing.filter((name) => isIn(name, belongs)));
    expect(struck.toSorted()).toEqual(failing.toSorted());
  });

  it.each(["completions", "chat"])("what is unusual and good, by %s", async (api) => {
    await withSim({ faults: everySecondRequest(legal) }, async (sim) => {
      const minQueries = 4 * legal.length + 20;
      const seen = await faultyRun(sim.url, newOutput(), { api, minQueries, targetQps: minQueries });
      expectSound(seen);
      expect(seen.record.requests.failed).toBe(0);
      expect(seen.record.metrics.outputTokens).toBe(seen.record.requests.completed * tokensPerAnswer);
    });
  });

  it("an answer of one token: good, and LoadGen says that it wants more", async () => {
    await withSim({ faults: everySecondRequest([oneToken]) }, async (sim) => {
      const { record, exitCode } = await faultyRun(sim.url, newOutput());
      const { completed, failed } = record.requests;
      expect(failed).toBe(0);
      expect(record.metrics.outputTokens).toBe(
        completed * tokensPerAnswer - timesEach * (tokensPerAnswer - 1),
      );
      expect(record.loadgen?.errors).toEqual(["Number of tokens need to be greater than 1"]);
      expect([record.state, exitCode]).toEqual(["invalid", 3]);
    });
  });
});

describe("after some good requests, all meet", () => {
  const before = 20;
  /** One that checks the endpoint and two that warm up. */
  const beforeTest = 3;

  // One status stands for all of them.
  const kinds = [...failing, ...sentAgain].filter((kind) => !/^status-(?!503)/.test(kind));

  it.each(kinds)("%s", async (kind) => {
    // Of two connections one always fails while requests wait for it.
    const patience = kind.startsWith("hang")
      ? { connections: 24, timeout: "500ms" }
      : { connections: 2, timeout: "10s" };
    const size = { scenario: "offline", minQueries: 64, duration: "100ms", warmup: 2, workers: 1 };
    await withSim({ faults: [{ kind, afterRequests: before }] }, async (sim) => {
      const seen = await faultyRun(sim.url, newOutput(), { ...size, ...patience });
      expectSound(seen);
      const { issued, completed, failed } = seen.record.requests;
      expect(completed).toBe(before - beforeTest);
      expect(countsByCode(seen.record)).toEqual({ [codeByFault[kind] ?? ""]: failed });
      expect(failed).toBe(issued - completed);
      expect(seen.record.metrics.outputTokens).toBe(completed * tokensPerAnswer);
    });
  });

  it("reset-at-connect", async () => {
    const everyRequestConnects = { kind: "connection-close" };
    const reset = { kind: "reset-at-connect", afterRequests: 60 };
    // Requests wait for one of the two, and the next one is ready when a connection fails.
    const flags = { connections: 2, targetQps: 200 };
    await withSim({ faults: [everyRequestConnects, reset] }, async (sim) => {
      const seen = await faultyRun(sim.url, newOutput(), flags);
      expectSound(seen);
      expect(Object.keys(countsByCode(seen.record))).toEqual(["CLOSED_BEFORE_HEADERS"]);
      expect(seen.record.requests.completed).toBeGreaterThan(30);
      expect(seen.record.requests.failed).toBeGreaterThan(30);
    });
  });
});

describe("connections that the server has closed", () => {
  it.each([
    ["stale-close", "whenever one is used again"],
    ["silent-close", "after each answer"],
  ])("%s: %s, cost no request", async (kind) => {
    await withSim({ faults: [{ kind }] }, async (sim) => {
      const seen = await faultyRun(sim.url, newOutput());
      expectSound(seen);
      expect(seen.record.requests.failed).toBe(0);
      expect(seen.record.metrics.outputTokens).toBe(seen.record.requests.issued * tokensPerAnswer);
      const notes = seen.events.flatMap((event) => (event.kind === "note" ? [event.message] : []));
      if (kind === "stale-close") expect(notes.join()).toMatch(/\d+ requests met a connection .* sent again/);
    });
  });
});

describe("the server", () => {
  it("killed and started again on its port: what falls between fails, what comes later is good", async () => {
    const sim = await startQuickSim({});
    const { watch, killed } = killEarly(sim);
    const restarted = killed.then(() => sleep(300)).then(() => restart(sim));
    const seen = await faultyRun(sim.url, newOutput(), { duration: "3s" }, watch);
    await (await restarted).stop();
    expectSound(seen);
    const codes = Object.keys(countsByCode(seen.record));
    expect(codes).toContain("CONNECT_REFUSED");
    const lost = ["CONNECT_REFUSED", "CLOSED_BEFORE_HEADERS", "STREAM_CUT"];
    expect(codes.filter((code) => !lost.includes(code))).toEqual([]);
    const isGood = seen.requests.map(({ errorCode }) => errorCode === null);
    const firstFailure = isGood.indexOf(false);
    const lastFailure = isGood.lastIndexOf(false);
    expect(firstFailure).toBeGreaterThan(20);
    // Two seconds or so are left after the restart.
    expect(isGood.length - lastFailure).toBeGreaterThan(50);
    expect(seen.record.metrics.outputTokens).toBe(seen.record.requests.completed * tokensPerAnswer);
    expect(seen.record.endpoints).toMatchObject([{ takenOut: false }]);
  });

  it("killed for good: the run ends, failed", async () => {
    const sim = await startQuickSim({});
    const seen = await faultyRun(
      sim.url,
      newOutput(),
      { duration: "2s", connections: 2 },
      killEarly(sim).watch,
    );
    expectSound(seen);
    expect(countsByCode(seen.record)).toHaveProperty("CONNECT_REFUSED");
    expect(seen.requests.at(-1)?.errorCode).toBe("CONNECT_REFUSED");
  });
});
