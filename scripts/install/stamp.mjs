import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { built, inPackage } from "./package-root.mjs";
import { sha256 } from "./sdist.mjs";

const require = createRequire(import.meta.url);

/** One hash over everything that the addon is made from. */
export async function hashOfInputs() {
  const native = (await readdir(inPackage("native"))).filter((name) => /\.(cc|h|txt)$/.test(name)).sort();
  const files = ["binding.gyp", "third_party/loadgen.gyp", "third_party/loadgen.json"].concat(
    native.map((name) => `native/${name}`),
  );
  const hashes = await Promise.all(
    files.map(async (file) => [file, sha256(await readFile(inPackage(file)))]),
  );
  const { platform, arch, versions } = process;
  const nodeAddonApi = require("node-addon-api/package.json").version;
  return sha256(JSON.stringify({ hashes, nodeAddonApi, platform, arch, abi: versions.modules }));
}

/** True when the addon that is there was built from these very inputs. */
export async function isUpToDate(inputs) {
  try {
    const stamp = JSON.parse(await readFile(built.stamp, "utf8"));
    return stamp.inputs === inputs && stamp.addon === sha256(await readFile(built.addon));
  } catch {
    return false;
  }
}

/** Forgets the last build, so that one cut short is not taken for it, and removes what was linked: linking is cheap. */
export async function forgetLastBuild() {
  for (const file of [built.stamp, built.addon, built.linkedAddon]) await rm(file, { force: true });
}

/** Remembers what the addon was built from. */
export async function writeStamp(inputs) {
  await writeFile(built.stamp, JSON.stringify({ inputs, addon: sha256(await readFile(built.addon)) }));
}
