// Gets the pinned LoadGen and builds the addon. Run by `npm install`; `--force` builds anew. See docs/architecture.md.
import { rm } from "node:fs/promises";
import { checkAddon, compile } from "./install/compile.mjs";
import { InstallFailure } from "./install/failure.mjs";
import { say, startLog } from "./install/log.mjs";
import { built, packageRoot, readPin } from "./install/package-root.mjs";
import { downloadSdist, localSdist } from "./install/sdist.mjs";
import { forgetLastBuild, hashOfInputs, isUpToDate, writeStamp } from "./install/stamp.mjs";
import { findTools } from "./install/tools.mjs";
import { unpackSdist } from "./install/unpack.mjs";

async function install({ force }) {
  const pin = await readPin();
  const inputs = await hashOfInputs();
  if (!force && (await isUpToDate(inputs))) return;

  const started = performance.now();
  if (force) await rm(built.folder, { recursive: true, force: true });
  await startLog();
  await forgetLastBuild();

  const local = await localSdist(pin);
  const tools = await findTools({ needsPip: local === null });
  if (local === null) say(`downloading ${pin.name} ${pin.version} …`);
  const sdist = local ?? (await downloadSdist(pin, tools.python));
  await unpackSdist(pin, sdist, tools.python);

  say(`compiling LoadGen ${pin.version} and the addon with ${tools.compiler} …`);
  await compile(tools);
  await checkAddon(pin);
  await writeStamp(inputs);
  say(`addon ready after ${((performance.now() - started) / 1000).toFixed(0)} s`);
}

const diskFailures = ["EACCES", "EPERM", "EROFS", "ENOSPC", "EDQUOT"];

/** A disk that refuses is the user's to mend; any other error is ours and keeps its stack. */
function asFailure(error) {
  if (error instanceof InstallFailure) return error;
  if (!diskFailures.includes(error.code)) throw error;
  return new InstallFailure(
    `${error.path ?? packageRoot} cannot be written (${error.code}); free space there or make it writable for this user.`,
  );
}

try {
  await install({ force: process.argv.includes("--force") });
} catch (unknown) {
  const error = asFailure(unknown);
  for (const sentence of error.message.split("\n")) console.error(`flexbench: ${sentence}`);
  for (const line of error.lines) console.error(`  ${line}`);
  if (error.lines.length > 0) console.error(`flexbench: the whole output is in ${built.log}`);
  process.exitCode = 1;
}
