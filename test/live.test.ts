import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { EventLog, readEvents } from "#src/live/event-log.js";
import type { LiveEvent } from "#src/live/live-event.js";
import { type LivePage, startLivePage } from "#src/live/live-server.js";
import { replayEvents } from "#src/live/replay.js";
import { runFiles } from "#src/results/store.js";
import type { RunEvent } from "#src/run-events.js";
import { spawnSim } from "#src/server/sim-process.js";
import { temporaryFolder } from "./child-script.ts";
import { madeTimeline, writeMadeRun } from "./made-run.ts";
import { sampleRecord } from "./sample-record.ts";

const folder = temporaryFolder();
const cli = fileURLToPath(new URL("../dist/cli.js", import.meta.url));

const pages: LivePage[] = [];
const children: ChildProcess[] = [];
afterEach(async () => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  for (const page of pages.splice(0)) await page.close();
});

async function livePage(): Promise<LivePage> {
  const page = await startLivePage();
  pages.push(page);
  return page;
}

const note = (message: string): RunEvent => ({ kind: "note", message });

const snapshotAt = (seconds: number): RunEvent => ({
  kind: "snapshot",
  phase: "performance",
  durationNs: 5e9,
  snapshot: {
    elapsedNs: seconds * 1e9,
    issued: 10 * seconds,
    completed: 9 * seconds,
    failed: 0,
    outputTokens: 100 * seconds,
    recentTtftNs: { p50: 2e7, p99: 3e7 },
  },
});

/** Watches a page's events until one of them is the end of the run, or the server ends the stream. */
async function watch(url: string): Promise<LiveEvent[]> {
  const answer = await fetch(new URL("events", url));
  expect(answer.headers.get("content-type")).toBe("text/event-stream");
  const decoder = new TextDecoder();
  let text = "";
  const eventsIn = (): LiveEvent[] =>
    text
      .split("\n\n")
      .slice(0, -1)
      .map((message) => JSON.parse(message.replace(/^data: /, "")) as LiveEvent);
  for await (const piece of answer.body ?? []) {
    text += decoder.decode(piece, { stream: true });
    if (eventsIn().some(({ kind }) => kind === "finished")) break;
  }
  return eventsIn();
}

function statusOf(url: string, host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const asking = request(url, { headers: { host } }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    });
    asking.on("error", reject).end();
  });
}

describe("the live page", () => {
  it("is served on this machine alone, and only under its own names", async () => {
    const { url } = await livePage();
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
    const text = await (await fetch(url)).text();
    expect(text).toContain("RUNNING");
    expect(text).toContain("connect-src &#39;self&#39;");
    expect(await statusOf(url, "elsewhere.example")).toBe(403);
    expect(await statusOf(url, "localhost:80")).toBe(200);
    expect((await fetch(new URL("nothing", url))).status).toBe(404);
    expect((await fetch(url, { method: "POST" })).status).toBe(405);
  });

  it("tells events as they come, and to a late watcher those before too", async () => {
    const page = await livePage();
    page.onEvent(note("early"));
    const watched = watch(page.url);
    await page.watched(AbortSignal.timeout(10_000));
    page.onEvent(snapshotAt(1));
    page.onEvent({ kind: "finished", record: sampleRecord({ state: "invalid" }), folder });
    const events = await watched;
    expect(events.map(({ kind }) => kind)).toEqual(["note", "snapshot", "finished"]);
    // The record itself may hold more than a page has to know.
    expect(events.at(-1)).toEqual({ kind: "finished", state: "invalid", reasons: [] });
    expect(await watch(page.url)).toEqual(events);
  });

  it("gives the report when the run is over, and waits for a watcher to take it", async () => {
    const page = await livePage();
    expect((await fetch(new URL("report.html", page.url))).status).toBe(404);
    const place = join(folder, "finished");
    mkdirSync(place);
    writeFileSync(join(place, runFiles.report), "<p>the report</p>");
    const stream = await fetch(new URL("events", page.url));
    page.onEvent({ kind: "finished", record: sampleRecord(), folder: place });
    const closing = page.close();
    const report = await fetch(new URL("report.html", page.url));
    expect(await report.text()).toBe("<p>the report</p>");
    await closing;
    await stream.text();
    await expect(fetch(page.url)).rejects.toThrow();
  });

  it("closes at once when nobody watches", async () => {
    const page = await livePage();
    page.onEvent({ kind: "finished", record: sampleRecord(), folder });
    const before = performance.now();
    await page.close();
    expect(performance.now() - before).toBeLessThan(1500);
  });
});

describe("the events of a run on disk", () => {
  it("are read back with their times, and end with the record", async () => {
    const place = join(folder, "events");
    await writeMadeRun(place, madeTimeline({ count: 3, perSecond: 1 }));
    const passed: RunEvent[] = [];
    const log = new EventLog(place, { onEvent: (event) => passed.push(event) });
    log.onEvent(note("one"));
    log.onEvent(snapshotAt(1));
    await log.close();
    log.onEvent(note("after the end"));
    expect(passed.map(({ kind }) => kind)).toEqual(["note", "snapshot", "note"]);
    const events = await readEvents(place);
    expect(events.map(({ event }) => event.kind)).toEqual(["note", "snapshot", "finished"]);
    expect(events[1]?.event).toEqual(snapshotAt(1));
    expect(events[0]?.atMs).toBe(0);
  });

  it("name the line that is broken", async () => {
    const place = join(folder, "broken");
    await writeMadeRun(place, madeTimeline({ count: 3, perSecond: 1 }));
    await expect(readEvents(place)).rejects.toMatchObject({ code: "EVENTS_MISSING" });
    writeFileSync(
      join(place, runFiles.events),
      `${JSON.stringify({ atMs: 0, event: note("x") })}\n{"atMs":1\n`,
    );
    await expect(readEvents(place)).rejects.toMatchObject({ code: "EVENTS_BROKEN", message: /:2: / });
  });

  it("do not stop a run whose folder cannot be written to", async () => {
    const passed: RunEvent[] = [];
    const log = new EventLog(join(folder, "not", "there"), { onEvent: (event) => passed.push(event) });
    log.onEvent(note("one"));
    await new Promise((resolve) => setTimeout(resolve, 50));
    log.onEvent(note("two"));
    await log.close();
    expect(passed).toHaveLength(2);
  });

  it("are replayed in their order at the speed that was asked for, until somebody stops it", async () => {
    const events = [0, 100, 200, 100_000].map((atMs) => ({ atMs, event: note(String(atMs)) }));
    const stop = new AbortController();
    const heard: { message: string; afterMs: number }[] = [];
    const startedMs = performance.now();
    await replayEvents(
      events,
      {
        onEvent: (event) => {
          if (event.kind !== "note") return;
          heard.push({ message: event.message, afterMs: performance.now() - startedMs });
          if (heard.length === 3) stop.abort();
        },
      },
      { speed: 0.5, signal: stop.signal },
    );
    expect(heard.map(({ message }) => message)).toEqual(["0", "100", "200"]);
    expect(heard[2]?.afterMs).toBeGreaterThanOrEqual(395);
  });
});

describe("on the command line", () => {
  /** Starts the command and gives the address that it says. */
  async function startCli(args: readonly string[]): Promise<{ url: string; end: Promise<number | null> }> {
    const child = spawn(process.execPath, [cli, ...args], { stdio: ["ignore", "pipe", "pipe"] });
    children.push(child);
    child.stdout.resume();
    const end = new Promise<number | null>((resolve) => child.once("close", resolve));
    let talk = "";
    const url = await new Promise<string>((resolve, reject) => {
      child.stderr.on("data", (piece) => {
        talk += piece;
        const [, found] = /(http:\/\/127\.0\.0\.1:\d+\/)(?=\s)/.exec(talk.replace(/on http\S+/g, "")) ?? [];
        if (found !== undefined) resolve(found);
      });
      void end.then(() => reject(new Error(talk)));
    });
    return { url, end };
  }

  it("run --live shows a real run, ends with it, and replay shows it again", async () => {
    const sim = await spawnSim({});
    const output = join(folder, "live-run");
    try {
      const { url, end } = await startCli([
        ...["run", "--live", "--quiet", "--endpoint", sim.url, "--target-qps", "40", "--duration", "1s"],
        ...["--min-queries", "40", "--percentile", "50", "--max-tokens", "4", "--output", output],
        ...["--dataset-option", "size=16"],
      ]);
      const events = await watch(url);
      expect(events.map(({ kind }) => kind)).toContain("snapshot");
      expect(events.at(-1)).toMatchObject({ kind: "finished", state: "valid" });
      expect((await fetch(new URL("report.html", url))).status).toBe(200);
      expect(await end).toBe(0);
      await expect(fetch(url)).rejects.toThrow();
      expect(readFileSync(join(output, runFiles.report), "utf8")).toContain("LoadGen's verdict is VALID");

      const replay = await startCli(["report", output, "--replay", "--speed", "50"]);
      const again = await watch(replay.url);
      expect(again.map(({ kind }) => kind)).toEqual(events.map(({ kind }) => kind));
      await fetch(new URL("report.html", replay.url));
      expect(await replay.end).toBe(0);
    } finally {
      await sim.stop();
    }
  });

  it("a replay needs one run and a speed above 0", async () => {
    await expect(startCli(["report", folder, folder, "--replay"])).rejects.toThrow("one run");
    await expect(startCli(["report", folder, "--replay", "--speed", "0"])).rejects.toThrow("above 0");
  });
});
