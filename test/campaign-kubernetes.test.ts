import { describe, expect, test } from "vitest";
import { renderedJobs } from "#src/campaign/executors/kubernetes.js";
import { copyPod } from "#src/campaign/executors/kubernetes-manifests.js";
import { parseCampaign } from "#src/campaign/matrix/campaign-file.js";
import { cellsOf, groupsOf } from "#src/campaign/matrix/cells-of-file.js";
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
    const jobs = [...groupsOf(cells).values()].map((group) => ({
      ...{ cells: group.map(({ id }) => id), seconds: 1 },
      resources: group[0]?.resources ?? { gpus: 0, nodes: 1, cpus: null, memory: null },
    }));
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
