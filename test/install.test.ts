// Takes long: `npm run test:slow` and CI run it.
// @module-tag slow
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const checkout = path.resolve(import.meta.dirname, "..");
const pin = JSON.parse(readFileSync(path.join(checkout, "third_party/loadgen.json"), "utf8")) as {
  name: string;
  version: string;
  sdist: string;
  sha256: string;
  sources: string[];
};
// `npm install` leaves the checked sdist here.
const sdist = process.env.FLEXBENCH_LOADGEN_SDIST ?? path.join(checkout, "third_party/loadgen", pin.sdist);

/** An addon small enough to compile in a second, with the one export that the installer looks at. */
const smallAddon = (version: string) => `
#include <node_api.h>
#include <string>
${version === "LoadgenVersion()" ? "namespace mlperf { const std::string& LoadgenVersion(); }\nusing mlperf::LoadgenVersion;" : ""}
static napi_value Version(napi_env env, napi_callback_info) {
  std::string version = ${version};
  napi_value value;
  napi_create_string_utf8(env, version.data(), version.size(), &value);
  return value;
}
NAPI_MODULE_INIT() {
  napi_value function;
  napi_create_function(env, "loadgenVersion", NAPI_AUTO_LENGTH, Version, nullptr, &function);
  napi_set_named_property(env, exports, "loadgenVersion", function);
  return exports;
}
`;

let folder: string;
const children: ChildProcess[] = [];
const servers: Server[] = [];

/** A copy of the parts of the package that the installer uses; LoadGen is cut to the file that holds its version. */
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "flexbench-install-"));
  for (const part of ["binding.gyp", "package.json", "scripts", "third_party/loadgen.gyp"]) {
    cpSync(path.join(checkout, part), path.join(folder, part), { recursive: true });
  }
  symlinkSync(path.join(checkout, "node_modules"), path.join(folder, "node_modules"));
  mkdirSync(path.join(folder, "native"));
  writePin({ sources: ["generated/version_generated.cc"] });
  writeAddon(smallAddon("LoadgenVersion()"));
});

afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  for (const server of servers.splice(0)) server.close();
  rmSync(folder, { recursive: true, force: true });
});

function writePin(changes: Partial<typeof pin>): void {
  writeFileSync(path.join(folder, "third_party/loadgen.json"), JSON.stringify({ ...pin, ...changes }));
}

function writeAddon(source: string): void {
  writeFileSync(path.join(folder, "native/sources.txt"), "native/addon.cc\n");
  writeFileSync(path.join(folder, "native/addon.cc"), source);
}

interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

function install(env: NodeJS.ProcessEnv = {}, args: string[] = []): Promise<Outcome> {
  return run(process.execPath, [path.join(folder, "scripts/install.mjs"), ...args], env);
}

function run(program: string, args: string[], env: NodeJS.ProcessEnv): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    children.push(child);
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (chunk: Buffer) => {
      stdout += chunk.toString();
    });
    child.stderr.on("data", (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
}

/** The value of PATH that finds only these programs. */
function pathWithOnly(...programs: ("python3" | "c++" | "make")[]): string {
  const bin = path.join(folder, "bin");
  mkdirSync(bin);
  for (const program of programs) {
    // A python3 on PATH may be a script that looks for the real one on PATH.
    const ask =
      program === "python3" ? "python3 -c 'import sys; print(sys.executable)'" : `command -v ${program}`;
    const found = execFileSync("sh", ["-c", ask], { encoding: "utf8" }).trim();
    writeFileSync(path.join(bin, program), `#!/bin/sh\nexec '${found}' "$@"\n`, { mode: 0o755 });
  }
  return bin;
}

/** A package index of our own on loopback; it gives `content` as the sdist. */
async function servePackageIndex(content: Buffer): Promise<string> {
  const server = createServer((request, response) => {
    if (request.url === `/simple/${pin.name}/`) {
      response.setHeader("content-type", "text/html");
      response.end(`<a href="/files/${pin.sdist}">${pin.sdist}</a>`);
    } else if (request.url === `/files/${pin.sdist}`) {
      response.end(content);
    } else {
      response.writeHead(404).end();
    }
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/simple`;
}

/** An address on loopback where nothing listens. */
async function closedIndex(): Promise<string> {
  const url = await servePackageIndex(Buffer.alloc(0));
  const server = servers.pop();
  await new Promise((resolve) => server?.close(resolve));
  return url;
}

const onlyIndex = (url: string): NodeJS.ProcessEnv => ({
  PIP_INDEX_URL: url,
  PIP_EXTRA_INDEX_URL: "",
  PIP_FIND_LINKS: "",
  PIP_RETRIES: "0",
  PIP_NO_CACHE_DIR: "1",
  FLEXBENCH_LOADGEN_SDIST: "",
});

/** Asserts exit code 1 and exactly one sentence, and gives the sentence. */
function sentenceOf(outcome: Outcome): string {
  const lines = outcome.stderr.split("\n").filter((line) => line.startsWith("flexbench: "));
  const sentences = lines.filter((line) => !line.startsWith("flexbench: the whole output is in "));
  expect(outcome.stderr).not.toMatch(/^\s+at /m);
  expect(sentences).toHaveLength(1);
  expect(outcome.code).toBe(1);
  return sentences[0] ?? "";
}

describe("a tool that is missing is named with its fix", () => {
  it("python3", async () => {
    const outcome = await install({ PATH: pathWithOnly("c++", "make"), PYTHON: "" });
    expect(sentenceOf(outcome)).toMatch(
      /^flexbench: python3 is missing; install Python 3 .* or set PYTHON to its path\.$/,
    );
  });

  it("a PYTHON that does not run", async () => {
    const outcome = await install({ PYTHON: path.join(folder, "no-python") });
    expect(sentenceOf(outcome)).toMatch(/PYTHON=.*no-python does not run; install Python 3/);
  });

  it("pip", async () => {
    const bare = path.join(folder, "venv");
    expect((await run("python3", ["-m", "venv", "--without-pip", bare], {})).code).toBe(0);
    const env = { PYTHON: path.join(bare, "bin/python3"), FLEXBENCH_LOADGEN_SDIST: "" };
    expect(sentenceOf(await install(env))).toMatch(
      /has no pip, which downloads LoadGen; install it .* or set FLEXBENCH_LOADGEN_SDIST to a copy/,
    );
  });

  it("the compiler", async () => {
    const outcome = await install({ PATH: pathWithOnly("python3", "make"), CXX: "" });
    expect(sentenceOf(outcome)).toMatch(
      /No C\+\+ compiler was found \(c\+\+, g\+\+, clang\+\+\); install one .* or set CXX/,
    );
  });

  it("a compiler without C++17", async () => {
    const old = path.join(folder, "old-c++");
    writeFileSync(
      old,
      "#!/bin/sh\necho \"error: unrecognized command line option '-std=c++17'\" >&2\nexit 1\n",
      {
        mode: 0o755,
      },
    );
    expect(sentenceOf(await install({ CXX: old }))).toMatch(/old-c\+\+ cannot compile C\+\+17; install one /);
  });

  it("make", async () => {
    const outcome = await install({ PATH: pathWithOnly("python3", "c++"), MAKE: "" });
    expect(sentenceOf(outcome)).toMatch(/^flexbench: make is missing; install it /);
  });

  it("all that is missing in one go, a sentence each", async () => {
    const outcome = await install({ PATH: pathWithOnly("python3"), MAKE: "", CXX: "" });
    expect(outcome.stderr.trim().split("\n")).toEqual([
      expect.stringMatching(/No C\+\+ compiler was found/),
      expect.stringMatching(/make is missing/),
    ]);
    expect(outcome.code).toBe(1);
  });
});

describe("an sdist that cannot be had is explained", () => {
  it("no network", async () => {
    const outcome = await install(onlyIndex(await closedIndex()));
    expect(sentenceOf(outcome)).toMatch(
      /pip could not reach the package index to download mlcommons-loadgen 6\.0\.17 \(NewConnectionError\); check the network/,
    );
  });

  it("an index that does not have it", async () => {
    const url = await servePackageIndex(Buffer.alloc(0));
    const outcome = await install({ ...onlyIndex(url.replace("/simple", "/elsewhere")) });
    expect(sentenceOf(outcome)).toMatch(
      /pip could not download mlcommons-loadgen 6\.0\.17; mend what pip says below/,
    );
    expect(outcome.stderr).toMatch(/No matching distribution found/);
  });

  it("an index that gives other content", async () => {
    const url = await servePackageIndex(Buffer.concat([readFileSync(sdist), Buffer.from("!")]));
    expect(sentenceOf(await install(onlyIndex(url)))).toMatch(
      /The package index gave a mlcommons-loadgen 6\.0\.17 whose sha256 is not the pinned a2e85d09/,
    );
  });

  it("a FLEXBENCH_LOADGEN_SDIST with other content", async () => {
    const doctored = path.join(folder, "doctored.tar.gz");
    writeFileSync(doctored, Buffer.concat([readFileSync(sdist), Buffer.from("!")]));
    expect(sentenceOf(await install({ FLEXBENCH_LOADGEN_SDIST: doctored }))).toMatch(
      /doctored\.tar\.gz is not the pinned LoadGen \(sha256 [0-9a-f]{64}, expected a2e85d09/,
    );
    expect(existsSync(path.join(folder, "third_party/loadgen"))).toBe(false);
  });

  it("a FLEXBENCH_LOADGEN_SDIST that is not there", async () => {
    expect(sentenceOf(await install({ FLEXBENCH_LOADGEN_SDIST: path.join(folder, "absent") }))).toMatch(
      /cannot be read \(ENOENT\); point it to a copy of mlcommons_loadgen-6\.0\.17\.tar\.gz or unset it/,
    );
  });

  it("an archive that cannot be unpacked leaves nothing half done", async () => {
    const cut = readFileSync(sdist).subarray(0, 40_000);
    writeFileSync(path.join(folder, "cut.tar.gz"), cut);
    writePin({ sha256: createHash("sha256").update(cut).digest("hex") });
    const outcome = await install({ FLEXBENCH_LOADGEN_SDIST: path.join(folder, "cut.tar.gz") });
    expect(sentenceOf(outcome)).toMatch(
      /mlcommons_loadgen-6\.0\.17\.tar\.gz could not be unpacked \(.+\); make room/,
    );
    expect(existsSync(path.join(folder, "third_party/loadgen"))).toBe(false);
  });

  it("an archive without a source that the pin lists", async () => {
    writePin({ sources: ["generated/version_generated.cc", "renamed.cc"] });
    expect(sentenceOf(await install({ FLEXBENCH_LOADGEN_SDIST: sdist }))).toMatch(/it holds no renamed\.cc/);
  });
});

describe("a build that fails is explained", () => {
  it("a source that does not compile: the compiler's line and the log", async () => {
    writeAddon("int main() { return missing_name; }\n");
    const outcome = await install({ FLEXBENCH_LOADGEN_SDIST: sdist });
    expect(sentenceOf(outcome)).toMatch(/did not compile with .*; mend what the lines below name or set CXX/);
    expect(outcome.stderr).toMatch(/addon\.cc:1:\d+: error: .*missing_name/);
    expect(readFileSync(path.join(folder, "build/install.log"), "utf8")).toMatch(/gyp info using node-gyp/);
  });

  it("an addon of another LoadGen", async () => {
    writeAddon(smallAddon('"5.1"'));
    expect(sentenceOf(await install({ FLEXBENCH_LOADGEN_SDIST: sdist }))).toMatch(
      /it says LoadGen 5\.1, and 6\.0\.17 is pinned; build it anew/,
    );
  });

  it("an addon that does not load", async () => {
    writeAddon(
      '#include <node_api.h>\nextern "C" void nowhere();\nNAPI_MODULE_INIT() { nowhere(); return exports; }\n',
    );
    const outcome = await install({ FLEXBENCH_LOADGEN_SDIST: sdist });
    expect(sentenceOf(outcome)).toMatch(/it cannot be loaded; build it anew/);
    expect(outcome.stderr).toMatch(/undefined symbol: nowhere|symbol not found/);
  });
});

it("builds once, does nothing when nothing changed, and builds again when something did", async () => {
  const env = { FLEXBENCH_LOADGEN_SDIST: sdist };
  const addon = path.join(folder, "build/Release/flexbench.node");
  const first = await install(env);
  expect(first.stderr).toBe("");
  expect(first.code).toBe(0);
  expect(first.stdout).toMatch(
    /^flexbench: compiling LoadGen 6\.0\.17 .*\nflexbench: addon ready after \d+ s\n$/,
  );
  const built = statSync(addon).mtimeMs;

  // Nothing to do needs no tool either.
  expect(await install({ ...env, PATH: "" })).toEqual({ code: 0, stdout: "", stderr: "" });
  expect(statSync(addon).mtimeMs).toBe(built);

  // The sdist is kept: no FLEXBENCH_LOADGEN_SDIST and no network now, and sources that someone altered are put right.
  const source = path.join(folder, "third_party/loadgen/generated/version_generated.cc");
  writeFileSync(source, readFileSync(source, "utf8").replace('"6.0.17"', '"6.0.18"'));
  writeAddon(`${smallAddon("LoadgenVersion()")}// changed\n`);
  const second = await install(onlyIndex(await closedIndex()));
  expect(second).toMatchObject({ code: 0, stderr: "" });
  expect(readFileSync(source, "utf8")).toContain('"6.0.17"');
  expect(statSync(addon).mtimeMs).toBeGreaterThan(built);

  // An addon that someone replaced is noticed; --force needs no reason.
  writeFileSync(addon, "not an addon");
  expect((await install(env)).stdout).toMatch(/addon ready/);
  expect((await install(env, ["--force"])).stdout).toMatch(/addon ready/);
}, 120_000);
