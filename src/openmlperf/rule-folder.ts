import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Problem } from "../errors.ts";

const ownFolder = fileURLToPath(new URL("./data", import.meta.url));

/** Path of a file of rules: that of the given folder where it has one of the name, else the one that comes with FlexBench. */
export function ruleFile(folder: string | undefined, name: string): string {
  const own = join(ownFolder, name);
  if (folder === undefined) return own;
  const given = join(folder, name);
  return existsSync(given) ? given : own;
}

/** What is wrong with a folder of rules as a whole: it is none, or has files that mean nothing. */
export function problemsOfRuleFolder(folder: string | undefined): Problem[] {
  if (folder === undefined) return [];
  if (!existsSync(folder) || !statSync(folder).isDirectory())
    return [{ where: folder, message: "is no folder of rules" }];
  const known = readdirSync(ownFolder);
  return readdirSync(folder)
    .filter((name) => /\.ya?ml$/.test(name) && !known.includes(name))
    .map((name) => ({ where: name, message: `is none of the files of rules: ${known.join(", ")}` }));
}
