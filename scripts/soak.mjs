// Runs against simulators whose answers fail in many ways, for SECONDS (600 unless said), and ends with 1 on any anomaly: a
// run that hangs or throws, a request that is neither completed nor failed, a failure that passes as valid, memory or
// handles that grow, a process left behind. Usage: node scripts/soak.mjs [SECONDS]
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { loadRunConfig, run, spawnSim } from "flexbench";

const seconds = Number(process.argv[2] ?? 600);
if (!(seconds > 0)) throw new Error("SECONDS must be a number above 0");
setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc");

const runSeconds = 3;
const requestTimeoutSeconds = 2;
// A run waits for its slowest request, starts and ends a process, and shares the machine.
const hungAfterSeconds = 60;
const heapLimitBytesPerRun = 50_000;
const fewestRunsForGrowth = 40;

const pace = { ttft: { shape: "fixed", ms: 5 }, itl: { shape: "fixed", ms: 2 } };
const faulty = [
  { kind: "status-503", everyNth: 37 },
  { kind: "status-429", everyNth: 41 },
  { kind: "error-event", everyNth: 43 },
  { kind: "error-after-tokens", everyNth: 47 },
  { kind: "reset-mid-stream", everyNth: 53 },
  { kind: "reset-after-headers", everyNth: 59 },
  { kind: "close-before-headers", everyNth: 61 },
  { kind: "close-without-done", everyNth: 67 },
  { kind: "hang-mid-stream", everyNth: 211 },
  { kind: "hang-before-headers", everyNth: 223 },
  { kind: "invalid-json", everyNth: 71 },
  { kind: "zero-tokens", everyNth: 73 },
  { kind: "split-every-byte", everyNth: 79 },
  { kind: "several-events-a-chunk", everyNth: 5 },
  { kind: "silent-close", everyNth: 83 },
].map((fault) => ({ ...fault, afterRequests: 20 }));
const harmless = [
  { kind: "crlf-line-ends", everyNth: 3 },
  { kind: "comments", everyNth: 4 },
  { kind: "split-characters", everyNth: 5 },
  { kind: "connection-close", everyNth: 7 },
];

/** What runs in turn: each asks something else of the client. */
const turns = [
  { servers: ["good"], flags: { targetQps: 150 }, clean: true },
  { servers: ["faulty"], flags: { targetQps: 150 } },
  { servers: ["good", "faulty"], flags: { targetQps: 200 } },
  { servers: ["good"], flags: { scenario: "offline", targetQps: 60 }, clean: true },
  { servers: ["faulty"], flags: { scenario: "offline", targetQps: 60 } },
  { servers: ["good"], flags: { targetQps: 150 }, abortAfterMs: 1000 },
];

const anomalies = [];
const report = (run, what) => {
  anomalies.push(`run ${run}: ${what}`);
  console.log(`ANOMALY in run ${run}: ${what}`);
};

const childPids = () =>
  readdirSync("/proc/self/task").flatMap((task) =>
    readFileSync(`/proc/self/task/${task}/children`, "utf8").trim().split(" ").filter(Boolean),
  );

function judge(number, turn, record) {
  const { requests, state } = record;
  const answered = requests.completed + requests.failed;
  if (requests.issued === 0) report(number, "no request was issued");
  if (answered !== requests.issued)
    report(number, `${requests.issued} requests issued, ${answered} answered: some hang`);
  const counted = requests.byError.reduce((sum, { count }) => sum + count, 0);
  if (counted !== requests.failed)
    report(number, `${requests.failed} requests failed, ${counted} have a cause`);
  if (turn.abortAfterMs !== undefined) {
    if (state !== "aborted") report(number, `interrupted, but its state is ${state}`);
    return;
  }
  if (state === "aborted") report(number, "aborted though nobody asked");
  if (requests.failed > 0 && state !== "failed")
    report(number, `${requests.failed} requests failed, but its state is ${state}`);
  if (turn.clean && requests.failed > 0)
    report(number, `failures of a good server: ${JSON.stringify(requests.byError)}`);
  if (turn.clean && state === "failed") report(number, record.reasons.map(({ reason }) => reason).join(" "));
}

/** Bytes of heap and buffers more after each run, by least squares over the later two thirds. */
function growth(held) {
  const later = held.slice(Math.floor(held.length / 3));
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const middle = (later.length - 1) / 2;
  const level = mean(later);
  return (
    mean(later.map((bytes, i) => (i - middle) * (bytes - level))) /
    mean(later.map((_, i) => (i - middle) ** 2))
  );
}

const output = mkdtempSync(join(tmpdir(), "flexbench-soak-"));
const servers = {
  good: await spawnSim({ ...pace, faults: harmless }),
  faulty: await spawnSim({ ...pace, faults: faulty }),
};
const serverPids = Object.values(servers).map(({ pid }) => String(pid));

/** One run, which is given up when it hangs. */
async function oneRun(number, turn) {
  const stop = new AbortController();
  const folder = join(output, String(number));
  const config = loadRunConfig({
    flags: {
      endpoint: turn.servers.map((name) => servers[name].url),
      duration: `${runSeconds}s`,
      minQueries: 64,
      percentile: 90,
      maxTokens: 16,
      workers: 1 + (number % 4),
      timeout: `${requestTimeoutSeconds}s`,
      ttftLimit: "30s",
      tpotLimit: "5s",
      warmup: 4,
      datasetOption: ["size=64"],
      output: folder,
      ...turn.flags,
    },
  });
  const onEvent = (event) => {
    if (turn.abortAfterMs === undefined || event.kind !== "snapshot" || event.snapshot.issued === 0) return;
    setTimeout(() => stop.abort(), turn.abortAfterMs).unref();
  };
  const hung = new AbortController();
  const limit = sleep(hungAfterSeconds * 1000, null, { signal: hung.signal }).catch(() => undefined);
  try {
    const record = await Promise.race([run(config, { signal: stop.signal, listener: { onEvent } }), limit]);
    if (record === null) {
      report(number, `has not ended after ${hungAfterSeconds} s`);
      stop.abort();
      await sleep(5000);
    } else judge(number, turn, record);
    return record;
  } catch (error) {
    // A fault may meet the check of the endpoint before the run: it is then refused, and nothing is measured.
    if (turn.servers.includes("faulty") && error.exitCode === 4)
      console.log(`run ${number}: refused by the check of the endpoint: ${error.code}`);
    else report(number, `threw ${error.code ?? error.name}: ${error.message}`);
    return null;
  } finally {
    hung.abort();
    rmSync(folder, { recursive: true, force: true });
  }
}

const end = performance.now() + seconds * 1000;
const held = [];
let resources = null;
let number = 0;
let answered = 0;
let failed = 0;
try {
  for (; performance.now() < end; number++) {
    const turn = turns[number % turns.length];
    const record = await oneRun(number, turn);
    answered += record?.requests.completed ?? 0;
    failed += record?.requests.failed ?? 0;
    // Handles of what has ended are closed a turn or two later.
    await sleep(500);
    collect();
    const { heapUsed, external, rss } = process.memoryUsage();
    held.push(heapUsed + external);
    const now = process.getActiveResourcesInfo().sort().join(" ");
    resources ??= now;
    if (now !== resources) report(number, `left handles: ${now}; after the first run: ${resources}`);
    const left = childPids().filter((pid) => !serverPids.includes(pid));
    if (left.length > 0) report(number, `left processes: ${left.join(" ")}`);
    console.log(
      `run ${number}: ${turn.flags.scenario ?? "server"} on ${turn.servers.join("+")}, ${1 + (number % 4)} workers: ` +
        `${record?.state ?? "none"}, ${record?.requests.failed ?? "?"} of ${record?.requests.issued ?? "?"} failed; ` +
        `heap ${((heapUsed + external) / 1e6).toFixed(1)} MB, RSS ${(rss / 1e6).toFixed(0)} MB`,
    );
  }
} finally {
  await Promise.all(Object.values(servers).map((server) => server.stop()));
  rmSync(output, { recursive: true, force: true });
}
const perRun = held.length < fewestRunsForGrowth ? null : growth(held);
if (perRun !== null && perRun > heapLimitBytesPerRun)
  report("all", `heap and buffers grow by ${Math.round(perRun / 1000)} kB a run`);
if (childPids().length > 0) report("all", `processes are left: ${childPids().join(" ")}`);
console.log(
  `${number} runs, ${answered} requests completed, ${failed} failed as asked for; growth a run: ` +
    `${perRun === null ? `not judged below ${fewestRunsForGrowth} runs` : `${Math.round(perRun / 1000)} kB`}; ` +
    `${anomalies.length} anomalies`,
);
process.exitCode = anomalies.length === 0 ? 0 : 1;
