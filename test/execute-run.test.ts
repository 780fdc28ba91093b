import { EventEmitter } from "node:events";
import { describe, expect, test, vi } from "vitest";
import { executeRun, type RunHost } from "#src/commands/execute-run.js";
import { loadRunConfig } from "#src/config/load-run-config.js";
import { EndpointError } from "#src/errors.js";
import { sampleRecord } from "./sample-record.ts";

/** A terminal, or not, that keeps what was written to it. */
function output(isTTY: boolean) {
  const written: string[] = [];
  return { written, isTTY, columns: 100, write: (text: string) => written.push(text) };
}

function hostOf(run: RunHost["run"], { isTTY = false, environment = {} } = {}) {
  const signals = new EventEmitter();
  const exits: number[] = [];
  const stdout = output(isTTY);
  const stderr = output(isTTY);
  const host: RunHost = { run, stdout, stderr, environment, signals, exit: (code) => exits.push(code) };
  return { host, signals, exits, out: () => stdout.written.join(""), talk: () => stderr.written.join("") };
}

const config = loadRunConfig({});
const finishes: RunHost["run"] = async (_, { listener }) => {
  const record = sampleRecord();
  listener?.onEvent({ kind: "note", message: "a note" });
  listener?.onEvent({ kind: "finished", record, folder: `${process.cwd()}/results/one` });
  return record;
};

/** A run that ends when it is told to, as `end` says. */
const untilAborted =
  (end: () => ReturnType<RunHost["run"]>): RunHost["run"] =>
  (_, { signal }) =>
    new Promise((resolve, reject) => {
      signal?.addEventListener("abort", () => void end().then(resolve, reject));
    });

describe("output", () => {
  test("results on stdout, talk on stderr, the folder as seen from here", async () => {
    const { host, out, talk } = hostOf(finishes);
    expect(await executeRun(config, host)).toBe(0);
    expect(out()).toContain(" VALID ");
    expect(out()).toContain("  Files       results/one\n");
    expect(out()).not.toContain("a note");
    expect(talk()).toContain("a note\n");
  });

  test("color and a live line only on a terminal that knows them", async () => {
    const colored = hostOf(finishes, { isTTY: true });
    await executeRun(config, colored.host);
    expect(colored.out()).toContain("\u001b[42m VALID ");
    for (const environment of [{ NO_COLOR: "1" }, { TERM: "dumb" }]) {
      const plain = hostOf(finishes, { isTTY: true, environment });
      await executeRun(config, plain.host);
      expect(plain.out()).not.toContain("\u001b");
    }
    const empty = hostOf(finishes, { isTTY: true, environment: { NO_COLOR: "" } });
    await executeRun(config, empty.host);
    expect(empty.out()).toContain("\u001b");
  });

  test("a dry run does not run", async () => {
    const { host, out } = hostOf(() => Promise.reject(new Error("ran")));
    expect(await executeRun({ ...config, dryRun: true }, host)).toBe(0);
    expect(out()).toContain("scenario: server");
  });
});

describe("signals", () => {
  test("the first one ends the run early, the second one the process", async () => {
    const { host, signals, exits, out, talk } = hostOf(
      untilAborted(async () => sampleRecord({ state: "aborted" })),
    );
    const end = executeRun(config, host);
    signals.emit("SIGINT");
    expect(exits).toEqual([]);
    signals.emit("SIGTERM");
    expect(exits).toEqual([130]);
    expect(await end).toBe(130);
    expect(talk()).toContain("Stopping the run");
    expect(out()).toContain(" ABORTED ");
  });

  test("a run that does not stop is left after less than two seconds", async () => {
    vi.useFakeTimers();
    try {
      const { host, signals, exits } = hostOf(() => new Promise(() => undefined));
      void executeRun(config, host);
      signals.emit("SIGINT");
      vi.advanceTimersByTime(1500);
      expect(exits).toEqual([]);
      vi.advanceTimersByTime(200);
      expect(exits).toEqual([130]);
    } finally {
      vi.useRealTimers();
    }
  });

  test("an interrupted start has no record, but still ends with 130", async () => {
    const run = untilAborted(async () => {
      throw new EndpointError("ENDPOINT_REFUSED", "Nothing listens.");
    });
    const { host, signals, out, talk } = hostOf(run);
    const end = executeRun(config, host);
    signals.emit("SIGINT");
    expect(await end).toBe(130);
    expect(talk()).toContain("error ENDPOINT_REFUSED: Nothing listens.");
    expect(out()).toBe("");
  });

  test("a fault of ours is never taken for an interruption", async () => {
    const run = untilAborted(async () => {
      throw new TypeError("a bug");
    });
    const { host, signals } = hostOf(run);
    const end = executeRun(config, host);
    signals.emit("SIGINT");
    await expect(end).rejects.toThrow("a bug");
  });

  test("nothing listens for signals afterwards", async () => {
    const { host, signals } = hostOf(finishes);
    await executeRun(config, host);
    const failing = hostOf(() => Promise.reject(new EndpointError("X", "x.")));
    await expect(executeRun(config, failing.host)).rejects.toThrow("x.");
    expect([...signals.eventNames(), ...failing.signals.eventNames()]).toEqual([]);
  });
});
