import { type ChildProcess, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, test, vi } from "vitest";
import { parseCampaign } from "#src/campaign/matrix/campaign-file.js";
import { openCampaign } from "#src/campaign/matrix/campaign-state.js";
import { cellsOf } from "#src/campaign/matrix/cells-of-file.js";
import { writeCells } from "#src/campaign/matrix/known-cells.js";
import { untilControllerEnds } from "#src/commands/end-with-controller.js";
import { temporaryFolder } from "./child-script.ts";

const cli = fileURLToPath(new URL("../dist/cli.js", import.meta.url));
const folder = temporaryFolder();
const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

/** Starts the worker of a campaign with one cell, whose model module has this code. */
async function startWorker(name: string, module: string) {
  const path = join(folder, `${name}.mjs`);
  writeFileSync(path, module);
  const file = parseCampaign(
    `
name: ${name}
defaults: { model: sim, model-module: ${path}, scenario: server, duration: 500ms, min-queries: 10, percentile: 50, max-tokens: 2 }
serve: { kind: sim, ttft: 2ms, itl: 1ms }
axes: { target-qps: [20] }
`,
    "file.yaml",
  );
  const campaign = join(folder, name);
  await openCampaign(campaign, file);
  const cells = cellsOf(file);
  await writeCells(campaign, cells);
  const words = ["campaign", "work", campaign, "--until-stdin-ends", ...cells.map(({ id }) => id)];
  const child = spawn(process.execPath, [cli, ...words], { cwd: folder });
  children.push(child);
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
  const ended = new Promise<{ code: number | null; signal: string | null }>((resolve) =>
    child.once("close", (code, signal) => resolve({ code, signal })),
  );
  return { child, ended, said: () => said };
}

const endless = "setInterval(() => {}, 1000);";

describe("a worker of a campaign", () => {
  test("ends when its controller has ended, though its test hangs and heeds nothing", {
    timeout: 60_000,
  }, async () => {
    const { child, ended, said } = await startWorker(
      "hanging",
      `${endless} console.log("hangs"); await new Promise(() => {});`,
    );
    await vi.waitFor(() => expect(said()).toContain("hangs"), { timeout: 40_000, interval: 50 });
    child.stdin.end();
    const beganMs = performance.now();
    expect(await ended).toEqual({ code: null, signal: "SIGKILL" });
    expect(performance.now() - beganMs).toBeLessThan(15_000);
  });

  test("ends when its cells are done, though a module keeps the process busy", {
    timeout: 60_000,
  }, async () => {
    const definition = `{ name: "own", description: "", mlperfConfKey: null, api: "completions", sampling: {}, maxTokens: 2,
      minTokens: null, serverLimits: { ttftNs: 1e9, tpotNs: 1e9 }, interactiveLimits: null }`;
    const { ended, said } = await startWorker("busy", `${endless} export default ${definition};`);
    expect(await ended, said()).toEqual({ code: 0, signal: null });
    expect(said()).toContain("target-qps=20: finished");
  });

  test("tells its work first, and ends itself when that takes too long", async () => {
    const input = new PassThrough();
    const end = vi.fn();
    const signal = untilControllerEnds({ input, mostEndingMs: 60, end });
    expect(signal.aborted).toBe(false);
    input.end();
    await vi.waitFor(() => expect(signal.aborted).toBe(true));
    expect(end).not.toHaveBeenCalled();
    await vi.waitFor(() => expect(end).toHaveBeenCalledOnce());
  });
});
