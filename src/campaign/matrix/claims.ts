import { randomBytes } from "node:crypto";
import { link, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isAlive, type ProcessIdentity, processIdentity } from "./process-identity.ts";

/** Who took a cell, and for which attempt at it. */
export interface ClaimHolder extends ProcessIdentity {
  attempt: number;
}

/** A cell that this process holds. */
export interface Claim extends ClaimHolder {
  /** Ends its beats; how the attempt ended stands in the cell's state by then. */
  release(): void;
}

const claimsFolder = "claims";

/** Time between two beats of a holder, ms. */
const beatMs = 5000;
/** A holder without a beat for this long is taken for dead by those who cannot see its process, ms. */
const silenceMs = 60_000;

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
export async function claimAttempt(cellFolder: string, attempt: number): Promise<Claim | null> {
  const folder = join(cellFolder, claimsFolder);
  await mkdir(folder, { recursive: true });
  const identity = processIdentity();
  const own = join(folder, `.${identity.pid}-${randomBytes(4).toString("hex")}`);
  await writeFile(own, JSON.stringify(identity));
  try {
    await link(own, join(folder, `${attempt}.json`));
    return { ...identity, attempt, release: startBeating(beatFile(cellFolder, attempt)) };
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return null;
    throw error;
  } finally {
    await rm(own, { force: true });
  }
}

/**
 * Watches holders whose processes run on other machines. Beats are counted and carry no time: what counts is how long this
 * machine's clock saw no new one.
 */
export class HolderWatch {
  readonly #seen = new Map<string, { beat: string; sinceMs: number }>();
  readonly #silenceMs: number;

  constructor(silence = silenceMs) {
    this.#silenceMs = silence;
  }

  /** Whether the holder of a cell has been silent for too long, of all that this watch was asked before. */
  async isSilent(cellFolder: string, attempt: number): Promise<boolean> {
    const file = beatFile(cellFolder, attempt);
    const beat = await readFile(file, "utf8").catch(() => "");
    const before = this.#seen.get(file);
    if (before?.beat === beat) return performance.now() - before.sinceMs > this.#silenceMs;
    this.#seen.set(file, { beat, sinceMs: performance.now() });
    return false;
  }
}

function startBeating(file: string): () => void {
  let beats = 0;
  const timer = setInterval(() => {
    beats += 1;
    // One that could not be written is missed; the next one counts.
    void writeFile(file, String(beats)).catch(() => undefined);
  }, beatMs);
  timer.unref();
  return () => clearInterval(timer);
}

function beatFile(cellFolder: string, attempt: number): string {
  return join(cellFolder, claimsFolder, `${attempt}.beat`);
}
