import { readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of this package, in a checkout or in node_modules. */
export const packageRoot = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..", "..");

/** A path inside this package. */
export const inPackage = (...parts) => path.join(packageRoot, ...parts);

/** Files that the build writes; all of them ignored by git and absent from the npm package. */
export const built = {
  folder: inPackage("build"),
  addon: inPackage("build", "Release", "flexbench.node"),
  /** What make links, and then links or copies to `addon`. */
  linkedAddon: inPackage("build", "Release", "obj.target", "flexbench.node"),
  log: inPackage("build", "install.log"),
  stamp: inPackage("build", "install-stamp.json"),
  loadgen: inPackage("third_party", "loadgen"),
};

/**
 * What third_party/loadgen.json pins.
 * @returns {Promise<{name: string, version: string, sdist: string, sha256: string, sources: string[]}>}
 */
export async function readPin() {
  return JSON.parse(await readFile(inPackage("third_party", "loadgen.json"), "utf8"));
}
