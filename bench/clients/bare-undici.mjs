import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const loop = fileURLToPath(new URL("./bare-undici-loop.mjs", import.meta.url));

/** The streamed request by undici alone in a process of its own, which only lets the bytes pass. */
export async function runBareUndici({ url, streams, seconds, tokens, tokenIds }) {
  const args = [loop, url, streams, seconds, tokens, tokenIds ? "ids" : "text"].map(String);
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return { ...JSON.parse(stdout), failed: 0 };
}
