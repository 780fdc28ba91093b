// Slurm's programs, for `slurm-cluster.mjs`: those of this machine, else Debian's packages unpacked into the cache folder.
// Nothing is installed: no service, no user, no key, nothing outside of that folder. FLEXBENCH_SLURM=unpacked takes the
// unpacked ones though Slurm is installed.
import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { delimiter, join } from "node:path";
import { cacheFolder } from "../dist/server/cache-folder.js";

const packageOf = { munged: "munge", slurmctld: "slurmctld", slurmd: "slurmd", sbatch: "slurm-client" };

// Debian puts daemons where an ordinary user's PATH does not look.
const systemPath = [process.env.PATH ?? "", "/usr/sbin", "/sbin"].join(delimiter);

/**
 * Where Slurm's programs are: variables to run them with; and, of unpacked ones, the folder of their plugins and the
 * program of steps, which they would look for elsewhere. Throws with what to install where they cannot be had.
 */
export function provideSlurm() {
  if (!isInPath("setpriv")) throw new Error(`There is no setpriv. ${advice(["util-linux"])}`);
  const missing = Object.keys(packageOf).filter((program) => !isInPath(program));
  if (missing.length === 0 && process.env.FLEXBENCH_SLURM !== "unpacked")
    return { variables: { PATH: systemPath }, plugins: null, stepProgram: null };
  return unpackedSlurm(unpackOnce());
}

function isInPath(program) {
  return systemPath.split(delimiter).some((folder) => existsSync(join(folder, program)));
}

function advice(packages) {
  return `Install it as root: apt-get install ${packages.join(" ")}`;
}

function unpackedSlurm(root) {
  const libraries = ["usr/lib", "lib"].flatMap((name) =>
    existsSync(join(root, name))
      ? readdirSync(join(root, name))
          .filter((folder) => folder.endsWith("-linux-gnu"))
          .map((folder) => join(root, name, folder))
      : [],
  );
  const plugins = libraries.map((folder) => join(folder, "slurm-wlm")).find((folder) => existsSync(folder));
  return {
    variables: {
      PATH: [join(root, "usr/bin"), join(root, "usr/sbin"), systemPath].join(delimiter),
      LD_LIBRARY_PATH: [plugins, ...libraries, process.env.LD_LIBRARY_PATH].filter(Boolean).join(delimiter),
    },
    plugins,
    stepProgram: join(root, "usr/sbin/slurmstepd"),
  };
}

/** Root of the unpacked packages; they are of this release of the system, as are the libraries that they need. */
function unpackOnce() {
  const cache = cacheFolder();
  const root = join(cache, `slurm-${release()}`);
  if (existsSync(root)) return root;
  mkdirSync(cache, { recursive: true });
  const staging = mkdtempSync(join(cache, "installing-"));
  try {
    process.stderr.write(`Unpacking Slurm's packages into ${root}, once; nothing is installed.\n`);
    const unpacked = unpackPackages(staging);
    nameDaemons(join(unpacked, "usr/sbin"));
    // Another process may have been first.
    if (!existsSync(root)) renameSync(unpacked, root);
    return root;
  } catch (error) {
    throw new Error(
      `Slurm is not installed, and its packages cannot be unpacked (${error.message}). ${advice(Object.values(packageOf))}`,
    );
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

function release() {
  try {
    const told = readFileSync("/etc/os-release", "utf8");
    const value = (name) => new RegExp(`^${name}="?([\\w.-]+)`, "m").exec(told)?.[1] ?? "unknown";
    return `${value("ID")}-${value("VERSION_ID")}`;
  } catch {
    return "unknown";
  }
}

/** Asks apt what Slurm needs beyond what is here, with lists and a cache of its own, downloads that, and unpacks it. */
function unpackPackages(staging) {
  const downloads = join(staging, "downloads");
  const root = join(staging, "root");
  for (const name of ["lists/partial", "cache/archives/partial", "downloads", "root"])
    mkdirSync(join(staging, name), { recursive: true });
  const status = join(staging, "status");
  writeFileSync(status, withoutSlurm(readFileSync("/var/lib/dpkg/status", "utf8")));
  const settings = [
    `Dir::State::Lists=${join(staging, "lists")}`,
    `Dir::Cache=${join(staging, "cache")}`,
    `Dir::State::status=${status}`,
    "APT::Sandbox::User=root",
    "Debug::NoLocking=1",
  ].flatMap((setting) => ["-o", setting]);
  const apt = (...words) => runToEnd("apt-get", ["-qq", ...settings, ...words], downloads);
  apt("update");
  const plan = apt("install", "--simulate", "--no-install-recommends", ...Object.values(packageOf));
  apt("download", ...[...plan.matchAll(/^Inst (\S+)/gm)].map(([, name]) => name));
  for (const file of readdirSync(downloads))
    runToEnd("dpkg-deb", ["--extract", join(downloads, file), root], downloads);
  return root;
}

/** What dpkg knows, as if Slurm were not installed. */
function withoutSlurm(status) {
  return status
    .split("\n\n")
    .filter((entry) => !/^Package: .*(?:slurm|munge)/.test(entry))
    .join("\n\n");
}

/** What Debian's alternatives would do: the daemons' names without their suffix. */
function nameDaemons(folder) {
  for (const name of readdirSync(folder).filter((name) => name.endsWith("-wlm")))
    symlinkSync(name, join(folder, name.slice(0, -"-wlm".length)));
}

function runToEnd(program, words, cwd) {
  const { status, stdout, stderr, error } = spawnSync(program, words, {
    ...{ cwd, encoding: "utf8", maxBuffer: 64 * 2 ** 20 },
    env: { ...process.env, PATH: systemPath, LC_ALL: "C" },
  });
  if (status === 0) return stdout;
  throw new Error(error?.message ?? `${program} ended with ${status}: ${stderr.trim().split("\n").at(-1)}`);
}
