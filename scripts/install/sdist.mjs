import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { InstallFailure } from "./failure.mjs";
import { appendToLog } from "./log.mjs";
import { built } from "./package-root.mjs";
import { runProgram, succeeded } from "./process.mjs";

/** The SHA-256 of a text or of bytes, in hexadecimal. */
export const sha256 = (content) => createHash("sha256").update(content).digest("hex");

async function readIfPresent(file) {
  try {
    return await readFile(file);
  } catch (error) {
    if (error.code === "ENOENT") return null;
    throw error;
  }
}

/**
 * The pinned sdist from where it needs no network, checked, or null: the file of FLEXBENCH_LOADGEN_SDIST, else the
 * copy that an earlier installation left.
 */
export async function localSdist(pin) {
  const given = process.env.FLEXBENCH_LOADGEN_SDIST;
  if (!given) {
    const kept = await readIfPresent(path.join(built.loadgen, pin.sdist));
    return kept !== null && sha256(kept) === pin.sha256 ? kept : null;
  }
  const content = await readFile(given).catch((error) => {
    throw new InstallFailure(
      `FLEXBENCH_LOADGEN_SDIST names ${given}, which cannot be read (${error.code}); point it to a copy of ${pin.sdist} or unset it.`,
    );
  });
  if (sha256(content) !== pin.sha256) {
    throw new InstallFailure(
      `${given} is not the pinned LoadGen (sha256 ${sha256(content)}, expected ${pin.sha256}); point FLEXBENCH_LOADGEN_SDIST to an unchanged ${pin.sdist} or unset it.`,
    );
  }
  return content;
}

// pip names the cause of a failed connection only in its verbose output.
const networkFailure =
  /NewConnectionError|ConnectionResetError|RemoteDisconnected|ConnectTimeoutError|ReadTimeout|ProxyError|SSLError|Temporary failure in name resolution/i;
const hashMismatch = /DO NOT MATCH THE HASHES/;

/** One sentence about why pip could not download, with the fix. */
function pipFailure(pin, output) {
  const byHand = `set FLEXBENCH_LOADGEN_SDIST to a copy of ${pin.sdist}`;
  if (hashMismatch.test(output)) {
    return new InstallFailure(
      `The package index gave a ${pin.name} ${pin.version} whose sha256 is not the pinned ${pin.sha256}; use another index (PIP_INDEX_URL) or ${byHand}.`,
    );
  }
  const network = networkFailure.exec(output);
  if (network !== null) {
    return new InstallFailure(
      `pip could not reach the package index to download ${pin.name} ${pin.version} (${network[0]}); check the network, the proxy or PIP_INDEX_URL, or ${byHand}.`,
    );
  }
  const errors = output.split("\n").filter((line) => /^\s*ERROR|error:/i.test(line));
  return new InstallFailure(
    `pip could not download ${pin.name} ${pin.version}; mend what pip says below, or ${byHand}.`,
    { lines: errors.slice(-5) },
  );
}

/**
 * Downloads the pinned sdist by package name. pip prepares metadata even for a download, which runs code of the
 * sdist, so pip itself compares the hash first.
 */
export async function downloadSdist(pin, python) {
  const folder = await mkdtemp(path.join(built.folder, "download-"));
  try {
    const requirements = path.join(folder, "requirements.txt");
    await writeFile(requirements, `${pin.name}==${pin.version} --hash=sha256:${pin.sha256}\n`);
    const result = await runProgram(
      python,
      [
        ...["-m", "pip", "download", "-vv", "--disable-pip-version-check", "--no-input", "--no-deps"],
        ...["--no-binary", pin.name, "--require-hashes", "--requirement", requirements, "--dest", folder],
      ],
      { env: { PIP_RETRIES: "3", ...process.env, PIP_REQUIRE_VIRTUALENV: "0" } },
    );
    await appendToLog("pip download", result.output);
    if (!succeeded(result)) throw pipFailure(pin, result.output);
    return await readFile(path.join(folder, pin.sdist));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
