import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { pythonProgram } from "#src/server/python.js";
import { runToEnd, supervised } from "./supervised.js";

const supervisor = fileURLToPath(new URL("supervise.py", import.meta.url));
/** Starts a process that outlives it, as vLLM's API server does with its engine, and says both numbers. */
const family = "sleep 600 & echo $$ $!; wait";

const numbersIn = (text: string): number[] => text.trim().split(/\s+/).map(Number);

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function eventually(holds: () => boolean): Promise<boolean> {
  const deadline = performance.now() + 10_000;
  while (!holds() && performance.now() < deadline) await sleep(20);
  return holds();
}

it("ends a program and what it started when asked", async () => {
  const program = supervised("sh", ["-c", family], process.env);
  expect(await eventually(() => program.output().includes("\n"))).toBe(true);
  const pids = numbersIn(program.output());
  expect(pids.map(isAlive)).toEqual([true, true]);
  await program.stop();
  expect(pids.map(isAlive)).toEqual([false, false]);
});

it("ends both when its parent is killed", async () => {
  const arguments_ = JSON.stringify([supervisor, "sh", "-c", family]);
  const code = `require("node:child_process").spawn(${JSON.stringify(pythonProgram())}, ${arguments_}, { stdio: ["pipe", "inherit", "inherit"] });`;
  const parent = spawn(process.execPath, ["-e", code], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = (await once(parent.stdout, "data")) as [Buffer];
  const pids = numbersIn(line.toString());
  expect(pids.map(isAlive)).toEqual([true, true]);
  parent.kill("SIGKILL");
  expect(await eventually(() => !pids.some(isAlive))).toBe(true);
});

it("ends both when it is told to end itself", async () => {
  const program = supervised("sh", ["-c", family], process.env);
  expect(await eventually(() => program.output().includes("\n"))).toBe(true);
  const pids = numbersIn(program.output());
  program.child.kill("SIGTERM");
  await program.exited;
  expect(pids.map(isAlive)).toEqual([false, false]);
});

it("ends what a program leaves behind when it is killed", async () => {
  const program = supervised("sh", ["-c", family], process.env);
  expect(await eventually(() => program.output().includes("\n"))).toBe(true);
  const [shell = 0, sleeper = 0] = numbersIn(program.output());
  process.kill(shell, "SIGKILL");
  expect(await program.exited).toBe(137);
  expect(isAlive(sleeper)).toBe(false);
});

it("says why a program failed", async () => {
  await expect(runToEnd("sh", ["-c", "echo the reason >&2; exit 3"])).rejects.toThrow(
    /ended with code 3:\nthe reason/,
  );
});
