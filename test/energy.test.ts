import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { hostname } from "node:os";
import { delimiter, join } from "node:path";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { loadRunConfig } from "#src/config/load-run-config.js";
import { maskCommand } from "#src/config/secrets.js";
import { readPowerWindow } from "#src/loadgen/power-window.js";
import type { RunRecord } from "#src/results/record.js";
import { readPower } from "#src/results/series-parquet.js";
import { readRecord } from "#src/results/store.js";
import { renderTable } from "#src/results/table.js";
import { run } from "#src/run.js";
import type { RunningServer } from "#src/server/running-server.js";
import { spawnSim } from "#src/server/sim-process.js";
import { energyOf } from "#src/telemetry/energy.js";
import { monotonicNowMs } from "#src/telemetry/polling.js";
import { findWatts, startPowerCommand } from "#src/telemetry/power-command.js";
import { startPowerExporter } from "#src/telemetry/power-exporter.js";
import { leadHere, startPowerMeter } from "#src/telemetry/power-meter.js";
import { readExportedPower } from "#src/telemetry/power-metric-names.js";
import { startNvidiaSmi } from "#src/telemetry/power-nvidia.js";
import { startRapl } from "#src/telemetry/power-rapl.js";
import type { PowerSeries, StartedPower } from "#src/telemetry/power-source.js";
import { childPids } from "./child-processes.js";
import { runScript, temporaryFolder } from "./child-script.ts";
import { makeCertificates } from "./tls-certificates.ts";

const folder = temporaryFolder();
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** An exporter that wants nothing. */
const open = (url: string) => ({
  url,
  headers: {},
  tls: { ca: null, cert: null, key: null, insecure: false },
});

function source(started: StartedPower) {
  if ("why" in started) throw new Error(started.why);
  return started;
}

describe("energy of a window", () => {
  const meter = (changes: Partial<PowerSeries> = {}): PowerSeries => ({
    name: "GPU 0",
    scope: "accelerators",
    unit: "watts",
    timesMs: [0, 1000, 2000, 3000],
    values: [100, 100, 300, 300],
    ...changes,
  });

  test("is the area below the power, cut at the window's edges", () => {
    // 100 W for half a second, a ramp of a second, 300 W for half a second.
    const report = energyOf([meter()], { beginMs: 500, endMs: 2500 }, 800);
    expect(report).toMatchObject({
      windowNs: 2e9,
      joules: 50 + 200 + 150,
      meanWatts: 200,
      maxWatts: 300,
      tokensPerJoule: 2,
      sources: [{ name: "GPU 0", readings: 2, joules: 400, counted: true, why: null }],
    });
  });

  test("of a counter is the difference, interpolated", () => {
    const counter = meter({ unit: "joules", values: [0, 100, 400, 700] });
    const report = energyOf([counter], { beginMs: 500, endMs: 2500 }, 0);
    expect(report).toMatchObject({ joules: 500, meanWatts: 250, maxWatts: 300, tokensPerJoule: null });
  });

  test("adds the parts of a system", () => {
    const parts = [
      meter(),
      meter({ name: "RAPL package-0", scope: "processors", unit: "joules", values: [0, 50, 100, 150] }),
    ];
    const report = energyOf(parts, { beginMs: 1000, endMs: 3000 }, 0);
    expect(report).toMatchObject({ joules: 500 + 100, maxWatts: 350 });
  });

  test("is that of the whole system alone where it is measured", () => {
    const whole = meter({ name: "power command", scope: "system", values: [900, 900, 900, 900] });
    const report = energyOf([meter(), whole], { beginMs: 0, endMs: 3000 }, 0);
    expect(report).toMatchObject({
      joules: 2700,
      sources: [
        { name: "GPU 0", joules: 600, counted: false },
        { name: "power command", joules: 2700, counted: true },
      ],
    });
  });

  test("of constant power is power times time, whatever the moments of reading", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 1, max: 4000, noNaN: true }), { minLength: 1, maxLength: 20 }),
        fc.double({ min: 0, max: 2000, noNaN: true }),
        fc.double({ min: 2001, max: 4500, noNaN: true }),
        (moments, beginMs, endMs) => {
          const timesMs = [0, ...new Set(moments.toSorted((a, b) => a - b)), 5000];
          const values = timesMs.map(() => 50);
          const report = energyOf([meter({ timesMs, values })], { beginMs, endMs }, 0);
          if ("why" in report) throw new Error(report.why);
          expect(report.joules).toBeCloseTo((50 * (endMs - beginMs)) / 1e3, 6);
          expect(report.maxWatts).toBeCloseTo(50, 9);
        },
      ),
    );
  });

  test.each([
    [{ timesMs: [5000, 6000], values: [1, 1] }, "first read 5.0 s after the test began"],
    [{ timesMs: [0, 1000], values: [1, 1] }, "last read 19.0 s before the test ended"],
    [{ timesMs: [0, 4000, 16_000, 20_000], values: [1, 1, 1, 1] }, "not read for 12.0 s of the test"],
    [{ timesMs: [0], values: [1] }, "read 1 times"],
    [{ unit: "joules" as const, timesMs: [0, 10_000, 19_500], values: [0, 1, 2] }, "last read 0.5 s before"],
  ])("that a meter did not cover is not told: %j", (changes, why) => {
    const report = energyOf(
      [meter(changes), meter({ name: "other", timesMs: [0, 10_000, 20_000], values: [1, 1, 1] })],
      { beginMs: 0, endMs: 20_000 },
      0,
    );
    expect(report).toEqual({ why: expect.stringContaining(`GPU 0: it was ${why}`) });
  });

  test("without meters is not told", () => {
    expect(energyOf([], { beginMs: 0, endMs: 1 }, 0)).toEqual({ why: "Nothing told its power." });
  });
});

describe("RAPL", () => {
  /** A tree like that of /sys/class/powercap. */
  function powercap(zones: Record<string, { name: string; energy: number; range?: number }>): string {
    const root = mkdtempSync(join(folder, "powercap-"));
    for (const [zone, { name, energy, range = 262_143_328_850 }] of Object.entries(zones)) {
      mkdirSync(join(root, zone));
      writeFileSync(join(root, zone, "name"), `${name}\n`);
      writeFileSync(join(root, zone, "energy_uj"), `${energy}\n`);
      writeFileSync(join(root, zone, "max_energy_range_uj"), `${range}\n`);
    }
    return root;
  }
  const setEnergy = (root: string, zone: string, energy: number) =>
    writeFileSync(join(root, zone, "energy_uj"), `${energy}\n`);

  test("reads packages and memory, and nothing that is part of them or holds them", async () => {
    const root = powercap({
      "intel-rapl:0": { name: "package-0", energy: 1000 },
      "intel-rapl:0:0": { name: "core", energy: 1000 },
      "intel-rapl:0:1": { name: "dram", energy: 1000 },
      "intel-rapl:1": { name: "package-1", energy: 1000 },
      "intel-rapl:2": { name: "psys", energy: 1000 },
      "intel-rapl-mmio:0": { name: "package-0", energy: 1000 },
    });
    const rapl = source(await startRapl(root));
    const series = await rapl.stop(true);
    expect(series.map(({ name }) => name)).toEqual([
      "RAPL package-0",
      "RAPL package-0 dram",
      "RAPL package-1",
    ]);
    expect(series.every(({ unit, scope }) => unit === "joules" && scope === "processors")).toBe(true);
  });

  test("counts on when a counter starts again at zero", async () => {
    const root = powercap({ "intel-rapl:0": { name: "package-0", energy: 9_000_000, range: 10_000_000 } });
    const rapl = source(await startRapl(root, 60_000));
    setEnergy(root, "intel-rapl:0", 2_500_000);
    await pause(5);
    const [series] = await rapl.stop(true);
    expect(series?.values).toEqual([0, 3.5]);
  });

  test("is read on its own, and once more at the end", async () => {
    const root = powercap({ "intel-rapl:0": { name: "package-0", energy: 0 } });
    const rapl = source(await startRapl(root, 20));
    setEnergy(root, "intel-rapl:0", 5_000_000);
    await pause(100);
    setEnergy(root, "intel-rapl:0", 7_000_000);
    const stoppedMs = monotonicNowMs();
    const [series] = await rapl.stop(true);
    expect(series?.values).toContain(5);
    expect(series?.values.at(-1)).toBe(7);
    expect(series?.timesMs.at(-1)).toBeGreaterThanOrEqual(stoppedMs);
  });

  test("that only root may read says what to do", async () => {
    const root = powercap({ "intel-rapl:0": { name: "package-0", energy: 0 } });
    // Another user must come as far as the counter, to be refused by that alone.
    for (const path of [folder, root]) chmodSync(path, 0o755);
    chmodSync(join(root, "intel-rapl:0", "energy_uj"), 0o400);
    const { stdout, stderr } = await runScript(`
      import { startRapl } from "#src/telemetry/power-rapl.js";
      if (process.getuid() === 0) process.seteuid(65534);
      else await import("node:fs").then((fs) => fs.chmodSync(${JSON.stringify(join(root, "intel-rapl:0", "energy_uj"))}, 0));
      console.log(JSON.stringify(await startRapl(${JSON.stringify(root)})));
    `);
    expect(stderr).toBe("");
    expect(JSON.parse(stdout)).toEqual({ why: expect.stringMatching(/may be read by root alone.*chmod/) });
  });

  test("whose counter cannot be read names it", async () => {
    const root = powercap({ "intel-rapl:0": { name: "package-0", energy: 0 } });
    rmSync(join(root, "intel-rapl:0", "energy_uj"));
    expect(await startRapl(root)).toEqual({ why: expect.stringContaining("cannot be read (ENOENT)") });
  });

  test("that is not there says so", async () => {
    expect(await startRapl(join(folder, "nowhere"))).toEqual({
      why: expect.stringContaining("shows no energy counters"),
    });
    expect(await startRapl(powercap({}))).toEqual({
      why: expect.stringContaining("shows no energy counters"),
    });
  });
});

describe("nvidia-smi", () => {
  /** An executable that writes what `script` says. */
  function executable(script: string): string {
    const path = join(mkdtempSync(join(folder, "bin-")), "nvidia-smi");
    writeFileSync(path, `#!/bin/sh\n${script}\n`);
    chmodSync(path, 0o755);
    return path;
  }
  const readings = (watts: string) =>
    `while :; do now=$(date '+%Y/%m/%d %H:%M:%S.%3N'); echo "$now, 0, NVIDIA L4, ${watts}"; echo "$now, 1, NVIDIA L4, 30.25"; sleep 0.05; done`;

  test("is one process that tells the power of every GPU, and ends", async () => {
    const command = executable(`echo "$@" > "$0.args"; ${readings("71.50")}`);
    const startedMs = monotonicNowMs();
    const smi = source(await startNvidiaSmi(command));
    expect(childPids().length).toBe(1);
    await pause(200);
    const stoppedMs = monotonicNowMs();
    const series = await smi.stop(true);
    expect(series.map(({ name }) => name)).toEqual([
      "nvidia-smi GPU 0 (NVIDIA L4)",
      "nvidia-smi GPU 1 (NVIDIA L4)",
    ]);
    expect(series[0]?.values.every((watts) => watts === 71.5)).toBe(true);
    expect(series[1]?.values.length).toBeGreaterThan(2);
    expect(series[0]?.timesMs[0]).toBeGreaterThan(startedMs - 2);
    expect(series[0]?.timesMs.at(-1)).toBeGreaterThanOrEqual(stoppedMs);
    expect(readFileSync(`${command}.args`, "utf8")).toBe(
      "--query-gpu=timestamp,index,name,power.draw --format=csv,noheader,nounits -lms 500\n",
    );
    expect(childPids()).toEqual([]);
  });

  test.each([
    ["is missing", join(folder, "no-such-smi"), "There is no nvidia-smi"],
    [
      "fails",
      executable('echo "NVIDIA-SMI has failed because it could not talk to the driver"; exit 9'),
      "exit code 9: NVIDIA-SMI has failed",
    ],
    [
      "knows no power",
      executable('echo "2026/11/24 10:00:00.000, 0, GeForce GT 710, [N/A]"; exit 0'),
      "[N/A]",
    ],
  ])("that %s says so", async (_, command, why) => {
    expect(await startNvidiaSmi(command)).toEqual({ why: expect.stringContaining(why) });
  });

  test("stands on the PATH, beside RAPL", async () => {
    vi.stubEnv("PATH", `${join(executable(readings("71.50")), "..")}${delimiter}${process.env.PATH}`);
    const options = { exporters: [], command: null, pattern: null, powercap: join(folder, "nowhere") };
    const meter = await startPowerMeter({ ...options, serversAreHere: true });
    vi.unstubAllEnvs();
    expect(meter.why).toEqual([expect.stringContaining("shows no energy counters")]);
    if (!("stop" in meter)) throw new Error("no meter");
    // Both GPUs have been read once: the program writes a line each.
    await pause(300);
    expect((await meter.stop(false)).length).toBe(2);
  });
});

describe("power exporters", () => {
  const pages: Record<string, string> = {};
  let asked = 0;
  const server = createServer((request, response) => {
    asked += 1;
    const page = pages[request.url ?? ""];
    if (page === undefined) response.writeHead(404).end();
    else response.end(page);
  });
  let origin = "";
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  test("DCGM: a GPU in parts or used by several pods is one GPU", () => {
    const text = `# TYPE DCGM_FI_DEV_POWER_USAGE gauge
DCGM_FI_DEV_POWER_USAGE{gpu="0",UUID="GPU-a",modelName="NVIDIA H100",Hostname="n1",pod="x"} 310.5
DCGM_FI_DEV_POWER_USAGE{gpu="0",UUID="GPU-a",modelName="NVIDIA H100",Hostname="n1",pod="y"} 310.5
DCGM_FI_DEV_POWER_USAGE{gpu="1",UUID="GPU-b",modelName="NVIDIA H100",Hostname="n1"} 290
`;
    expect(readExportedPower(text)).toEqual([
      { device: "DCGM Hostname=n1 gpu=0 UUID=GPU-a", scope: "accelerators", unit: "watts", value: 310.5 },
      { device: "DCGM Hostname=n1 gpu=1 UUID=GPU-b", scope: "accelerators", unit: "watts", value: 290 },
    ]);
  });

  test("AMD: under any of its names, and once", () => {
    const amd = (name: string) => `${name}{gpu_id="0",hostname="node-a"} 748\n`;
    for (const name of ["gpu_package_power", "amd_gpu_package_power", "gpu_average_package_power"])
      expect(readExportedPower(amd(name)).map(({ value }) => value)).toEqual([748]);
    expect(readExportedPower(amd("gpu_package_power") + amd("gpu_average_package_power")).length).toBe(1);
  });

  test("node_exporter and ipmi_exporter: processors in joules, the whole system in watts", () => {
    const text =
      'node_rapl_package_joules_total{index="0",path="p"} 5.5\nnode_rapl_dram_joules_total{index="0",path="q"} 1\nipmi_dcmi_power_consumption_watts 420\n';
    expect(readExportedPower(text).map(({ scope, unit, value }) => [scope, unit, value])).toEqual([
      ["processors", "joules", 5.5],
      ["processors", "joules", 1],
      ["system", "watts", 420],
    ]);
  });

  test("are read again and again, and once more at the end", async () => {
    pages["/metrics"] = 'DCGM_FI_DEV_POWER_USAGE{gpu="0"} 100\n';
    const exporter = source(await startPowerExporter(open(`${origin}/metrics`), 20));
    await vi.waitFor(() => expect(asked).toBeGreaterThan(3));
    pages["/metrics"] = 'DCGM_FI_DEV_POWER_USAGE{gpu="0"} 200\n';
    const [series] = await exporter.stop(true);
    expect(series?.name).toBe(`DCGM gpu=0 at ${new URL(origin).host}`);
    expect(series?.values[0]).toBe(100);
    expect(series?.values.at(-1)).toBe(200);
  });

  test("that cannot be read, or have no power, say so", async () => {
    expect(await startPowerExporter(open(`${origin}/gone`))).toEqual({
      why: expect.stringContaining("answers 404"),
    });
    pages["/other"] = "up 1\n";
    expect(await startPowerExporter(open(`${origin}/other`))).toEqual({
      why: expect.stringContaining("none of the power metrics DCGM_FI_DEV"),
    });
    expect(await startPowerExporter(open("http://127.0.0.1:1/metrics"))).toEqual({
      why: expect.stringContaining("could not be read"),
    });
  });

  test("one that cannot be read leaves no total of the others", async () => {
    pages["/metrics"] = 'DCGM_FI_DEV_POWER_USAGE{gpu="0"} 100\n';
    const exporters = [open(`${origin}/metrics`), open(`${origin}/gone`)];
    const meter = await startPowerMeter({ exporters, command: null, pattern: null, serversAreHere: false });
    expect(meter).toEqual({ why: expect.stringContaining("answers 404") });
  });

  test("over TLS are trusted as the endpoints are: by --tls-ca, or any with --insecure", async () => {
    const { ca, server: own, otherHost } = makeCertificates(folder);
    const ask = async ({ cert, key }: typeof own, tls: { ca?: string; insecure?: boolean }) => {
      const secure = createTlsServer({ cert: readFileSync(cert), key: readFileSync(key) }, (_, response) =>
        response.end('DCGM_FI_DEV_POWER_USAGE{gpu="0"} 100\n'),
      );
      await new Promise<void>((resolve) => secure.listen(0, "127.0.0.1", resolve));
      const { tls: usual, ...plain } = open(`https://127.0.0.1:${(secure.address() as AddressInfo).port}/`);
      const started = await startPowerExporter({ ...plain, tls: { ...usual, ...tls } });
      const read = "why" in started ? started.why : (await started.stop(true))[0]?.values.length;
      secure.close();
      return read;
    };
    expect(await ask(own, { ca })).toBe(2);
    expect(await ask(own, { insecure: true })).toBe(2);
    expect(await ask(own, {})).toMatch(/could not be read: .*(certificate|issuer)/);
    expect(await ask(otherHost, { ca })).toMatch(/could not be read: .*(certificate|altnames)/);
  });
});

describe("a power command", () => {
  test.each([
    ["Instantaneous power reading:                   220 Watts\nMinimum: 10 Watts", null, 220],
    ["Sensor 7: 331.5 W", null, 331.5],
    ["412", null, 412],
    ['{"PowerConsumedWatts": 344}', '"PowerConsumedWatts": (\\d+)', 344],
    ["a 1\nb 2", "^b (\\d)", 2],
    ["nothing here", null, null],
    ["-5", null, null],
    ["12 34", "x(\\d+)", null],
  ])("finds the watts in %j by %j", (output, pattern, watts) => {
    expect(findWatts(output, pattern)).toBe(watts);
  });

  test("is run again and again, and once more at the end", async () => {
    const file = join(folder, "watts");
    writeFileSync(file, "100 W");
    const command = source(
      await startPowerCommand({ command: `cat '${file}'`, pattern: null, intervalMs: 20 }),
    );
    await pause(150);
    writeFileSync(file, "200 W");
    const [series] = await command.stop(true);
    expect(series?.scope).toBe("system");
    expect(series?.values[0]).toBe(100);
    expect(series?.values.length).toBeGreaterThan(2);
    expect(series?.values.at(-1)).toBe(200);
  });

  test.each([
    ["echo no >&2; exit 3", "ended with exit code 3: no"],
    ["echo hello", 'printed no power: "hello"'],
    ["sleep 30 | cat", "took longer than 0.2 s"],
    ["no-such-command-here", "exit code 127"],
  ])("that does not work says so: %s", async (command, why) => {
    expect(await startPowerCommand({ command, pattern: null, timeoutMs: 200 })).toEqual({
      why: expect.stringContaining(why),
    });
    await vi.waitFor(() => expect(childPids()).toEqual([]));
  });

  test("that hangs does not hold an interrupted run", async () => {
    const file = join(folder, "once");
    const command = `test -e '${file}' && sleep 30; touch '${file}'; echo 5`;
    const started = source(await startPowerCommand({ command, pattern: null, intervalMs: 1 }));
    await pause(50);
    const beforeMs = monotonicNowMs();
    await started.stop(false);
    expect(monotonicNowMs() - beforeMs).toBeLessThan(2000);
    expect(childPids()).toEqual([]);
  });

  test("loses its passwords before it is written anywhere", () => {
    expect(maskCommand("ipmitool -H bmc -U admin -P s3cret dcmi power reading")).toBe(
      "ipmitool -H bmc -U admin -P *** dcmi power reading",
    );
    expect(maskCommand("IPMI_PASSWORD='a b' ipmitool -E sdr")).toBe("IPMI_PASSWORD=*** ipmitool -E sdr");
    expect(maskCommand("curl -u root:pw https://x:y@bmc/redfish")).toBe(
      "curl -u root:*** https://***@bmc/redfish",
    );
  });
});

test("the meters of this machine are for servers on this machine", async () => {
  expect(
    leadHere(["http://127.0.0.1:8000", "http://localhost:1", "http://[::1]:9", `http://${hostname()}`]),
  ).toBe(true);
  expect(leadHere(["http://127.0.0.1:8000", "http://gpu-7.example:8000"])).toBe(false);
  const meter = await startPowerMeter({ exporters: [], command: null, pattern: null, serversAreHere: false });
  expect(meter).toEqual({ why: expect.stringContaining("another machine") });
});

describe("LoadGen's window", () => {
  const entry = (key: string, value: string) =>
    `:::MLLOG {"key": "${key}", "value": "${value}", "time_ms": 1.5, "namespace": "mlperf::logging", "event_type": "POINT_IN_TIME", "metadata": {"is_error": false, "is_warning": false, "file": "loadgen.cc", "line_no": 1, "pid": 1, "tid": 1}}\n`;

  test("is read from power_begin and power_end, in UTC", () => {
    const path = mkdtempSync(join(folder, "log-"));
    writeFileSync(
      join(path, "mlperf_log_detail.txt"),
      entry("power_begin", "11-24-2026 16:20:52.393") + entry("power_end", "11-24-2026 16:21:00.508"),
    );
    expect(readPowerWindow(path)).toEqual({
      beginMs: Date.UTC(2026, 10, 24, 16, 20, 52, 393),
      endMs: Date.UTC(2026, 10, 24, 16, 21, 0, 508),
    });
  });

  test("is missing where the test did not end", () => {
    const path = mkdtempSync(join(folder, "log-"));
    expect(readPowerWindow(path)).toBeNull();
    writeFileSync(join(path, "mlperf_log_detail.txt"), entry("power_begin", "11-24-2026 16:20:52.393"));
    expect(readPowerWindow(path)).toBeNull();
  });
});

describe("a run", () => {
  let sim: RunningServer;
  let runs = 0;
  beforeAll(async () => {
    sim = await spawnSim({ ttft: { shape: "fixed", ms: 10 }, itl: { shape: "fixed", ms: 2 } });
  });
  afterAll(() => sim.stop());
  afterEach(() => expect(childPids().length).toBe(1));

  const configOf = (output: string, flags: Record<string, unknown>) =>
    loadRunConfig({
      flags: {
        endpoint: [sim.url],
        targetQps: 50,
        duration: "1500ms",
        minQueries: 64,
        percentile: 90,
        maxTokens: 8,
        datasetOption: ["size=32"],
        output,
        ...flags,
      },
    });

  async function runOn(
    flags: Record<string, unknown>,
  ): Promise<{ record: RunRecord; output: string; warnings: string[] }> {
    const output = join(folder, `run-${runs++}`);
    const warnings: string[] = [];
    const onEvent = (event: { kind: string; message?: unknown }) => {
      if (event.kind === "warning") warnings.push(String(event.message));
    };
    return { record: await run(configOf(output, flags), { listener: { onEvent } }), output, warnings };
  }

  test("on a system of 250 W has its joules over LoadGen's window, and the readings around it", async () => {
    const { record, output } = await runOn({ powerCommand: "echo 250 W" });
    const { energy } = record;
    if (energy === null) throw new Error(record.energyWhy ?? "no reason");
    const window = readPowerWindow(join(output, "loadgen"));
    expect(energy.windowNs / 1e6).toBeCloseTo((window?.endMs ?? 0) - (window?.beginMs ?? 0), 3);
    expect(energy.joules).toBeCloseTo((250 * energy.windowNs) / 1e9, 6);
    expect(energy).toMatchObject({ meanWatts: expect.closeTo(250, 6), maxWatts: 250 });
    expect(energy.tokensPerJoule).toBeCloseTo(record.metrics.outputTokens / energy.joules, 9);
    expect(record.energyWhy).toBeNull();
    expect((await readRecord(output)).energy).toEqual(energy);
    expect(renderTable(record)).toMatch(
      /Energy {6}[\d,.]+ J · 250(?:\.0+)? W \(most 250(?:\.0+)?\) · [\d.]+ tokens\/J/,
    );
    const rows = await readPower(join(output, "power.parquet"));
    expect(rows[0]?.timeNs).toBeLessThan(0);
    expect(rows.at(-1)?.timeNs).toBeGreaterThan(energy.windowNs);
    expect(
      rows.every(
        ({ watts, joules, source: name }) =>
          watts === 250 && Number.isNaN(joules) && name === "power command",
      ),
    ).toBe(true);
  });

  test("whose meter cannot be read has none, says why, and is judged as ever", async () => {
    const { record, warnings } = await runOn({ powerUrl: ["http://127.0.0.1:1/metrics"], duration: "200ms" });
    expect(record).toMatchObject({
      state: "valid",
      energy: null,
      energyWhy: expect.stringContaining("could not be read"),
    });
    expect(warnings).toEqual([expect.stringContaining("Power is not measured")]);
  });

  test("sends its key and headers to power exporters of the endpoint's origin alone", async () => {
    const told: Record<string, IncomingHttpHeaders[]> = { own: [], other: [] };
    const listen = async (name: string, elsewhere: string | null) => {
      const server = createServer((question, response) => {
        if (elsewhere === null || question.url === "/power") {
          told[name]?.push(question.headers);
          response.end(`DCGM_FI_DEV_POWER_USAGE{gpu="${name}"} 100\n`);
          return;
        }
        const { method = "GET", headers } = question;
        const onward = httpRequest(`${elsewhere}${question.url}`, { method, headers }, (answer) => {
          response.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(response);
        });
        question.pipe(onward.on("error", () => response.destroy()));
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
    };
    const own = await listen("own", sim.url);
    const other = await listen("other", null);
    try {
      const { record } = await runOn({
        ...{ endpoint: [own.url], apiKey: "hidden", header: ["X-Tenant=blue"], duration: "300ms" },
        powerUrl: [`${own.url}/power`, `${other.url}/power`],
      });
      expect(record.energy?.sources).toHaveLength(2);
      expect(told.own?.[0]).toMatchObject({ authorization: "Bearer hidden", "x-tenant": "blue" });
      expect(told.other?.length).toBeGreaterThan(0);
      for (const headers of told.other ?? []) {
        expect(headers).not.toHaveProperty("authorization");
        expect(headers).not.toHaveProperty("x-tenant");
      }
    } finally {
      for (const { server } of [own, other]) {
        server.closeAllConnections();
        server.close();
      }
    }
  });

  test("that is interrupted leaves no command behind", async () => {
    const file = join(folder, "first");
    const stop = new AbortController();
    const command = `if test -e '${file}'; then sleep 30; fi; touch '${file}'; echo 5 W`;
    const record = await run(
      configOf(join(folder, "interrupted"), { powerCommand: command, duration: "20s" }),
      {
        signal: stop.signal,
        listener: {
          onEvent: ({ kind }) => {
            if (kind === "snapshot") setTimeout(() => stop.abort(), 1500);
          },
        },
      },
    );
    expect(record).toMatchObject({
      state: "aborted",
      energy: null,
      energyWhy: "The run was interrupted.",
      serverMetrics: null,
      serverMetricsWhy: "The run was interrupted.",
    });
  });

  test("that was told so measures none", async () => {
    const { record } = await runOn({ power: false, duration: "200ms" });
    expect(record).toMatchObject({ energy: null, energyWhy: "Not asked for (--no-power)." });
  });
});
