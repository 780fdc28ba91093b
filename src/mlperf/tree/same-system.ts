import { join } from "node:path";
import type { RunRecord } from "../../results/record.ts";
import { runFiles } from "../../results/store.ts";
import type { CheckProblem } from "../check/rule.ts";
import type { SystemDescription } from "../system/system-fields.ts";
import type { SystemIdentity } from "./submission-notes.ts";

type Told = Pick<RunRecord, "server" | "system" | "simulated">;

/** What tells the system of a run or an audit from others. */
export function identityOf({ server, system }: Told): SystemIdentity {
  const { cpu, cores, memoryBytes } = system;
  return {
    server: server.name,
    serverVersion: server.version,
    // The kernel keeps a part of the memory that differs a little from one start to the next.
    client: `${cpu}, ${cores} cores, ${Math.round(memoryBytes / 2 ** 30)} GiB`,
  };
}

const labels: Readonly<Record<keyof SystemIdentity, string>> = {
  server: "server",
  serverVersion: "server's version",
  client: "machine of the client",
};

/** Why a run is not of the system whose runs are there already, one problem a difference. */
export function otherSystem(
  file: string,
  identity: SystemIdentity,
  known: { name: string; identity: SystemIdentity },
): CheckProblem[] {
  return (Object.keys(labels) as (keyof SystemIdentity)[])
    .filter((key) => identity[key] !== known.identity[key])
    .map((key) => ({
      file,
      rule: "same-system",
      message: `the ${labels[key]} is ${identity[key] ?? "unknown"}, but the runs of ${known.name} have ${known.identity[key] ?? "unknown"}`,
    }));
}

/** Why a description does not fit the server of a run; a simulated server is nobody's framework. */
export function otherFramework(
  folder: string,
  { server, simulated }: Told,
  description: Readonly<SystemDescription>,
  systemFile: string,
): CheckProblem[] {
  if (simulated || server.name === null || server.name === "unknown") return [];
  const framework = String(description.framework ?? "");
  const parts = [server.name, server.version].filter((part) => part !== null);
  if (parts.every((part) => framework.toLowerCase().includes(part.toLowerCase()))) return [];
  const message = `the server was ${parts.join(" ")}, but framework in ${systemFile} is "${framework}"`;
  return [{ file: join(folder, runFiles.record), rule: "same-framework", message }];
}
