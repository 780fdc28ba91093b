// Takes long: `npm run test:slow` and CI run it.
// @module-tag slow
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { podServer } from "#src/campaign/executors/await-pod.js";
import { parseCampaign } from "#src/campaign/matrix/campaign-file.js";
import { cellsOf } from "#src/campaign/matrix/cells-of-file.js";
import { temporaryFolder } from "./child-script.ts";

const cli = fileURLToPath(new URL("../dist/cli.js", import.meta.url));
// The stand-in reads YAML by the library of the checkout.
const standIn = fileURLToPath(new URL("./kubectl-stand-in.mjs", import.meta.url));
const folder = temporaryFolder();
const programs = join(folder, "bin");
mkdirSync(programs);
writeFileSync(join(programs, "kubectl"), `#!/bin/sh\nexec '${process.execPath}' '${standIn}' "$@"\n`, {
  mode: 0o755,
});

interface Ended {
  code: number | null;
  stderr: string;
}

/** A cluster of its own with one campaign on it. */
function clusterWith(
  name: string,
  executor: string,
  {
    variables = {},
    axes = "serve.itl: [1ms], target-qps: [20]",
  }: { variables?: NodeJS.ProcessEnv; axes?: string } = {},
) {
  const root = join(folder, name);
  const campaign = join(folder, `${name}-campaign`);
  const file = join(folder, `${name}.yaml`);
  writeFileSync(
    file,
    `
name: ${name}
defaults: { model: sim, scenario: server, duration: 500ms, min-queries: 10, percentile: 50, max-tokens: 2 }
serve: { kind: sim, ttft: 2ms }
axes: { ${axes} }
retries: 0
executor: { kind: kubernetes, image: "flexbench:1", claim: results, namespace: bench, poll: 300ms ${executor} }
`,
  );
  const env = {
    ...process.env,
    ...{ PATH: `${programs}:${process.env.PATH}`, KUBECTL_ROOT: root, KUBECTL_FLEXBENCH: cli, ...variables },
  };
  const flexbench = (...args: string[]) =>
    new Promise<Ended>((resolve) => {
      const child = spawn(process.execPath, [cli, "campaign", ...args], { cwd: folder, env });
      let stderr = "";
      child.stderr.setEncoding("utf8").on("data", (text: string) => {
        stderr += text;
      });
      child.stdout.resume();
      child.once("close", (code) => resolve({ code, stderr }));
    });
  return {
    ...{ root, campaign, flexbench },
    begin: () => flexbench(file, "--output", campaign),
    calls: () => readFileSync(join(root, "calls.txt"), "utf8").trim().split("\n"),
    objects: () => readdirSync(join(root, "objects")),
    kept: () => readdirSync(join(campaign, "jobs")),
    results: (): { state: string; reason: string | null; folders: string[] }[] =>
      JSON.parse(readFileSync(join(campaign, "results.json"), "utf8")),
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

const filesBelow = (path: string) => readdirSync(path, { recursive: true, encoding: "utf8" });

describe("a campaign through kubectl", () => {
  test("gives jobs their files, carries them out, and brings results and logs back", {
    timeout: 90_000,
  }, async () => {
    const cluster = clusterWith("on-cluster", "", { axes: "serve.itl: [1ms, 2ms], target-qps: [20, 30]" });
    const done = await cluster.begin();
    expect(done.stderr).toContain("Handed over: 2 jobs with 4 cells.");
    expect(done.code).toBe(0);
    expect(cluster.results().map(({ state }) => state)).toEqual(Array(4).fill("finished"));
    expect(cluster.kept().filter((name) => name.endsWith(".yaml"))).toHaveLength(2);
    const logs = cluster.kept().filter((name) => name.endsWith(".log"));
    expect(logs).toHaveLength(2);
    expect(readFileSync(join(cluster.campaign, "jobs", logs[0] ?? ""), "utf8")).toContain("finished");
    const calls = cluster.calls();
    expect(calls.every((call) => call.split(" -- ")[0]?.includes("--namespace bench"))).toBe(true);
    expect(calls.at(-1)).toMatch(/^delete pod on-cluster-files/);
    // A first campaign has nothing to send beside its ConfigMaps.
    expect(calls.filter((call) => call.startsWith("cp "))).toEqual([]);
    // What a cell measured is copied once, and what is unfinished never.
    const copied = calls.flatMap((call) => [...call.matchAll(/ cells\/(\w{12})/g)].map(([, id]) => id));
    expect(copied).toHaveLength(4);
    expect(new Set(copied).size).toBe(4);
    expect(
      filesBelow(join(cluster.campaign, "cells")).filter((name) => /partial|fetching/.test(name)),
    ).toEqual([]);
    // Nothing of the jobs is left in the cluster.
    expect(cluster.objects()).toEqual([]);
  });

  test("waits for servers that are ready late, one job at once, and records how they were started", {
    timeout: 120_000,
  }, async () => {
    const port = await freePort();
    const executor = `, client: own-pod, server-image: "flexbench:1", server-port: ${port}, parallel: 1`;
    const cluster = clusterWith("late", executor, {
      ...{ variables: { KUBECTL_LATE_MS: "1500" }, axes: "serve.itl: [1ms, 2ms], target-qps: [20]" },
    });
    const done = await cluster.begin();
    expect(done.stderr).not.toContain("ENDPOINT_REFUSED");
    expect(done.code).toBe(0);
    const results = cluster.results();
    expect(results.map(({ state }) => state)).toEqual(Array(2).fill("finished"));
    for (const { folders } of results) {
      const run = join(cluster.campaign, folders[0] ?? "");
      const { server } = JSON.parse(readFileSync(join(run, "record.json"), "utf8"));
      expect(server.launch).toMatchObject({
        ...{ kind: "sim", container: { engine: "kubernetes", image: "flexbench:1" } },
        command: expect.stringMatching(/^flexbench serve sim --port \d+ .*--itl=[12]ms/),
      });
      expect(server.launch.startSeconds).toBeGreaterThan(0.5);
      expect(readFileSync(join(run, "server.log"), "utf8")).toContain("serve sim");
    }
    expect(cluster.kept().filter((name) => name.endsWith(".server.log"))).toHaveLength(2);
  });

  test("does not wait for a server that will not come, and tells why", { timeout: 90_000 }, async () => {
    const executor = `, client: own-pod, server-image: "broken:1", server-port: ${await freePort()}`;
    const cluster = clusterWith("never", executor, { axes: "target-qps: [20, 30]" });
    const beganMs = performance.now();
    const done = await cluster.begin();
    expect(done.code).toBe(5);
    // Each of the two cells would wait for the ten minutes that a start may take.
    expect(performance.now() - beganMs).toBeLessThan(80_000);
    const reasons = cluster.results().map(({ reason }) => reason);
    expect(reasons).toEqual(
      Array(2).fill(expect.stringMatching(/^SERVER_OUT_OF_MEMORY: .*CUDA out of memory/s)),
    );
    expect(cluster.kept().filter((name) => name.endsWith(".server.log"))).toHaveLength(1);
  });

  test("waits for a server that never comes once, and not for each cell again", {
    timeout: 30_000,
  }, async () => {
    const file = parseCampaign(
      `
name: once
defaults: { model: sim, scenario: server, duration: 1s, target-qps: 1 }
serve: { kind: sim, ready-within: 2s }
executor: { kind: kubernetes, image: x, claim: y, client: own-pod, server-image: x }
`,
      "once.yaml",
    );
    const [cell] = cellsOf(file);
    if (cell === undefined || file.executor.kind !== "kubernetes") throw new Error("no cell");
    const url = `http://127.0.0.1:${await freePort()}`;
    const server = podServer({ url, outcomeFile: null, environment: {}, settings: file.executor });
    const waited = async () => {
      const beganMs = performance.now();
      const waiting = server(cell, join(folder, "once.log"), new AbortController().signal);
      await expect(waiting).rejects.toMatchObject({ code: "CAMPAIGN_SERVER_SILENT" });
      return performance.now() - beganMs;
    };
    expect(await waited()).toBeGreaterThan(1900);
    expect(await waited()).toBeLessThan(1900);
  });

  test("leaves jobs alone whose results it cannot copy, and fetches them later", {
    timeout: 90_000,
  }, async () => {
    const cluster = clusterWith("stuck", "");
    mkdirSync(cluster.root);
    const obstacle = join(cluster.root, "no-copy");
    writeFileSync(obstacle, "");
    const stopped = await cluster.begin();
    expect(stopped.stderr).toContain("could not be copied out of the claim");
    expect(stopped.code).not.toBe(0);
    expect(cluster.objects().filter((name) => name.startsWith("Job-"))).toHaveLength(1);
    expect(cluster.calls().filter((call) => call.startsWith("delete "))).toEqual([]);
    rmSync(obstacle);
    const resumed = await cluster.flexbench("resume", cluster.campaign);
    expect(resumed.code).toBe(0);
    expect(resumed.stderr).not.toContain("Handed over");
    expect(cluster.results().map(({ state }) => state)).toEqual(["finished"]);
    expect(existsSync(join(cluster.campaign, "report.html"))).toBe(true);
  });

  test("needs a claim for the results", async () => {
    const cluster = clusterWith("unclaimed", "");
    const file = join(folder, "unclaimed.yaml");
    writeFileSync(file, readFileSync(file, "utf8").replace("claim: results, ", ""));
    const refused = await cluster.flexbench(file);
    expect(refused.stderr).toContain("executor.claim");
    expect(refused.code).toBe(2);
  });
});
