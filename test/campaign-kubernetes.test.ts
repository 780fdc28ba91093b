import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { renderedJobs } from "#src/campaign/executors/kubernetes.js";
import { copyPod } from "#src/campaign/executors/kubernetes-manifests.js";
import { parseCampaign } from "#src/campaign/matrix/campaign-file.js";
import { cellsOf } from "#src/campaign/matrix/cells-of-file.js";
import { jobsFor } from "#src/campaign/matrix/conduct.js";
import { temporaryFolder } from "./child-script.ts";
import { brokenSchemas, unknownFields } from "./kubernetes-manifests.ts";

const container = { name: "client", image: "flexbench:test" };
const job = (spec: object, pod: object) => ({
  apiVersion: "batch/v1",
  kind: "Job",
  metadata: { name: "cell" },
  spec: { ...spec, template: { spec: { restartPolicy: "Never", containers: [container], ...pod } } },
});

describe("manifests", () => {
  test("the check of manifests refuses what an API server would", async () => {
    const right = job({ backoffLimit: 0 }, {});
    expect(await brokenSchemas([right])).toEqual([]);
    expect(await unknownFields([right])).toEqual([]);
    const wrong = [
      job({ backoffLimit: "none" }, {}),
      job({}, { containers: [{ image: "flexbench:test" }] }),
      job({}, { restartPolicy: "Perhaps" }),
      { apiVersion: "batch/v1", kind: "Jobb" },
    ];
    expect((await brokenSchemas(wrong)).map((line) => line.split("\n")[0])).toEqual([
      expect.stringContaining("backoffLimit must be integer"),
      expect.stringContaining("required property name"),
      expect.stringContaining("restartPolicy must be equal to one of the allowed values"),
      expect.stringContaining("no such kind"),
    ]);
    expect(await unknownFields([right, job({ backofLimit: 0 }, {})])).toEqual([
      expect.stringMatching(/^manifests\.mts\(2,.*backofLimit/),
    ]);
  });

  const matrix = (executor: string) =>
    parseCampaign(
      `
name: Matrix_1
defaults: { duration: 60s, scenario: server, gpus: 4, memory: 64G }
serve: vllm
axes: { model: [a/small, b/large], serve.dtype: [bfloat16, auto], target-qps: [1, 2] }
executor: ${executor}
`,
      "matrix.yaml",
    );
  const full = `{ kind: kubernetes, image: "registry/flexbench:1", server-image: "vllm/vllm-openai:v1", namespace: bench, claim: results,
  server-command: [--model, "{model}", --dtype, "{dtype}", --port, "{port}"], service-account: runner, cpu: "8", memory: 32Gi,
  node-selector: { gpu: h100 }, secrets: { HF_TOKEN: { name: hub, key: token } } }`;

  function rendered(executor: string) {
    const file = matrix(executor);
    const cells = cellsOf(file);
    if (file.executor.kind !== "kubernetes") throw new Error("no Kubernetes");
    const jobs = jobsFor(cells);
    return { manifests: renderedJobs(file.name, jobs, cells, file.executor), settings: file.executor, jobs };
  }

  test("of a campaign are what an API server takes, with and without a server of its own", async () => {
    const { manifests, settings, jobs } = rendered(full);
    expect(jobs).toHaveLength(4);
    expect(manifests.map(({ kind }) => kind)).toEqual(Array(4).fill(["Deployment", "Service", "Job"]).flat());
    const alone = rendered(`{ kind: kubernetes, image: "flexbench:1", claim: results }`).manifests;
    expect(alone.map(({ kind }) => kind)).toEqual(Array(4).fill("Job"));
    const all = [...manifests, ...alone, copyPod("matrix", settings)];
    expect(await brokenSchemas(all)).toEqual([]);
    expect(await unknownFields(all)).toEqual([]);
  });

  test("ask for GPUs where the server runs, and keep secrets out", () => {
    const { manifests } = rendered(full);
    const [deployment, service, work] = manifests.map((manifest) => JSON.stringify(manifest));
    expect(deployment).toContain('"nvidia.com/gpu":"4"');
    expect(work).not.toContain("nvidia.com/gpu");
    expect(deployment).toContain('"--model","a/small"');
    expect(deployment).toContain('"secretKeyRef":{"name":"hub","key":"token"}');
    expect(deployment).toContain('"memory":"64Gi"');
    expect(service).toContain('"port":8000');
    expect(work).toContain("http://matrix-1-1:8000");
    const alone = JSON.stringify(
      rendered(`{ kind: kubernetes, image: "flexbench:1", claim: results }`).manifests[0],
    );
    expect(alone).toContain('"nvidia.com/gpu":"4"');
    expect(alone).not.toContain("--server-url");
  });
});

describe("a campaign through kubectl", () => {
  test("sends its folder, carries out jobs, and brings results and logs back", { timeout: 60_000 }, () => {
    const folder = temporaryFolder();
    const programs = join(folder, "bin");
    mkdirSync(programs);
    // The stand-in reads YAML by the library of the checkout.
    const standIn = fileURLToPath(new URL("./kubectl-stand-in.mjs", import.meta.url));
    writeFileSync(join(programs, "kubectl"), `#!/bin/sh\nexec '${process.execPath}' '${standIn}' "$@"\n`, {
      mode: 0o755,
    });
    const cli = fileURLToPath(new URL("../dist/cli.js", import.meta.url));
    const file = join(folder, "k8s.yaml");
    writeFileSync(
      file,
      `
name: on-cluster
defaults: { model: sim, scenario: server, duration: 500ms, min-queries: 10, percentile: 50, max-tokens: 2 }
serve: { kind: sim, ttft: 2ms }
axes: { serve.itl: [1ms, 2ms], target-qps: [20, 30] }
executor: { kind: kubernetes, image: "flexbench:1", claim: results, namespace: bench, poll: 300ms }
`,
    );
    const cluster = join(folder, "cluster");
    const campaign = join(folder, "campaign");
    const env = {
      ...process.env,
      ...{ PATH: `${programs}:${process.env.PATH}`, KUBECTL_ROOT: cluster, KUBECTL_FLEXBENCH: cli },
    };
    const done = spawnSync(process.execPath, [cli, "campaign", file, "--output", campaign], {
      ...{ cwd: folder, env, encoding: "utf8" },
    });
    expect(done.stderr).toContain("Handed over: 2 jobs with 4 cells.");
    expect(done.status).toBe(0);
    const results: unknown[] = JSON.parse(readFileSync(join(campaign, "results.json"), "utf8"));
    expect(results).toHaveLength(4);
    expect(results.every((result) => (result as { state: string }).state === "finished")).toBe(true);
    const kept = readdirSync(join(campaign, "jobs"));
    expect(kept.filter((name) => name.endsWith(".yaml"))).toHaveLength(2);
    const logs = kept.filter((name) => name.endsWith(".log"));
    expect(logs).toHaveLength(2);
    expect(readFileSync(join(campaign, "jobs", logs[0] ?? ""), "utf8")).toContain("finished");
    const calls = readFileSync(join(cluster, "calls.txt"), "utf8").trim().split("\n");
    expect(calls.every((call) => call.includes("--namespace bench"))).toBe(true);
    expect(calls.at(-1)).toMatch(/^delete pod on-cluster-files/);
    // Nothing of the jobs is left in the cluster.
    expect(readdirSync(join(cluster, "objects")).filter((name) => name.startsWith("Job-"))).toEqual([]);
  });

  test("needs a claim for the results", () => {
    const folder = temporaryFolder();
    const file = join(folder, "k8s.yaml");
    writeFileSync(
      file,
      `name: x\nserve: sim\naxes: { target-qps: [1] }\nexecutor: { kind: kubernetes, image: "flexbench:1" }\n`,
    );
    const cli = fileURLToPath(new URL("../dist/cli.js", import.meta.url));
    const refused = spawnSync(process.execPath, [cli, "campaign", file], { cwd: folder, encoding: "utf8" });
    expect(refused.stderr).toContain("executor.claim");
    expect(refused.status).toBe(2);
  });
});
