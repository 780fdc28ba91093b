import { access, mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { InstallFailure } from "./failure.mjs";
import { appendToLog } from "./log.mjs";
import { built } from "./package-root.mjs";
import { runProgram, succeeded } from "./process.mjs";

async function firstMissing(folder, files) {
  for (const file of files) {
    const present = await access(path.join(folder, file)).then(
      () => true,
      () => false,
    );
    if (!present) return file;
  }
  return null;
}

/**
 * Unpacks the sdist into third_party/loadgen, whole or not at all: it is unpacked aside, looked through and renamed.
 * Done before every compilation, so that what is compiled is what was pinned. The sdist is kept with it.
 */
export async function unpackSdist(pin, sdist, python) {
  const aside = await mkdtemp(path.join(built.folder, "unpack-"));
  try {
    const archive = path.join(aside, pin.sdist);
    await writeFile(archive, sdist);
    // Python is there anyway, and tar need not be.
    const result = await runProgram(python, ["-m", "tarfile", "--extract", archive, aside]);
    await appendToLog("unpack", result.output);
    const folder = path.join(aside, path.basename(pin.sdist, ".tar.gz"));
    const missing = succeeded(result) ? await firstMissing(folder, pin.sources) : null;
    if (!succeeded(result) || missing !== null) {
      const why = missing === null ? result.output.trim().split("\n").at(-1) : `it holds no ${missing}`;
      throw new InstallFailure(
        `${pin.sdist} could not be unpacked (${why}); make room on the disk of ${built.folder}, or see that third_party/loadgen.json is unchanged.`,
      );
    }
    await rename(archive, path.join(folder, pin.sdist));
    await rm(built.loadgen, { recursive: true, force: true });
    await mkdir(path.dirname(built.loadgen), { recursive: true });
    await rename(folder, built.loadgen);
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}
