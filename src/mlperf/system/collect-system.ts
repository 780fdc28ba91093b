import { execFile } from "node:child_process";
import { readdir, readFile, readlink } from "node:fs/promises";
import { release, type } from "node:os";
import { basename, join } from "node:path";
import type { SystemTexts } from "./describe-system.ts";
import type { NetworkInterface } from "./read-network.ts";
import { nvidiaQuery } from "./read-nvidia.ts";

const longestMs = 20_000;
const mostOutputBytes = 16 << 20;

/** Asks this machine's tools and files; what is missing or not allowed is null, and nothing is changed. */
export async function collectSystem(): Promise<SystemTexts> {
  const [lscpu, memoryModules, blockDevices, pciDevices, nvidia, rocm, interfaces] = await Promise.all([
    outputOf("lscpu"),
    outputOf("dmidecode", ["-t", "memory"]),
    outputOf("lsblk", ["-J", "-b", "-d", "-o", "NAME,TYPE,SIZE,ROTA,TRAN"]),
    outputOf("lspci", ["-mm"]),
    askNvidia(),
    askRocm(),
    readInterfaces(),
  ]);
  return {
    lscpu,
    cpuInfo: await textOf("/proc/cpuinfo"),
    memoryInfo: await textOf("/proc/meminfo"),
    memoryModules,
    blockDevices,
    pciDevices,
    interfaces,
    osRelease: await textOf("/etc/os-release"),
    kernel: `${type()} ${release()}`,
    vendor: await firmwareText("sys_vendor"),
    product: await firmwareText("product_name"),
    nvidia,
    rocm,
  };
}

/** Command lines of all processes that may be read, each as its words, oldest first. */
export async function collectCommandLines(): Promise<string[][]> {
  const processes = (await namesIn("/proc")).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(
    processes
      .sort((one, other) => Number(one) - Number(other))
      .map(async (process) => await textOf(`/proc/${process}/cmdline`)),
  );
  return lines.flatMap((line) => (line === null || line === "" ? [] : [line.replace(/\0$/, "").split("\0")]));
}

async function askNvidia(): Promise<SystemTexts["nvidia"]> {
  const query = await outputOf("nvidia-smi", [`--query-gpu=${nvidiaQuery}`, "--format=csv,noheader,nounits"]);
  if (query === null) return null;
  const [overview, topology] = await Promise.all([
    outputOf("nvidia-smi"),
    outputOf("nvidia-smi", ["topo", "-m"]),
  ]);
  return { query, overview, topology };
}

async function askRocm(): Promise<SystemTexts["rocm"]> {
  const facts = ["--showproductname", "--showmeminfo", "vram", "--showdriverversion", "--json"];
  const cards = await outputOf("rocm-smi", facts);
  if (cards === null) return null;
  const [topology, version] = await Promise.all([
    outputOf("rocm-smi", ["--showtopotype", "--json"]),
    textOf("/opt/rocm/.info/version"),
  ]);
  return { cards, topology, version };
}

const networkFolder = "/sys/class/net";

async function readInterfaces(): Promise<NetworkInterface[]> {
  const names = await namesIn(networkFolder);
  return await Promise.all(
    names.map(async (name) => {
      const folder = join(networkFolder, name);
      const speed = Number((await textOf(join(folder, "speed"))) ?? Number.NaN);
      const driver = await readlink(join(folder, "device/driver")).catch(() => null);
      return {
        name,
        kind: Number(await textOf(join(folder, "type"))),
        // The kernel says -1 for what it does not know.
        speedMbit: speed > 0 ? speed : null,
        driver: driver === null ? null : basename(driver),
      };
    }),
  );
}

async function firmwareText(name: string): Promise<string | null> {
  const text = (await textOf(`/sys/class/dmi/id/${name}`))?.trim() ?? "";
  return text === "" || /^(to be filled|default string|system product name)/i.test(text) ? null : text;
}

function outputOf(program: string, args: readonly string[] = []): Promise<string | null> {
  const options = {
    timeout: longestMs,
    maxBuffer: mostOutputBytes,
    env: { ...process.env, LC_ALL: "C" },
  };
  return new Promise((resolve) => {
    execFile(program, args, options, (error, stdout) => resolve(error === null ? stdout : null));
  });
}

async function textOf(file: string): Promise<string | null> {
  return await readFile(file, "utf8").catch(() => null);
}

async function namesIn(folder: string): Promise<string[]> {
  return await readdir(folder).catch(() => []);
}
