import { access, constants, mkdir, readFile, statfs } from "node:fs/promises";
import { availableParallelism, loadavg } from "node:os";
import { FlexBenchError } from "../errors.ts";
import { cacheFolder } from "../server/cache-folder.ts";
import { folderBytes } from "../server/folder-bytes.ts";
import { checkPython, runProgram } from "../server/python.ts";

/** One thing that was looked at. */
export interface MachineCheck {
  name: string;
  /** `fail`: runs cannot work; `warn`: something is missing or may spoil results. */
  state: "ok" | "warn" | "fail";
  /** What was found. */
  found: string;
  /** What to do, or null when nothing. */
  fix: string | null;
}

type Finding = Omit<MachineCheck, "name">;

const leastNode = [20, 19] as const;
const leastFreeBytes = 1e9;
const leastOpenFiles = 4096;
const leastPorts = 16_000;
const mostOversleepMs = 0.5;
const sleeps = 20;

/** Looks at everything that runs depend on; checks that make no sense on this system are left out. */
export async function checkMachine(): Promise<MachineCheck[]> {
  const addon = await checkAddon();
  const checks: Record<string, Finding | null> = {
    "Node.js": checkNode(),
    LoadGen: addon,
    compiler: await checkCompiler(addon.state === "ok"),
    Python: await checkPythonAndPip(),
    cache: await checkCache(),
    disk: await checkDisk(),
    "open files": await checkOpenFiles(),
    ports: await checkPorts(),
    timer: checkTimer(),
    cores: checkCores(),
  };
  return Object.entries(checks).flatMap(([name, finding]) =>
    finding === null ? [] : [{ name, ...finding }],
  );
}

function ok(found: string): Finding {
  return { state: "ok", found, fix: null };
}

function checkNode(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const isNew = major > leastNode[0] || (major === leastNode[0] && minor >= leastNode[1]);
  if (isNew) return ok(process.versions.node);
  return {
    state: "fail",
    found: process.versions.node,
    fix: `Install Node.js ${leastNode.join(".")} or newer.`,
  };
}

async function checkAddon(): Promise<Finding> {
  try {
    // Loaded here and not above: a missing addon is a finding.
    const { loadgenVersion } = await import("../loadgen/binding.ts");
    return ok(`${loadgenVersion()}, addon built`);
  } catch (error) {
    const fix =
      error instanceof FlexBenchError && error.hint !== null ? error.hint : "Run npm rebuild flexbench.";
    return { state: "fail", found: error instanceof Error ? error.message : String(error), fix };
  }
}

async function checkCompiler(addonIsBuilt: boolean): Promise<Finding> {
  const candidates = process.env.CXX ? [process.env.CXX] : ["c++", "g++", "clang++"];
  for (const program of candidates) {
    const [command = program, ...args] = program.split(/\s+/);
    const result = await runProgram(command, [...args, "--version"]);
    if (result?.code === 0) return ok(result.stdout.split("\n", 1)[0] ?? program);
  }
  return {
    state: addonIsBuilt ? "warn" : "fail",
    found: "none",
    fix: "Install one (Debian and Ubuntu: apt install g++ make; macOS: xcode-select --install); building the addon needs it.",
  };
}

async function checkPythonAndPip(): Promise<Finding> {
  try {
    return ok(`${await checkPython()} with pip`);
  } catch (error) {
    if (!(error instanceof FlexBenchError)) throw error;
    // A given endpoint needs no Python.
    return { state: "warn", found: error.message, fix: error.hint };
  }
}

async function checkCache(): Promise<Finding> {
  const folder = cacheFolder();
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
  } catch {
    const fix = "Make it writable, or name another folder in FLEXBENCH_CACHE.";
    return { state: "warn", found: `${folder} cannot be written`, fix };
  }
  return ok(`${folder}, ${Math.round((await folderBytes(folder)) / 1e6)} MB in use`);
}

async function checkDisk(): Promise<Finding> {
  const { bavail, bsize } = await statfs(process.cwd());
  const freeBytes = bavail * bsize;
  const found = `${(freeBytes / 1e9).toFixed(1)} GB free here`;
  if (freeBytes >= leastFreeBytes) return ok(found);
  return { state: "warn", found, fix: "Make room: logs of long runs take up to a gigabyte." };
}

async function checkOpenFiles(): Promise<Finding | null> {
  const result = await runProgram("sh", ["-c", "ulimit -n"]);
  const text = result?.code === 0 ? result.stdout.trim() : "";
  if (text === "") return null;
  if (text === "unlimited" || Number(text) >= leastOpenFiles) return ok(text);
  const fix = `Raise it (ulimit -n ${leastOpenFiles * 4}): each running request needs a connection.`;
  return { state: "warn", found: text, fix };
}

async function checkPorts(): Promise<Finding | null> {
  const text = await readFile("/proc/sys/net/ipv4/ip_local_port_range", "utf8").catch(() => null);
  if (text === null) return null;
  const [first = 0, last = 0] = text.trim().split(/\s+/).map(Number);
  const count = last - first + 1;
  const found = `${first} to ${last} (${count} connections to one address)`;
  if (count >= leastPorts) return ok(found);
  return { state: "warn", found, fix: 'Widen it: sysctl -w net.ipv4.ip_local_port_range="15000 64999".' };
}

/** How much longer than asked a sleep of 1 ms takes. */
function checkTimer(): Finding {
  const cell = new Int32Array(new SharedArrayBuffer(4));
  const oversleepsMs = Array.from({ length: sleeps }, () => {
    const start = performance.now();
    Atomics.wait(cell, 0, 0, 1);
    return performance.now() - start - 1;
  }).sort((a, b) => a - b);
  const medianMs = oversleepsMs[sleeps / 2] ?? 0;
  const found = `sleeps of 1 ms end ${medianMs.toFixed(2)} ms late`;
  if (medianMs <= mostOversleepMs) return ok(found);
  return {
    state: "warn",
    found,
    fix: "Stop other work, or use a machine with a finer timer: schedules will be late.",
  };
}

function checkCores(): Finding {
  const cores = availableParallelism();
  const [load = 0] = loadavg();
  const found = `${cores}, load ${load.toFixed(1)}`;
  if (cores < 2) {
    return { state: "warn", found, fix: "Use two or more: LoadGen and the client need one each." };
  }
  if (load <= cores) return ok(found);
  return { state: "warn", found, fix: "Stop other work before measuring." };
}
