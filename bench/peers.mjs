import { execFile, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const execute = promisify(execFile);
const bareUndici = fileURLToPath(new URL("./bare-undici.mjs", import.meta.url));

/** Whether wrk is on PATH (Debian: `apt-get install wrk`). */
export const hasWrk = () => spawnSync("wrk", ["-v"]).error === undefined;

/** The same streamed request by wrk, which parses nothing; one thread. Throws when any of its requests failed. */
export async function runWrk({ url, streams, seconds, tokens, folder }) {
  const script = `${folder}/ask.lua`;
  const body = JSON.stringify({
    model: "paced",
    prompt: "hello world ".repeat(50),
    max_tokens: tokens,
    stream: true,
    stream_options: { include_usage: true },
  });
  writeFileSync(
    script,
    `wrk.method = "POST"\nwrk.body = ${JSON.stringify(body)}\nwrk.headers["content-type"] = "application/json"\n`,
  );
  const options = [
    "-t1",
    `-c${streams}`,
    `-d${seconds}s`,
    "--timeout",
    "60s",
    "-s",
    script,
    `${url}/v1/completions`,
  ];
  // The shell's `times` counts its children alone, to the hundredth of a second.
  const { stdout } = await execute("bash", ["-c", 'wrk "$@"; times', "wrk", ...options]);
  const failures = /Socket errors.*|Non-2xx.*/.exec(stdout)?.[0];
  if (failures) throw new Error(`wrk: ${failures}`);
  const answers = Number(/(\d+) requests in/.exec(stdout)?.[1]);
  const [user, system] = stdout.trim().split("\n").at(-1).split(" ").map(minutesAndSeconds);
  return { cpuSeconds: user + system, tokens: answers * tokens };
}

export async function runBareUndici({ url, streams, seconds, tokens }) {
  const { stdout } = await execute(process.execPath, [bareUndici, url, streams, seconds, tokens].map(String));
  return JSON.parse(stdout);
}

function minutesAndSeconds(text) {
  const [, minutes, seconds] = /(\d+)m([\d.]+)s/.exec(text);
  return Number(minutes) * 60 + Number(seconds);
}
