import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { beforeAll, expect, it } from "vitest";
import { loadRunConfig, run, startServer } from "#src/index.js";
import { temporaryFolder } from "../child-script.js";
import { installVllm, makeTinyLlama } from "./install-vllm.js";
import { vllmEnvironment } from "./start-vllm.js";

const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));
const modelModule = fileURLToPath(new URL("tiny-llama.mjs", import.meta.url));
const scratch = temporaryFolder();
let python: string;
let model: string;

beforeAll(async () => {
  python = await installVllm();
  model = await makeTinyLlama(python);
});

/** As vLLM is started by default: with an engine and a worker as processes of their own. */
function environment(): NodeJS.ProcessEnv {
  const {
    VLLM_ENABLE_V1_MULTIPROCESSING: _,
    VLLM_CPU_KVCACHE_SPACE: __,
    ...variables
  } = vllmEnvironment(python);
  return variables;
}

const settings = (): Record<string, unknown> => ({
  python,
  servedModelName: "tiny",
  dtype: "bfloat16",
  contextLength: 1024,
  maxConcurrency: 16,
  cpuKvCacheGib: 1,
  serverArgument: "--enforce-eager",
});

/** Processes whose session is this one, by what they call themselves. */
function namesInSession(leader: number): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
        const [state, , , session] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
        if (state === "Z" || Number(session) !== leader) return [];
        return [readFileSync(`/proc/${pid}/cmdline`, "latin1").replaceAll("\0", " ").trim()];
      } catch {
        return [];
      }
    });
}

async function sessionEnds(leader: number): Promise<boolean> {
  const deadline = performance.now() + 20_000;
  while (namesInSession(leader).length > 0 && performance.now() < deadline) await sleep(50);
  return namesInSession(leader).length === 0;
}

it("serve vllm is gone after a SIGKILL of FlexBench, EngineCore included", async () => {
  const words = [
    "serve",
    "vllm",
    model,
    "--python",
    python,
    "--served-model-name",
    "tiny",
    "--dtype",
    "bfloat16",
  ];
  const sizes = ["--context-length", "1024", "--max-concurrency", "16", "--cpu-kv-cache-gib", "1"];
  const log = join(scratch, "killed.log");
  const child = spawn(
    process.execPath,
    [cli, ...words, ...sizes, "--log", log, "--json", "--", "--enforce-eager"],
    {
      env: environment(),
      stdio: ["ignore", "pipe", "ignore"],
    },
  );
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  const server = JSON.parse(line.toString()) as { name: string; version: string; model: string; pid: number };
  expect(server).toMatchObject({ name: "vLLM", version: "0.32.0", model: "tiny" });
  expect(namesInSession(server.pid).some((name) => name.includes("EngineCore"))).toBe(true);
  child.kill("SIGKILL");
  expect(await sessionEnds(server.pid)).toBe(true);
});

it("run --serve vllm measures a server that is started for it and stopped after it", async () => {
  const output = join(scratch, "run");
  const own = environment();
  const before = { ...process.env };
  Object.assign(process.env, own);
  try {
    const config = loadRunConfig({
      flags: {
        serve: { kind: "vllm", ...settings() },
        model,
        modelModule,
        output,
        targetQps: 5,
        duration: "2s",
        minQueries: 10,
        maxTokens: 8,
      },
    });
    const record = await run(config);
    expect(record.requests).toMatchObject({ failed: 0 });
    expect(record.server).toMatchObject({
      name: "vLLM",
      version: "0.32.0",
      launch: { kind: "vllm", device: "cpu" },
    });
    expect(record.server.launch?.command).toContain("VLLM_CPU_KVCACHE_SPACE=1");
    expect(readFileSync(join(output, "server.log"), "utf8")).toContain("Application startup complete");
    const url = record.endpoints[0]?.url;
    await expect(fetch(`${url}/health`)).rejects.toThrow();
  } finally {
    for (const name of Object.keys(own)) {
      const value = before[name];
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
});

it("names the cause when the context is longer than the model's", async () => {
  const asked = { ...settings(), model, contextLength: 1_000_000 };
  const logPath = join(scratch, "failed.log");
  await expect(startServer("vllm", asked, { environment: environment(), logPath })).rejects.toMatchObject({
    code: "SERVER_CONTEXT_TOO_LONG",
    message: expect.stringContaining("1000000"),
  });
  expect(existsSync(join(dirname(logPath), "failed.log"))).toBe(true);
});
