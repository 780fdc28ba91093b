import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, writeSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { endFamily, familyVariable, type ProcessFamily } from "./process-family.ts";
import { SecretFilter } from "./secret-filter.ts";
import type { SupervisedPlan, SupervisorReply } from "./supervised-process.ts";

/**
 * Entry of the process between FlexBench and a server that it starts. The plan comes as one message. When FlexBench
 * ends in whatever way, the channel closes, and the server ends with all that it started.
 */
process.once("message", (plan: SupervisedPlan) => supervise(plan));

const outputWaitMs = 1000;

function supervise(plan: SupervisedPlan): void {
  const log = openSync(plan.logPath, "a", 0o600);
  const child = spawn(plan.executable, [...plan.arguments], {
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...plan.environment, [familyVariable]: plan.mark },
  });
  for (const stream of [child.stdout, child.stderr]) {
    const filter = new SecretFilter(plan.secrets);
    stream.on("data", (piece: Buffer) => writeSync(log, filter.push(piece)));
    stream.once("close", () => writeSync(log, filter.end()));
  }
  child.once("error", (error: NodeJS.ErrnoException) => {
    reply({ kind: "failed", code: error.code ?? "", message: error.message });
    process.disconnect();
  });
  if (child.pid === undefined) return;
  const { pid } = child;
  reply({ kind: "started", pid });

  let isEnding = false;
  const end = (how: { code: number | null; signal: string | null } | null): void => {
    if (isEnding) return;
    isEnding = true;
    void endAll(plan, child, { leader: pid, mark: plan.mark }).then(() => {
      closeSync(log);
      reply({ kind: "ended", ...(how ?? { code: child.exitCode, signal: child.signalCode }) });
      if (process.connected) process.disconnect();
      process.exit(0);
    });
  };
  child.once("exit", (code, signal) => end({ code, signal }));
  process.on("message", () => end(null));
  process.once("disconnect", () => end(null));
  for (const signal of ["SIGTERM", "SIGHUP", "SIGINT"] as const) process.on(signal, () => end(null));
}

async function endAll(plan: SupervisedPlan, child: ChildProcess, family: ProcessFamily): Promise<void> {
  const closed = once(child, "close");
  await endFamily(family, plan.graceMs);
  // Output that is still in the pipes belongs into the log.
  await Promise.race([closed, sleep(outputWaitMs)]);
  for (const { executable, arguments: words } of plan.cleanup) {
    const cleaner = spawn(executable, [...words], { stdio: "ignore", env: { ...plan.environment } });
    await Promise.race([once(cleaner, "close").catch(() => undefined), sleep(plan.graceMs)]);
  }
}

function reply(message: SupervisorReply): void {
  if (process.connected) process.send?.(message);
}
