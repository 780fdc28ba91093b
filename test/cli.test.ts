import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { loadRunConfig } from "#src/config/load-run-config.js";
import { maskedConfig } from "#src/config/masked-config.js";
import { readRecord } from "#src/results/store.js";
import type { RunningServer } from "#src/server/running-server.js";
import { spawnSim } from "#src/server/sim-process.js";
import { temporaryFolder } from "./child-script.ts";

const cli = fileURLToPath(new URL("../dist/cli.js", import.meta.url));
const folder = temporaryFolder();
const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

interface End {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Starts the command line as a user would, without any FLEXBENCH_* of the surroundings. */
function start(args: readonly string[], environment: Record<string, string> = {}) {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("FLEXBENCH_"));
  const child = spawn(process.execPath, [cli, ...args], {
    cwd: folder,
    env: { ...Object.fromEntries(inherited), ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  children.push(child);
  const texts = { stdout: "", stderr: "" };
  child.stdout.on("data", (piece) => (texts.stdout += piece));
  child.stderr.on("data", (piece) => (texts.stderr += piece));
  const end = new Promise<End>((resolve) => child.once("close", (code) => resolve({ code, ...texts })));
  return { child, texts, end };
}

const flexbench = (args: readonly string[], environment?: Record<string, string>) =>
  start(args, environment).end;

describe("help and version", () => {
  test("--version says the version and nothing else", async () => {
    const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
      version: string;
    };
    expect(await flexbench(["--version"])).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
  });

  test("--help lists commands and exit codes", async () => {
    const { code, stdout, stderr } = await flexbench(["--help"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    for (const command of ["run", "serve", "probe", "doctor"])
      expect(stdout).toContain(`flexbench ${command}`);
    expect(stdout).toMatch(/3 {2}INVALID +130 {2}interrupted/);
  });

  test("run --help lists every option in its group, with defaults, examples and exit codes", async () => {
    const { code, stdout } = await flexbench(["run", "--help"]);
    expect(code).toBe(0);
    const options = stdout.match(/^ +--[a-z-]+/gm)?.map((option) => option.trim()) ?? [];
    const keys = Object.keys(maskedConfig(loadRunConfig({})));
    const flags = keys.map((key) => `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`);
    expect(options).toEqual(expect.arrayContaining([...flags, "--json", "--quiet", "--dry-run", "--config"]));
    expect(stdout).toMatch(/^Limits:\n +--ttft-limit/m);
    expect(stdout).toMatch(/--duration .*\[default: 60s\]/);
    expect(stdout).toContain("Examples:");
    expect(stdout).toContain("Exit codes:");
  });

  test("no command at all: help on stderr", async () => {
    const { code, stdout, stderr } = await flexbench([]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain("Commands:");
  });
});

describe("usage errors end with 2 and say nothing on stdout", () => {
  test("every problem of flags, words, environment and file at once", async () => {
    const file = join(folder, "wrong.yaml");
    writeFileSync(file, "min-queries: 0\n");
    const args = [
      "--target-qsp",
      "3",
      "--duration",
      "60",
      "--json=maybe",
      "--seed",
      "-1",
      "-x",
      "--model",
      "--config",
    ];
    const { code, stdout, stderr } = await flexbench(["run", ...args, file, "stray"], {
      FLEXBENCH_PERCENTILE: "100",
    });
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr.trimEnd().split("\n")).toEqual([
      "error CONFIG_INVALID: 9 problems",
      "  stray: is not an option; options begin with --",
      "  --target-qsp: is not a known option; did you mean --target-qps?",
      "  -x: is not a known option",
      "  --model: needs a value",
      "  --duration: needs a unit: write 60s for seconds or 60ms for milliseconds",
      "  wrong.yaml: min-queries: must be a whole number of at least 1, not 0",
      '  --seed: must be a whole number of at least 0, not "-1"',
      '  FLEXBENCH_PERCENTILE: must be above 0 and below 100, not "100"',
      '  --json: must be true or false, not "maybe"',
      "hint: `flexbench run --help` lists every option.",
    ]);
  });

  test("compare and sweep report theirs together with those of a run, and name their own help", async () => {
    const endpoints = ["--endpoint", "http://127.0.0.1:9", "--endpoint", "http://127.0.0.1:8"];
    const compare = await flexbench([
      "compare",
      ...endpoints,
      "--repeats",
      "x",
      "--target-qps",
      "1",
      "--config",
    ]);
    expect(compare.code).toBe(2);
    expect(compare.stderr.trimEnd().split("\n")).toEqual([
      "error CONFIG_INVALID: 2 problems",
      '  --repeats: must be a whole number of at least 1, not "x"',
      "  --config: needs a value",
      "hint: `flexbench compare --help` lists every option.",
    ]);
    const sweep = await flexbench(["sweep", "--qps", "1", "--nonsense", "1"]);
    expect(sweep.code).toBe(2);
    expect(sweep.stderr.trimEnd().split("\n")).toEqual([
      "error CONFIG_INVALID: --nonsense: is not a known option",
      "hint: `flexbench sweep --help` lists every option.",
    ]);
  });

  test.each([
    [
      ["run", "--endpoint", "http://h:1"],
      "error CONFIG_INVALID: --target-qps: is needed by the server scenario",
    ],
    [["run", "--model", "a", "--model", "b"], "--model: takes one value, not 2"],
    [["run", "--config"], "--config: needs a value"],
    [["run", "--config", "a", "--config", "b"], "--config: takes one value, not 2"],
    [["run", "--config", "nowhere.yaml"], "--config: nowhere.yaml cannot be read (ENOENT)"],
    [["rnu"], "error USAGE: rnu: is not a command\nhint: Did you mean run?"],
    [["serve", "vlm", "--model", "m"], 'not "vlm"; did you mean vllm?'],
    [["serve", "command"], "--command: is needed"],
    [["serve", "llamacpp", "--slots", "0"], "--slots: must be a whole number from 1 to 1024"],
    [["serve", "vllm", "m", "--tensor-paralel", "2"], "did you mean --tensor-parallel?"],
    [["serve", "vllm", "m", "--env", "HF_TOKEN=x"], "--env: HF_TOKEN would show a secret"],
    [["serve", "sim", "--nope", "1"], "Unknown argument: nope"],
    [["serve", "sim", "--port"], "Not enough arguments following: port"],
    [["probe"], "error USAGE"],
    [["--nope"], "error USAGE"],
  ])("%j", async (args, message) => {
    const { code, stdout, stderr } = await flexbench(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/^ +at /m);
  });

  test("a stack only when asked for", async () => {
    const { code, stderr } = await flexbench(["run", "--seed", "x"], { FLEXBENCH_DEBUG: "1" });
    expect(code).toBe(2);
    expect(stderr).toMatch(/^ +at /m);
  });
});

describe("--dry-run", () => {
  const args = [
    "run",
    "--dry-run",
    "--target-qps",
    "3",
    "--api-key",
    "sk-hidden",
    "--header",
    "X-Token=sk-hidden",
  ];

  test("prints a file that gives the same run, without secrets", async () => {
    const { code, stdout, stderr } = await flexbench(["run", "--dry-run", "--target-qps", "3"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^# Server performance test at 3 queries\/s.*\n/);
    const file = join(folder, "resolved.yaml");
    writeFileSync(file, stdout);
    expect((await flexbench(["run", "--dry-run"], { FLEXBENCH_CONFIG: file })).stdout).toBe(stdout);

    const masked = await flexbench(args);
    expect(masked.stdout).not.toContain("sk-hidden");
    expect(parse(masked.stdout)).toMatchObject({ apiKey: "***", header: { "X-Token": "***" }, targetQps: 3 });
  });

  test("as JSON", async () => {
    const { stdout } = await flexbench([...args, "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({ apiKey: "***", scenario: "server", duration: "60s" });
  });
});

describe("a run", () => {
  let sim: RunningServer;
  let runs = 0;
  beforeAll(async () => {
    sim = await spawnSim({ ttft: { shape: "fixed", ms: 10 }, itl: { shape: "fixed", ms: 2 } });
  });
  afterAll(() => sim.stop());

  /** A run of about a second; `output` is where its files will be. */
  function shortRun(more: readonly string[] = [], duration = "1s") {
    const output = join(folder, `run-${runs++}`);
    const load = ["--target-qps", "60", "--duration", duration, "--min-queries", "64", "--percentile", "90"];
    const size = ["--max-tokens", "8", "--dataset-option", "size=32"];
    return { output, args: ["run", "--endpoint", sim.url, ...load, ...size, "--output", output, ...more] };
  }

  test("that is VALID ends with 0: the table on stdout, talk on stderr", async () => {
    const { args, output } = shortRun();
    const { code, stdout, stderr } = await flexbench(args);
    expect(code).toBe(0);
    expect(stdout).toContain(" VALID   Server scenario, performance");
    expect(stdout).toContain("simulated server");
    expect(stdout).toContain(`  Files       ${output.slice(folder.length + 1)}`);
    expect(`${stdout}${stderr}`).not.toContain("\u001b");
    expect(stderr).toMatch(/^Server performance test at 60 queries\/s/);
    expect(stderr).toContain("performance test begins");
  });

  test("that breaks its limits ends with 3, and --json prints the record alone", async () => {
    const { args, output } = shortRun(["--json", "--ttft-limit", "5ms"]);
    const { code, stdout, stderr } = await flexbench(args);
    expect(code).toBe(3);
    expect(JSON.parse(stdout)).toEqual(JSON.parse(JSON.stringify(await readRecord(output))));
    expect(JSON.parse(stdout)).toMatchObject({ state: "invalid", config: { ttftLimit: "5ms" } });
    expect(stderr).toContain("Files: ");
  });

  test("with failed requests ends with 5, and --quiet says nothing on stderr", async () => {
    const { args } = shortRun(["--quiet", "--timeout", "5ms"]);
    const { code, stdout, stderr } = await flexbench(args);
    expect({ code, stderr }).toEqual({ code: 5, stderr: "" });
    expect(stdout).toContain(" FAILED ");
    expect(stdout).toMatch(/ {14}\d+ × [A-Z_]*TIMEOUT[A-Z_]*: /);
  });

  test("against nothing ends with 4, with a hint", async () => {
    const { code, stdout, stderr } = await flexbench([
      "run",
      "--endpoint",
      "http://127.0.0.1:9",
      "--target-qps",
      "1",
    ]);
    expect({ code, stdout }).toEqual({ code: 4, stdout: "" });
    expect(stderr).toMatch(/\nerror ENDPOINT_REFUSED: .*\nhint: /);
  });

  test.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
    "that gets %s ends with 130 and its record",
    async (signal) => {
      const { args, output } = shortRun([], "60s");
      const run = start(args);
      await expect.poll(() => run.texts.stderr, { timeout: 15_000 }).toMatch(/performance \d+ s of 60 s/);
      const asked = performance.now();
      run.child.kill(signal);
      const { code, stdout, stderr } = await run.end;
      expect(performance.now() - asked).toBeLessThan(2000);
      expect(code).toBe(130);
      expect(stdout).toContain(" ABORTED ");
      expect(stderr).toContain("Stopping the run");
      expect((await readRecord(output)).state).toBe("aborted");
    },
  );

  test("that is stopped before a silent endpoint answered ends with 130 within two seconds", async () => {
    const silent = createServer().listen(0, "127.0.0.1");
    await once(silent, "listening");
    const { port } = silent.address() as AddressInfo;
    const connected = once(silent, "connection");
    const run = start(["run", "--endpoint", `http://127.0.0.1:${port}`, "--target-qps", "1"]);
    await connected;
    const asked = performance.now();
    run.child.kill("SIGINT");
    const { code, stdout } = await run.end;
    silent.close();
    expect(performance.now() - asked).toBeLessThan(2000);
    expect({ code, stdout: stdout.includes(" VALID ") }).toEqual({ code: 130, stdout: false });
  });

  test("whose reader goes away ends without a complaint", async () => {
    const { args, output } = shortRun();
    const run = start(args);
    run.child.stdout.destroy();
    const { code, stderr } = await run.end;
    expect(code).toBe(0);
    expect(stderr).not.toMatch(/EPIPE|error/);
    expect(existsSync(join(output, "record.json"))).toBe(true);
  });
});
