import { setTimeout as sleep } from "node:timers/promises";
import { stripVTControlCharacters } from "node:util";
import { describe, expect, test } from "vitest";
import { Progress } from "#src/commands/progress.js";
import { liveLine, plainLine } from "#src/commands/progress-lines.js";
import { advance, currentRates, idle, type ProgressState } from "#src/commands/progress-state.js";
import type { RunEvent } from "#src/run-events.js";
import type { Snapshot } from "#src/sut/snapshot.js";
import { sampleRecord } from "./sample-record.ts";

/** A test of 100 queries and 1000 tokens a second, `seconds` after its start. */
function snapshotAt(
  seconds: number,
  changes: Partial<Snapshot> = {},
): Extract<RunEvent, { kind: "snapshot" }> {
  const snapshot: Snapshot = {
    elapsedNs: seconds * 1e9,
    issued: Math.round(seconds * 100 + 7),
    completed: Math.round(seconds * 100),
    failed: 0,
    outputTokens: Math.round(seconds * 1000),
    recentTtftNs: { p50: 20_410_000, p99: 131_200_000 },
    ...changes,
  };
  return { kind: "snapshot", snapshot, durationNs: 60e9, phase: "performance" };
}

const stateAfter = (...events: RunEvent[]): ProgressState => events.reduce(advance, idle);
const wide = { width: 100, color: false, nowMs: 0 };
const download = { kind: "download", label: "model", receivedBytes: 45e6, totalBytes: 130e6 } as const;

describe("rates", () => {
  const ratesAfter = (...events: RunEvent[]) => {
    const state = stateAfter(...events);
    return state.kind === "test" ? currentRates(state) : null;
  };

  test("count from the start at first", () => {
    expect(ratesAfter(snapshotAt(2))).toEqual({ queries: 100, tokens: 1000 });
  });

  test("count over the last five seconds later", () => {
    const before = Array.from({ length: 21 }, (_, second) => snapshotAt(second));
    const stalled = [21, 22, 23, 24, 25].map((second) =>
      snapshotAt(second, { completed: 2000, outputTokens: 20_000 }),
    );
    expect(ratesAfter(...before, ...stalled.slice(0, 2))?.queries).toBeCloseTo(60);
    expect(ratesAfter(...before, ...stalled)).toEqual({ queries: 0, tokens: 0 });
  });

  test("are unknown while no time has passed", () => {
    expect(ratesAfter(snapshotAt(0))).toBeNull();
  });

  test("do not reach into the test before", () => {
    const accuracy: RunEvent = { ...snapshotAt(1, { completed: 5 }), phase: "accuracy" };
    expect(ratesAfter(snapshotAt(58), snapshotAt(59), accuracy)?.queries).toBe(5);
  });

  test("keep few snapshots, however long the test is", () => {
    const state = stateAfter(...Array.from({ length: 400 }, (_, index) => snapshotAt(index / 4)));
    expect(state.kind === "test" && state.recent.length).toBeLessThan(25);
  });
});

describe("live line", () => {
  test("of a test", () => {
    const line = liveLine(stateAfter(snapshotAt(30)), wide);
    expect(line).toBe(
      "███████████░░░░░░░░░░  0:30/1:00  3,000/3,007 done  0 failed  100 qps  1,000 tok/s  TTFT 20.4/131 ms",
    );
  });

  test.each([200, 100, 80, 60, 40, 30, 20, 12, 5])("fits %d columns", (width) => {
    for (const event of [
      snapshotAt(30),
      snapshotAt(30, { failed: 12, issued: 123_456_789, completed: 123_456_000 }),
      download,
      { kind: "server-starting", message: "x" } as const,
    ]) {
      const line = liveLine(stateAfter(event), { ...wide, width }) ?? "";
      expect(line.length).toBeLessThanOrEqual(width);
      expect(line).not.toBe("");
    }
  });

  test("leaves out the least important first, and never the failures", () => {
    const state = stateAfter(snapshotAt(30, { failed: 12 }));
    expect(liveLine(state, { ...wide, width: 62 })).toBe(
      "0:30/1:00  3,000/3,007 done  12 failed  100 qps  1,000 tok/s",
    );
    expect(liveLine(state, { ...wide, width: 40 })).toBe("0:30/1:00  3,000/3,007 done  12 failed");
  });

  test("color changes nothing but color", () => {
    const state = stateAfter(snapshotAt(30, { failed: 12 }));
    const colored = liveLine(state, { ...wide, color: true }) ?? "";
    expect(colored).toContain("\u001b[");
    expect(stripVTControlCharacters(colored)).toBe(liveLine(state, wide));
  });

  test("past its duration the bar is full", () => {
    expect(liveLine(stateAfter(snapshotAt(75)), wide)).toMatch(/^█+ {2}1:15\/1:00/);
  });

  test("of an accuracy test, which has no duration", () => {
    const event: RunEvent = { ...snapshotAt(3700), durationNs: 0, phase: "accuracy" };
    expect(liveLine(stateAfter(event), wide)).toMatch(/^accuracy {2}1:01:40 {2}370,000/);
  });

  test("of a download with and without a size", () => {
    expect(liveLine(stateAfter(download), { ...wide, width: 60 })).toBe(
      "██████████░░░░░░░░░░░░░░░░░░░░  model  45 MB of 130 MB (34%)",
    );
    expect(liveLine(stateAfter({ ...download, totalBytes: null }), wide)).toBe("model  45 MB");
  });

  test("turns a spinner while it waits", () => {
    const state = stateAfter({ kind: "server-starting", message: "x" });
    expect(liveLine(state, wide)).toBe("⠋ waiting for the server");
    expect(liveLine(state, { ...wide, nowMs: 250 })).toBe("⠙ waiting for the server");
  });

  test("is gone at the end, and notes do not touch it", () => {
    const finished: RunEvent = { kind: "finished", record: sampleRecord(), folder: "r" };
    expect(liveLine(stateAfter(snapshotAt(1), finished), wide)).toBeNull();
    expect(stateAfter(snapshotAt(1), { kind: "note", message: "n" })).toEqual(stateAfter(snapshotAt(1)));
  });
});

test("plain line", () => {
  expect(plainLine(stateAfter(snapshotAt(30)))).toBe(
    "performance 30 s of 60 s: 3,007 issued, 3,000 completed, 0 failed, 100 queries/s, 1,000 tokens/s, TTFT p50 20.41 ms p99 131.2 ms",
  );
  expect(plainLine(stateAfter(snapshotAt(0, { recentTtftNs: null })))).toBe(
    "performance 0 s of 60 s: 7 issued, 0 completed, 0 failed",
  );
  expect(plainLine(stateAfter(download))).toBe("model: 45 MB of 130 MB (34%)");
  expect(plainLine(idle)).toBeNull();
});

describe("on a stream", () => {
  function recorder(columns?: number) {
    const written: string[] = [];
    return { written, columns, write: (text: string) => written.push(text) };
  }

  test("plain: at most one line in five seconds, messages at once, no control characters", () => {
    const stream = recorder();
    let nowMs = 0;
    const progress = new Progress(stream, { live: false, color: false, now: () => nowMs });
    progress.onEvent({ kind: "phase", phase: "performance" });
    for (let step = 0; step <= 48; step++) {
      nowMs = step * 250;
      progress.onEvent(snapshotAt(nowMs / 1000));
    }
    progress.onEvent({ kind: "warning", message: "hot" });
    progress.close();
    const lines = stream.written.join("").trimEnd().split("\n");
    expect(lines.map((line) => line.split(":")[0])).toEqual([
      "performance test begins",
      "performance 0 s of 60 s",
      "performance 5 s of 60 s",
      "performance 10 s of 60 s",
      "warning",
    ]);
    expect(stream.written.join("")).toBe(stripVTControlCharacters(stream.written.join("")));
  });

  test("plain: the end of a download is said also when it comes soon", () => {
    const stream = recorder();
    const progress = new Progress(stream, { live: false, color: false, now: () => 0 });
    for (const receivedBytes of [1e6, 60e6, 130e6]) progress.onEvent({ ...download, receivedBytes });
    expect(stream.written).toEqual(["model: 1.0 MB of 130 MB (0%)\n", "model: 130 MB of 130 MB (100%)\n"]);
  });

  test("live: rewrites one line, keeps messages above it, and leaves nothing behind", async () => {
    const stream = recorder(60);
    const progress = new Progress(stream, { live: true, color: false });
    progress.onEvent(snapshotAt(1));
    await sleep(600);
    const drawn = stream.written.length;
    expect(drawn).toBe(1);
    progress.onEvent({ kind: "note", message: "a note" });
    progress.close();
    await sleep(300);
    expect(screenOf(stream.written)).toEqual(["a note", ""]);
    expect(screenOf(stream.written.slice(0, drawn))[0]).toMatch(/0:01\/1:00 {2}100\/107 done/);
    expect(screenOf(stream.written.slice(0, drawn + 1))).toEqual([
      "a note",
      expect.stringContaining("0:01/1:00"),
    ]);
  });

  test("live: a long message is broken at blanks, in a log it stays whole", () => {
    for (const [live, expected] of [
      [true, "one two three\nfour five\n"],
      [false, "one two three four five\n"],
    ] as const) {
      const stream = recorder(15);
      const progress = new Progress(stream, { live, color: false });
      progress.onEvent({ kind: "note", message: "one two three four five" });
      progress.close();
      expect(stream.written).toEqual([expected]);
    }
  });

  const clearLine = "\r\u001b[K";

  /** The lines that a terminal shows after these writes, for the few controls that progress uses. */
  function screenOf(writes: readonly string[]): string[] {
    const lines = [""];
    for (const text of writes.join("").split(/(?=\r)|(?<=\n)/)) {
      const isCleared = text.startsWith(clearLine);
      const shown = isCleared ? text.slice(clearLine.length) : text;
      lines[lines.length - 1] = `${isCleared ? "" : lines.at(-1)}${shown.replace("\n", "")}`;
      if (shown.endsWith("\n")) lines.push("");
    }
    return lines;
  }
});
