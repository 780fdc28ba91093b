import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

const cli = fileURLToPath(new URL("../dist/cli.js", import.meta.url));

/** Programs that answer as recorded and write down how they were called, first in the PATH of `environment`. */
export interface RecordedPrograms {
  environment: NodeJS.ProcessEnv;
  /** Every call so far: the program's name and its words. */
  calls(): string[][];
}

/** Puts Node programs of these names and bodies into a folder. A body sees `words`, and `fs`. */
export function recordedPrograms(folder: string, bodies: Readonly<Record<string, string>>): RecordedPrograms {
  const programs = join(folder, "programs");
  const record = join(folder, "calls.jsonl");
  mkdirSync(programs, { recursive: true });
  writeFileSync(record, "");
  for (const [name, body] of Object.entries(bodies)) {
    const path = join(programs, name);
    const note = `fs.appendFileSync(${JSON.stringify(record)}, JSON.stringify([${JSON.stringify(name)}, ...words]) + "\\n");`;
    const head = `#!${process.execPath}\nconst fs = require("node:fs");\nconst words = process.argv.slice(2);\n`;
    writeFileSync(path, `${head}${note}\n${body}\n`);
    chmodSync(path, 0o755);
  }
  return {
    environment: { ...process.env, PATH: `${programs}${delimiter}${process.env.PATH ?? ""}` },
    calls: () =>
      readFileSync(record, "utf8")
        .split("\n")
        .filter(Boolean)
        .map((line) => JSON.parse(line) as string[]),
  };
}

/** A container engine that has no image until it is pulled, and runs the simulator in the place of any image. */
export function recordedEngine(folder: string): string {
  const pulled = JSON.stringify(join(folder, "pulled"));
  return `
const [verb, what] = words;
if (verb === "image") {
  if (!fs.existsSync(${pulled})) { console.error("Error: No such image: " + words[2]); process.exit(1); }
  console.log(JSON.stringify([{ Id: "sha256:1111", RepoDigests: [what + "@sha256:2222"] }]));
} else if (verb === "pull") {
  fs.writeFileSync(${pulled}, "");
} else if (verb === "run") {
  const port = words[words.indexOf("--publish") + 1].split(":")[1];
  console.log("the token is " + process.env.HF_TOKEN);
  const model = words[words.indexOf("--served-model-name") + 1];
  const args = [${JSON.stringify(cli)}, "serve", "sim", "--port", port, "--model", model];
  const child = require("node:child_process").spawn(process.execPath, args, { stdio: "inherit" });
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  child.once("exit", () => process.exit(143));
}`;
}
