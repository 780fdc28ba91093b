import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** Variable that every process of a supervised server inherits. */
export const familyVariable = "SUPERVISED_BY_FLEXBENCH";

/** A supervised server: the leader of its process group, and the mark in the environment of all its processes. */
export interface ProcessFamily {
  leader: number;
  mark: string;
}

const pollMs = 50;

/** Ends every process of a family politely, after `graceMs` by SIGKILL, and waits until they are gone. */
export async function endFamily(family: ProcessFamily, graceMs: number): Promise<void> {
  const members = signalFamily(family, "SIGTERM");
  if (members === 0) return;
  const deadline = performance.now() + graceMs;
  while (membersOf(family).length > 0) {
    if (performance.now() > deadline) signalFamily(family, "SIGKILL");
    await sleep(pollMs);
  }
}

/** Sends a signal to every process of a family; says how many there were. */
function signalFamily(family: ProcessFamily, signal: NodeJS.Signals): number {
  const members = membersOf(family);
  for (const member of members) {
    try {
      process.kill(member, signal);
    } catch {
      // It ended meanwhile.
    }
  }
  return members.length;
}

/**
 * Processes of the family that still run. Where `/proc` tells, this holds those that left the group: by their
 * session, and by the mark in their environment. Elsewhere the group alone stands for them, as a negative number.
 */
export function membersOf({ leader, mark }: ProcessFamily): number[] {
  if (process.platform !== "linux") return groupIsThere(leader) ? [-leader] : [];
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => pid !== process.pid && belongsTo(pid, leader, `${familyVariable}=${mark}`));
}

function belongsTo(pid: number, leader: number, variable: string): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const [state, , group, session] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (state === "Z" || state === "X") return false;
    if (Number(group) === leader || Number(session) === leader) return true;
    return readFileSync(`/proc/${pid}/environ`, "latin1").split("\0").includes(variable);
  } catch {
    // It ended meanwhile, or belongs to somebody else.
    return false;
  }
}

function groupIsThere(leader: number): boolean {
  try {
    process.kill(-leader, 0);
    return true;
  } catch {
    return false;
  }
}
