import { arch, availableParallelism, cpus, hostname, release, totalmem, type } from "node:os";
import type { RunRecord } from "./record.ts";

/** Facts about the machine that the client runs on. `cores` are those that this process may use. */
export function systemFacts(): RunRecord["system"] {
  return {
    hostname: hostname(),
    os: `${type()} ${release()} ${arch()}`,
    cpu: cpus()[0]?.model.trim() || "unknown",
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    node: process.versions.node,
  };
}
