import { readdirSync, readFileSync } from "node:fs";

/** CPU time since the machine's start, in ticks of its clock. */
interface CpuTicks {
  /** All cores together, idle ones included. */
  passed: number;
  busy: number;
  /** This process and all that it started, ended ones included. */
  family: number;
}

interface ProcessTicks {
  parent: number;
  ticks: number;
}

/**
 * Share of the machine's CPU time that programs which are not ours took while something was done. On a machine that
 * others use too, a figure says more about them than about client and server. Linux only.
 */
export async function withOtherLoad<Value>(
  action: () => Promise<Value>,
): Promise<{ value: Value; otherLoad: number }> {
  const before = readTicks();
  const value = await action();
  const after = readTicks();
  const other = after.busy - before.busy - (after.family - before.family);
  return { value, otherLoad: Math.max(0, other) / (after.passed - before.passed) };
}

function readTicks(): CpuTicks {
  const [line = ""] = readFileSync("/proc/stat", "utf8").split("\n");
  // user nice system idle iowait irq softirq steal; what follows is part of the first two.
  const ticks = line.trim().split(/\s+/).slice(1, 9).map(Number);
  const passed = ticks.reduce((sum, part) => sum + part, 0);
  const idle = (ticks[3] ?? 0) + (ticks[4] ?? 0);
  return { passed, busy: passed - idle, family: familyTicks() };
}

function familyTicks(): number {
  const processes = new Map<number, ProcessTicks>();
  for (const name of readdirSync("/proc")) {
    const ticks = /^\d+$/.test(name) ? readProcess(name) : null;
    if (ticks !== null) processes.set(Number(name), ticks);
  }
  const isOurs = (pid: number): boolean => {
    if (pid === process.pid) return true;
    const parent = processes.get(pid)?.parent ?? 0;
    return parent > 0 && isOurs(parent);
  };
  return [...processes].reduce((sum, [pid, { ticks }]) => (isOurs(pid) ? sum + ticks : sum), 0);
}

function readProcess(pid: string): ProcessTicks | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The second field is the program's name in brackets and may hold spaces.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    // Fields 14 to 17: user and system time of the process, then of its children that have ended.
    const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
    return { parent: Number(fields[1]), ticks };
  } catch {
    // It ended meanwhile; its parent has its time now.
    return null;
  }
}
