import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const source = fileURLToPath(new URL("./paced-server/main.go", import.meta.url));
let built = null;

/** Compiles the paced server once; needs Go. */
function build() {
  if (built !== null) return built;
  const folder = mkdtempSync(join(tmpdir(), "flexbench-bench-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  built = join(folder, "paced-server");
  execFileSync("go", ["build", "-o", built, source], { stdio: ["ignore", "ignore", "inherit"] });
  return built;
}

/** Starts the paced server on one core, and gives its URL, what it kept, and how to stop it. */
export async function startPacedServer({ ttftMs = 20, itlMs = 10 } = {}) {
  const child = spawn(build(), ["-ttft", `${ttftMs}ms`, "-itl", `${itlMs}ms`], {
    env: { ...process.env, GOMAXPROCS: "1" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const url = await new Promise((resolve, reject) => {
    child.stdout.once("data", (line) => resolve(String(line).trim()));
    child.once("exit", () => reject(new Error("the paced server ended before it was up")));
  });
  return {
    url,
    kept: async () => (await fetch(`${url}/stats`)).json(),
    forget: async () => void (await (await fetch(`${url}/stats`, { method: "POST" })).text()),
    stop: () =>
      new Promise((resolve) => {
        child.once("exit", resolve);
        child.kill();
      }),
  };
}
