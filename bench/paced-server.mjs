import { execFileSync, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const source = fileURLToPath(new URL("./paced-server/main.go", import.meta.url));
const cli = fileURLToPath(new URL("../dist/cli.js", import.meta.url));
let compiled = null;

/** Which server the bench paces with: the Go one, or our simulator where Go is missing. */
export const serverKind = () => (spawnSync("go", ["version"]).status === 0 ? "go" : "sim");

/**
 * Starts the paced server on `cores` cores, and gives its URL and what it counts. The simulator does not keep TPOT, and
 * takes more CPU for a token.
 */
export async function startPacedServer({ ttftMs = 20, itlMs = 10, cores = 1 } = {}) {
  return serverKind() === "go" ? startGo({ ttftMs, itlMs, cores }) : startSim({ ttftMs, itlMs });
}

/** As `startPacedServer`, stopped after `use`. */
export async function withPacedServer(pace, use) {
  const server = await startPacedServer(pace);
  try {
    return await use(server);
  } finally {
    await server.stop();
  }
}

async function startGo({ ttftMs, itlMs, cores }) {
  const child = spawn(compile(), ["-ttft", `${ttftMs}ms`, "-itl", `${itlMs}ms`], {
    env: { ...process.env, GOMAXPROCS: String(cores) },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const url = (await firstLine(child)).trim();
  return {
    ...statsOf(url),
    stop: stopper(child),
    /** Tokens ever written, once no answer is open any more. */
    tokens: async () => {
      for (;;) {
        const { open, tokens } = await (await fetch(`${url}/stats`)).json();
        if (open === 0) return tokens;
        await sleep(20);
      }
    },
  };
}

async function startSim({ ttftMs, itlMs }) {
  const child = spawn(
    process.execPath,
    [
      ...[cli, "serve", "sim", "--json", "--model", "paced", "--max-concurrency", "20000"],
      ...["--ttft", `${ttftMs}ms`, "--itl", `${itlMs}ms`],
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const { url } = JSON.parse(await firstLine(child));
  return {
    ...statsOf(url),
    stop: stopper(child),
    tokens: async () => {
      for (;;) {
        const metrics = await (await fetch(`${url}/metrics`)).text();
        const value = (name) => Number(new RegExp(`^vllm:${name}\\{.*\\} (\\d+)$`, "m").exec(metrics)?.[1]);
        if (value("num_requests_running") === 0) return value("generation_tokens_total");
        await sleep(20);
      }
    },
  };
}

function statsOf(url) {
  return {
    url,
    /** What was kept since the last `forget`: TTFT and TPOT, ns, null where none. */
    kept: async () => (await fetch(`${url}/stats`)).json(),
    forget: async () => void (await (await fetch(`${url}/stats`, { method: "POST" })).text()),
  };
}

/** Compiles the Go server once. */
function compile() {
  if (compiled !== null) return compiled;
  const folder = mkdtempSync(join(tmpdir(), "flexbench-bench-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  compiled = join(folder, "paced-server");
  execFileSync("go", ["build", "-o", compiled, source], { stdio: ["ignore", "ignore", "inherit"] });
  return compiled;
}

function firstLine(child) {
  return new Promise((resolve, reject) => {
    child.stdout.once("data", (line) => resolve(String(line)));
    child.once("exit", () => reject(new Error("the paced server ended before it was up")));
  });
}

function stopper(child) {
  return () =>
    new Promise((resolve) => {
      if (child.exitCode !== null || child.signalCode !== null) {
        resolve();
        return;
      }
      child.once("exit", resolve);
      child.kill();
    });
}
