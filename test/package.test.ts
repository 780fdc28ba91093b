// Takes long: `npm run test:slow` and CI run it.
// @module-tag slow
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const checkout = path.resolve(import.meta.dirname, "..");
const { version } = JSON.parse(readFileSync(path.join(checkout, "package.json"), "utf8")) as {
  version: string;
};
const pin = JSON.parse(readFileSync(path.join(checkout, "third_party/loadgen.json"), "utf8")) as {
  version: string;
  sdist: string;
};

interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs a program as a user would: without what `npm test` puts into the environment. */
function run(program: string, args: string[], cwd: string): Promise<Outcome> {
  const env: NodeJS.ProcessEnv = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(npm_|NODE_ENV$|VITEST)/i.test(name)),
  );
  // Spares the index a download; where this checkout has no sdist, pip gets it.
  const sdist = path.join(checkout, "third_party/loadgen", pin.sdist);
  if (existsSync(sdist)) env.FLEXBENCH_LOADGEN_SDIST ??= sdist;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
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

/** Runs a program and demands that it ends well. */
async function succeed(program: string, args: string[], cwd: string): Promise<Outcome> {
  const outcome = await run(program, args, cwd);
  if (outcome.code !== 0)
    throw new Error(`${program} ${args.join(" ")}\n${outcome.stdout}\n${outcome.stderr}`);
  return outcome;
}

let folder: string;
let project: string;
let tarball: string;
let files: string[];
/** What the package does while npm holds its install script back. */
let heldBack: Outcome;

const importLoadgen = [
  "-e",
  'import("flexbench/loadgen").then(({ loadgenVersion }) => console.log(loadgenVersion()))',
];

beforeAll(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), "flexbench-package-"));
  project = path.join(folder, "project");
  // `npm test` has built dist/; building it again would pull it from under the other tests.
  const packed = await succeed(
    "npm",
    ["pack", "--ignore-scripts", "--json", "--pack-destination", folder],
    checkout,
  );
  const [report] = JSON.parse(packed.stdout) as { filename: string; files: { path: string }[] }[];
  if (report === undefined) throw new Error("npm pack made no tarball");
  files = report.files.map((file) => file.path);
  tarball = path.join(folder, report.filename);

  await succeed("mkdir", [project], folder);
  writeFileSync(path.join(project, "package.json"), '{ "name": "user", "private": true, "type": "module" }');
  const quiet = ["--no-audit", "--no-fund", "--prefer-offline"];
  await succeed("npm", ["install", "--ignore-scripts", ...quiet, tarball], project);
  heldBack = await run(process.execPath, importLoadgen, project);

  // An npm that knows no approval runs the script without.
  const approval = await run("npm", ["approve-scripts", "flexbench"], project);
  if (approval.code !== 0 && !/Unknown command/i.test(approval.stderr)) throw new Error(approval.stderr);
  await succeed("npm", ["rebuild", "flexbench"], project);
}, 240_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the packed package", () => {
  it("holds what it needs to build and to run, and nothing else", () => {
    const allowed =
      /^(dist\/|native\/[^/]+\.(cc|h|txt)$|third_party\/loadgen\.(json|gyp)$|scripts\/install|(binding\.gyp|package\.json|README\.md|LICENSE|NOTICE|CHANGELOG\.md)$)/;
    expect(files.filter((file) => !allowed.test(file))).toEqual([]);
    for (const needed of [
      "binding.gyp",
      "README.md",
      "LICENSE",
      "NOTICE",
      "CHANGELOG.md",
      "native/sources.txt",
    ]) {
      expect(files).toContain(needed);
    }
    const sources = readFileSync(path.join(checkout, "native/sources.txt"), "utf8").trim().split("\n");
    expect(sources.filter((file) => !files.includes(file))).toEqual([]);
  });

  it("passes publint", async () => {
    const publint = path.join(checkout, "node_modules/.bin/publint");
    const outcome = await run(publint, ["run", "--strict", tarball], checkout);
    expect(outcome.stdout + outcome.stderr).toMatch(/All good!/);
    expect(outcome.code).toBe(0);
  });
});

describe("installed in an empty project", () => {
  it("says what to type when npm held the install script back", () => {
    expect(heldBack.code).toBe(1);
    expect(heldBack.stderr).toContain("The LoadGen addon is not built or cannot be loaded.");
    expect(heldBack.stderr).toContain("npm approve-scripts flexbench");
    expect(heldBack.stderr).toContain("npm rebuild flexbench");
  });

  it("builds LoadGen in its own folder", () => {
    expect(existsSync(path.join(project, "node_modules/flexbench/build/Release/flexbench.node"))).toBe(true);
  });

  it("imports flexbench/loadgen", async () => {
    expect((await succeed(process.execPath, importLoadgen, project)).stdout.trim()).toBe(pin.version);
  });

  it("imports flexbench", async () => {
    const script = 'import("flexbench").then(({ run }) => console.log(typeof run))';
    expect((await succeed(process.execPath, ["-e", script], project)).stdout.trim()).toBe("function");
  });

  it("runs the command", async () => {
    expect((await succeed("npx", ["--no", "--", "flexbench", "--version"], project)).stdout.trim()).toBe(
      version,
    );
  });

  it("gives types to the compiler", async () => {
    writeFileSync(
      path.join(project, "user.ts"),
      `import { defineDataset, run } from "flexbench";
import { loadgenVersion, runTest, type TestSettings } from "flexbench/loadgen";
export const version: string = loadgenVersion();
export const qps = (settings: TestSettings): number => settings.serverTargetQps;
export const functions = [run, runTest, defineDataset] as const;
// @ts-expect-error A version is text, so these types are real.
export const wrong: number = loadgenVersion();
`,
    );
    const options = ["--noEmit", "--strict", "--skipLibCheck", "--target", "es2023", "--module", "nodenext"];
    const types = ["--types", "node", "--typeRoots", path.join(checkout, "node_modules/@types")];
    const tsc = path.join(checkout, "node_modules/.bin/tsc");
    expect(await run(tsc, [...options, ...types, "user.ts"], project)).toEqual({
      code: 0,
      stdout: "",
      stderr: "",
    });
  });
});
