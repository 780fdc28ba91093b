import { readFileSync } from "node:fs";
import { checkConf } from "../loadgen/conf.ts";
import type { AuditName } from "./benchmark-rules.ts";

/** Keys that a submission's user.conf may set, and of which scenarios; all else is mlperf.conf's. */
const allowedKeys: Readonly<Record<string, readonly string[]>> = {
  target_qps: ["Server", "Offline", "*"],
  target_latency: ["SingleStream"],
  min_duration: ["Server", "Offline", "SingleStream", "*"],
  min_query_count: ["Server", "Offline", "SingleStream", "*"],
  coalesce_queries: ["Server", "*"],
};

/** An audit may have a set of its own. */
const auditKeys: readonly string[] = ["performance_sample_count_override"];

/** What a user.conf says that no submission may say, each as the end of a sentence that starts with the option. */
export function userConfProblems(path: string | null, audit: AuditName | null): string[] {
  if (path === null) return [];
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    // That it cannot be read is a problem of the options.
    return [];
  }
  const misread = checkConf(text, "user").map(
    ({ line, message }) => `has in line ${line} what LoadGen misreads: it ${message}`,
  );
  return misread.length > 0 ? misread : forbiddenKeys(text, audit);
}

function forbiddenKeys(text: string, audit: AuditName | null): string[] {
  return text.split(/\r?\n/).flatMap((line, index) => {
    const [name = "#"] = line.trim().split(/\s+/);
    if (name === "" || name.startsWith("#")) return [];
    const [key = "", scenario = ""] = name.split(".").toReversed();
    if (audit !== null && auditKeys.includes(key)) return [];
    if (allowedKeys[key]?.includes(scenario) === true) return [];
    const allowed = Object.keys(allowedKeys).join(", ");
    return [
      `sets ${name} in line ${index + 1}, which is mlperf.conf's alone; a submission may set ${allowed}`,
    ];
  });
}

/** One setting of a user.conf. */
export interface UserConfLine {
  key: string;
  value: number;
}

/** The text of a user.conf: what the user's own file says, and behind it what the run adds to it. */
export function writeUserConf(
  title: string,
  model: string,
  scenario: string,
  lines: readonly UserConfLine[],
  own: string | null,
): string {
  const added = lines.map(({ key, value }) => `${model}.${scenario}.${key} = ${value}`);
  const parts = [`# ${title}`, ...(own === null ? [] : [own.trimEnd()]), ...added];
  return `${parts.join("\n")}\n`;
}
