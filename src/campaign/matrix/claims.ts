import { randomBytes } from "node:crypto";
import { link, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isAlive, type ProcessIdentity, processIdentity } from "./process-identity.ts";

/** Who took a cell, and for which attempt at it. */
export interface ClaimHolder extends ProcessIdentity {
  attempt: number;
}

const claimsFolder = "claims";

/** The latest claim on a cell; null before the first. */
export async function lastClaim(cellFolder: string): Promise<ClaimHolder | null> {
  const names: string[] = await readdir(join(cellFolder, claimsFolder)).catch(() => []);
  const attempts = names.flatMap((name) => /^(\d+)\.json$/.exec(name)?.[1] ?? []).map(Number);
  if (attempts.length === 0) return null;
  const attempt = Math.max(...attempts);
  const text = await readFile(join(cellFolder, claimsFolder, `${attempt}.json`), "utf8");
  return { ...(JSON.parse(text) as ProcessIdentity), attempt };
}

/** Whether the process behind a claim still runs; null where that cannot be seen from here. */
export function lifeOf(claim: ClaimHolder): boolean | null {
  return isAlive(claim);
}

/**
 * Takes the next attempt at a cell for this process. Attempts are numbered and each is a file that only one process can
 * make, whole from the first moment, so that two never carry out the same attempt. Null where somebody else was first.
 */
export async function claimAttempt(cellFolder: string, attempt: number): Promise<ClaimHolder | null> {
  const folder = join(cellFolder, claimsFolder);
  await mkdir(folder, { recursive: true });
  const identity = processIdentity();
  const own = join(folder, `.${identity.pid}-${randomBytes(4).toString("hex")}`);
  await writeFile(own, JSON.stringify(identity));
  try {
    await link(own, join(folder, `${attempt}.json`));
    return { ...identity, attempt };
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return null;
    throw error;
  } finally {
    await rm(own, { force: true });
  }
}
