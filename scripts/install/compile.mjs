import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import { InstallFailure } from "./failure.mjs";
import { appendToLog } from "./log.mjs";
import { built, packageRoot } from "./package-root.mjs";
import { runProgram, succeeded } from "./process.mjs";

const require = createRequire(import.meta.url);

/** The folder whose include/node holds the headers of the Node that runs now, or null: node-gyp then downloads them. */
async function folderOfHeaders() {
  const prefix = path.resolve(path.dirname(process.execPath), "..");
  const header = await readFile(path.join(prefix, "include", "node", "node_version.h"), "utf8").catch(
    () => "",
  );
  const number = (part) => new RegExp(`#define NODE_${part}_VERSION (\\d+)`).exec(header)?.[1];
  const version = ["MAJOR", "MINOR", "PATCH"].map(number).join(".");
  return version === process.versions.node ? prefix : null;
}

const decisive =
  /\berror:|fatal error|undefined reference|No space left|Killed|gyp ERR! stack Error|not found/i;
const headersFailure = /gyp ERR! (?:install|stack FetchError|stack .*(?:ENOTFOUND|ECONNREFUSED|ETIMEDOUT))/;

/** Configures and builds through node-gyp, as many compilers at once as there are cores. */
export async function compile({ python, compiler }) {
  const args = ["configure", "build", `--jobs=${os.availableParallelism()}`, `--python=${python}`];
  const headers = process.env.npm_config_nodedir ? null : await folderOfHeaders();
  if (headers !== null) args.push(`--nodedir=${headers}`);
  const result = await runProgram(process.execPath, [require.resolve("node-gyp/bin/node-gyp.js"), ...args], {
    cwd: packageRoot,
    env: { ...process.env, CXX: compiler },
  });
  await appendToLog("node-gyp", result.output);
  if (succeeded(result)) return;
  if (headersFailure.test(result.output)) {
    throw new InstallFailure(
      `node-gyp could not download the headers of Node ${process.versions.node}; check the network, or set npm_config_nodedir to a folder whose include/node holds them.`,
    );
  }
  throw new InstallFailure(
    `LoadGen and the addon did not compile with ${compiler}; mend what the lines below name or set CXX to another C++17 compiler.`,
    {
      lines: result.output
        .split("\n")
        .filter((line) => decisive.test(line))
        .slice(0, 8),
    },
  );
}

/** Loads the addon in a process of its own and holds its version against the pin. */
export async function checkAddon(pin) {
  const script = "process.stdout.write(String(require(process.argv[1]).loadgenVersion()))";
  const result = await runProgram(process.execPath, ["-e", script, built.addon]);
  if (succeeded(result) && result.output === pin.version) return;
  await appendToLog("load the addon", result.output);
  const why = succeeded(result)
    ? `it says LoadGen ${result.output}, and ${pin.version} is pinned`
    : `it cannot be loaded`;
  throw new InstallFailure(
    `The addon was built, but ${why}; build it anew with \`node scripts/install.mjs --force\` in ${packageRoot}.`,
    {
      lines: succeeded(result)
        ? []
        : result.output
            .split("\n")
            .filter((line) => /error/i.test(line))
            .slice(0, 3),
    },
  );
}
