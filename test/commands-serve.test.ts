import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { drawBar, showInstall } from "#src/commands/install-progress.js";
import { accessOf } from "#src/commands/probe.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

/** The commands behind a bare command line: exit code and error code as the real one gives them. */
const commandLine = `
  import yargs from "yargs";
  import { serveCommand } from "#src/commands/serve.js";
  import { probeCommand } from "#src/commands/probe.js";
  import { doctorCommand } from "#src/commands/doctor.js";
  const parser = yargs(process.argv.slice(1)).command(serveCommand).command(probeCommand).command(doctorCommand);
  await parser.strict().exitProcess(false).fail((message, error) => { throw error ?? new Error(message); })
    .parseAsync().catch((error) => {
      console.error(error.code + ": " + error.message);
      process.exitCode = error.exitCode ?? 1;
    });
`;

interface Started {
  child: ChildProcess;
  firstLine: Promise<string>;
  end: Promise<{ code: number | null; stdout: string; stderr: string }>;
}

function start(args: readonly string[], environment: NodeJS.ProcessEnv = {}): Started {
  const child = spawn(process.execPath, ["--input-type=module", "--eval", commandLine, "--", ...args], {
    cwd: root,
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  children.push(child);
  let stdout = "";
  let stderr = "";
  const firstLine = new Promise<string>((resolve) => {
    child.stdout.on("data", (piece) => {
      stdout += piece;
      if (stdout.includes("\n")) resolve(stdout.split("\n", 1)[0] ?? "");
    });
  });
  child.stderr.on("data", (piece) => {
    stderr += piece;
  });
  const end = new Promise<Awaited<Started["end"]>>((resolve) => {
    child.once("close", (code) => resolve({ code, stdout, stderr }));
  });
  return { child, firstLine, end };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe("serve", () => {
  it.each(["SIGINT", "SIGTERM"] as const)(
    "sim prints its address alone and ends well on %s",
    async (signal) => {
      const served = start(["serve", "sim", "--ttft", "1ms", "--model", "tiny"]);
      const url = await served.firstLine;
      expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
      const probe = await start(["probe", url, "--json"]).end;
      expect(probe.code).toBe(0);
      expect(JSON.parse(probe.stdout)).toMatchObject({ model: "tiny", server: { simulated: true } });
      served.child.kill(signal);
      expect(await served.end).toMatchObject({ code: 0, stdout: `${url}\n`, stderr: "" });
      await expect(fetch(url)).rejects.toThrow();
    },
  );

  it("sim --json tells the process, and obeys every flag", async () => {
    const lengths = ["--output-tokens", "7", "--reasoning-tokens", "2"];
    const flags = ["--json", ...lengths, "--api-key", "k", "--fault", "status-500?everyNth=2"];
    const served = start(["serve", "sim", ...flags]);
    const server = JSON.parse(await served.firstLine) as { url: string; pid: number };
    expect(server).toMatchObject({ name: "flexbench-sim", model: "sim", simulated: true });
    const ask = () =>
      fetch(`${server.url}/v1/completions`, {
        method: "POST",
        body: '{"prompt":"a","max_tokens":99}',
        headers: { authorization: "Bearer k" },
      });
    expect(await (await ask()).json()).toMatchObject({
      choices: [{ text: expect.stringMatching(/^<think> w\w+ w\w+<\/think> w/) }],
      usage: { completion_tokens: 7 },
    });
    expect((await ask()).status).toBe(500);
    expect((await fetch(`${server.url}/v1/models`)).status).toBe(401);
    served.child.kill("SIGKILL");
    await expect.poll(() => isAlive(server.pid), { timeout: 5000 }).toBe(false);
  });

  it("fails when its server dies", async () => {
    const served = start(["serve", "sim", "--json"]);
    const { pid } = JSON.parse(await served.firstLine) as { pid: number };
    process.kill(pid, "SIGKILL");
    expect(await served.end).toMatchObject({ code: 5, stderr: expect.stringContaining("SERVER_DIED") });
  });

  it("names every bad flag", async () => {
    const { code, stderr } = await start([
      "serve",
      "sim",
      "--ttft",
      "5",
      "--itl",
      "x",
      "--output-tokens",
      "q",
    ]).end;
    expect(code).toBe(2);
    for (const flag of ["--ttft", "--itl", "--output-tokens"]) expect(stderr).toContain(`${flag}: `);
  });

  it("llamacpp serves the small model", async () => {
    const served = start(["serve", "llamacpp", "--slots", "1", "--json"]);
    const server = JSON.parse(await served.firstLine) as { url: string; pid: number };
    expect(server).toMatchObject({ name: "llama.cpp", model: "smollm2", simulated: false });
    expect((await fetch(`${server.url}/health`)).status).toBe(200);
    served.child.kill("SIGINT");
    expect((await served.end).code).toBe(0);
    expect(isAlive(server.pid)).toBe(false);
  }, 180_000);
});

describe("probe", () => {
  it("ends with 4 when nothing listens", async () => {
    const { code, stderr, stdout } = await start(["probe", "http://127.0.0.1:9"]).end;
    expect({ code, stdout }).toEqual({ code: 4, stdout: "" });
    expect(stderr).toContain("ENDPOINT_REFUSED");
  });

  it("turns its flags into headers and time, and names every bad one", () => {
    const flags = { _: [], $0: "", endpoint: "http://x", insecure: false, json: false, timeout: "2s" };
    const none = { model: undefined, apiKey: "k", tlsCa: undefined, tlsCert: undefined, tlsKey: undefined };
    const kebab = { "api-key": "k", "tls-ca": undefined, "tls-cert": undefined, "tls-key": undefined };
    const given = { ...flags, ...none, ...kebab };
    expect(accessOf({ ...given, header: ["X-A=b=c"] })).toMatchObject({
      headers: { "x-a": "b=c", authorization: "Bearer k" },
      timeoutMs: 2000,
    });
    expect(() => accessOf({ ...given, header: ["nonsense"], timeout: "2" })).toThrow(
      /--header: .*\n--timeout: /,
    );
  });
});

describe("doctor", () => {
  it("finds this machine fit", async () => {
    const { code, stdout } = await start(["doctor", "--json"]).end;
    const report = JSON.parse(stdout) as {
      fit: boolean;
      checks: { name: string; state: string; fix: string | null }[];
    };
    expect(code).toBe(0);
    expect(report.fit).toBe(true);
    const names = report.checks.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(["Node.js", "LoadGen", "Python", "cache", "disk", "timer"]));
    for (const { state, fix } of report.checks) expect(fix === null).toBe(state === "ok");
  });

  it("warns of what is missing, with the fix", async () => {
    const { code, stdout } = await start(["doctor"], { PYTHON: "no-such-python", CXX: "no-such-compiler" })
      .end;
    expect(code).toBe(0);
    expect(stdout).toMatch(/^warn +Python .*no-such-python.*\n +Install Python/m);
    expect(stdout).toMatch(/^warn +compiler +none\n +Install one/m);
  });
});

describe("the bar of an installation", () => {
  it("moves on a terminal and is silent elsewhere", () => {
    const draw = (isTTY: boolean) => {
      let written = "";
      const write = (text: string) => {
        written += text;
        return true;
      };
      const show = showInstall({ isTTY, write });
      show({ kind: "note", message: "Downloading" });
      for (const receivedBytes of [0, 50e6, 100e6]) {
        show({ kind: "download", label: "x", receivedBytes, totalBytes: 100e6 });
      }
      return written;
    };
    expect(draw(false)).toBe("Downloading\n");
    expect(draw(true)).toMatch(
      /\[-{30}\] {3}0 % .*\r\[#{15}-{15}\] {2}50 % {2}50 of 100 MB\r\[#{30}\] 100 % .*\n$/s,
    );
    expect(drawBar(5e6, null)).toBe("5 MB");
  });
});
