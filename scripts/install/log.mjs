import { appendFile, mkdir, writeFile } from "node:fs/promises";
import { built } from "./package-root.mjs";

/** Starts build/install.log anew. */
export async function startLog() {
  await mkdir(built.folder, { recursive: true });
  await writeFile(built.log, "");
}

/** Keeps the whole output of a tool under its name. */
export async function appendToLog(title, output) {
  await appendFile(built.log, `== ${title}\n${output}\n`);
}

/** One line for the person who installs; npm shows it for a checkout and keeps it back for a dependency. */
export function say(line) {
  console.log(`flexbench: ${line}`);
}
