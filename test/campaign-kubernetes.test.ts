import { describe, expect, test } from "vitest";
import { checkForExecutor } from "#src/campaign/executors/executor-problems.js";
import { renderedJobs } from "#src/campaign/executors/kubernetes.js";
import { filesOfJob } from "#src/campaign/executors/kubernetes-files.js";
import { copyPod, type Manifest } from "#src/campaign/executors/kubernetes-manifests.js";
import { kubernetesName } from "#src/campaign/executors/kubernetes-names.js";
import { clusterStatus } from "#src/campaign/executors/kubernetes-status.js";
import { type CampaignFile, parseCampaign } from "#src/campaign/matrix/campaign-file.js";
import { cellsOf } from "#src/campaign/matrix/cells-of-file.js";
import { jobsFor } from "#src/campaign/matrix/conduct.js";
import { vllmServer } from "#src/server/vllm-server.js";
import { brokenNames, brokenSchemas, unknownFields } from "./kubernetes-manifests.ts";

interface Container {
  image: string;
  command?: string[];
  args?: string[];
  env?: unknown[];
}

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

  const matrix = (executor: string, more = "", serve = "vllm") =>
    parseCampaign(
      `
name: 4bit_Matrix
defaults: { duration: 60s, scenario: server, gpus: 4, memory: 1.5G ${more} }
serve: ${serve}
axes: { model: [a/small, b/large], serve.dtype: [bfloat16, auto], target-qps: [1, 2] }
executor: ${executor}
`,
      "matrix.yaml",
    );
  const own = "kind: kubernetes, image: flexbench:1, claim: results";
  const full = `{ ${own}, namespace: bench, service-account: runner, cpu: "8", memory: 32Gi,
  server-image: "vllm/vllm-openai:v1", server-command: [--model, "{model}", --dtype, "{dtype}", --port, "{port}"],
  node-selector: { gpu: h100 }, tolerations: [{ key: nvidia.com/gpu, operator: Exists, effect: NoSchedule }],
  client-node-selector: { pool: cpus }, client-cpu: "2", client-memory: 4Gi, image-pull-secrets: [registry],
  cache-claim: models, secrets: { HF_TOKEN: { name: hub, key: token } } }`;

  function rendered(file: CampaignFile) {
    const cells = cellsOf(file);
    if (file.executor.kind !== "kubernetes") throw new Error("no Kubernetes");
    checkForExecutor(cells, file.executor);
    const jobs = jobsFor(cells);
    const { name, source } = file;
    return {
      manifests: renderedJobs({ name, source, jobs, cells }, file.executor),
      ...{ settings: file.executor, jobs },
    };
  }

  /** Containers of the pods of these kinds, in order. */
  const containersOf = (manifests: readonly Manifest[], kind: string) =>
    manifests
      .filter((manifest) => manifest.kind === kind)
      .map(({ spec }) => {
        const { template } = spec as { template: { spec: { containers: Container[] } } };
        const [first] = template.spec.containers;
        if (first === undefined) throw new Error("a pod has a container");
        return first;
      });

  test("of a campaign are what an API server takes, with and without a server of its own", async () => {
    const { manifests, settings, jobs } = rendered(matrix(full));
    expect(jobs).toHaveLength(4);
    const kinds = ["ConfigMap", "Deployment", "Service", "Job"];
    expect(manifests.map(({ kind }) => kind)).toEqual(Array(4).fill(kinds).flat());
    const alone = rendered(matrix(`{ ${own}, client: same-pod, cache-claim: models }`)).manifests;
    expect(alone.map(({ kind }) => kind)).toEqual(Array(4).fill(["ConfigMap", "Job"]).flat());
    const all = [...manifests, ...alone, copyPod("c-4bit-matrix", settings)];
    expect(await brokenSchemas(all)).toEqual([]);
    expect(await unknownFields(all)).toEqual([]);
    expect(brokenNames(all)).toEqual([]);
  });

  test("have names that an API server takes, whatever the campaign is called", () => {
    const named = (name: string) => [
      { kind: "Service", apiVersion: "v1", metadata: { name, labels: { "flexbench/job": name } } },
    ];
    expect(brokenNames(named("4bit-1"))).toEqual([expect.stringContaining("Service 4bit-1")]);
    expect(brokenNames(named(`a${"b".repeat(63)}`))).toHaveLength(2);
    for (const name of ["4bit-compare", "Matrix_1", "9".repeat(63), "a.b", `${"a-".repeat(31)}b`])
      expect(brokenNames(named(`${kubernetesName(name)}-abcdef`))).toEqual([]);
  });

  test("ask for GPUs, processors and nodes where the server runs, and keep secrets out", () => {
    const { manifests } = rendered(matrix(full));
    const [map, deployment, service, work] = manifests.map((manifest) => JSON.stringify(manifest));
    expect(deployment).toContain('"nvidia.com/gpu":"4"');
    expect(work).not.toContain("nvidia.com/gpu");
    expect(deployment).toContain('"--model","a/small"');
    expect(deployment).toContain('"secretKeyRef":{"name":"hub","key":"token"}');
    expect(deployment).toContain('"cpu":"8","memory":"1536Mi"');
    expect(work).toContain('"cpu":"2","memory":"4Gi"');
    expect(deployment).toContain('"nodeSelector":{"gpu":"h100"},"tolerations":[{"key":"nvidia.com/gpu"');
    expect(work).toContain('"nodeSelector":{"pool":"cpus"}');
    expect(work).not.toContain("tolerations");
    for (const pod of [deployment, work]) expect(pod).toContain('"imagePullSecrets":[{"name":"registry"}]');
    expect(deployment).toContain('"persistentVolumeClaim":{"claimName":"models"}');
    expect(deployment).toContain('{"name":"HF_HOME","value":"/cache/huggingface"}');
    expect(service).toContain('"port":8000');
    expect(work).toContain("http://c-4bit-matrix-1:8000");
    expect(map).toContain("name: 4bit_Matrix");
    const alone = rendered(matrix(`{ ${own}, client: same-pod }`)).manifests.map((one) =>
      JSON.stringify(one),
    );
    expect(alone[1]).toContain('"nvidia.com/gpu":"4"');
    expect(alone[1]).not.toContain("--server-url");
  });

  test("start a server by what its kind is started by, with all of its settings", () => {
    const axes = `
name: settings
defaults: { duration: 60s, scenario: server, model: a/b, gpus: 2, target-qps: 1 }
serve: { kind: vllm, tensor-parallel: 2, env: ["VLLM_LOGGING_LEVEL=DEBUG"] }
axes: { serve.max-concurrency: [64, 256] }
executor: { ${own} }`;
    const { manifests } = rendered(parseCampaign(axes, "settings.yaml"));
    const servers = containersOf(manifests, "Deployment");
    expect(servers.map(({ image }) => image)).toEqual(Array(2).fill(vllmServer.image("cuda")));
    expect(servers.map(({ command }) => command)).toEqual(Array(2).fill(["vllm"]));
    for (const [index, many] of ["64", "256"].entries()) {
      const { args = [], env } = servers[index] ?? {};
      expect(args.slice(0, 2)).toEqual(["serve", "a/b"]);
      expect(args.join(" ")).toContain("--host 0.0.0.0 --port 8000");
      expect(args.join(" ")).toContain(`--tensor-parallel-size 2 --max-num-seqs ${many}`);
      expect(env).toContainEqual({ name: "VLLM_LOGGING_LEVEL", value: "DEBUG" });
    }
    const processor = rendered(parseCampaign(axes.replace("gpus: 2", "gpus: 0"), "settings.yaml"));
    expect(containersOf(processor.manifests, "Deployment")[0]?.image).toBe(vllmServer.image("cpu"));
    const amd = `executor: { ${own}, gpu-resource: amd.com/gpu }`;
    const rocm = rendered(parseCampaign(axes.replace(/executor:.*/, amd), "settings.yaml"));
    expect(containersOf(rocm.manifests, "Deployment")[0]?.image).toBe(vllmServer.image("rocm"));
  });

  test("fill the words of a command in either spelling, a list as several words", () => {
    const command = `server-image: "own:1", server-command: [--seqs, "{max-concurrency}", "--port={port}", "{serverArgument}"]`;
    const file = `
name: words
defaults: { duration: 60s, scenario: server, model: a/b, target-qps: 1 }
serve-command: serve --seqs {max-num-seqs} --port {port} --home $HOME
executor: { ${own}, server-image: "own:1" }
axes: { serve.max-num-seqs: [8] }`;
    const shell = rendered(parseCampaign(file, "w.yaml"));
    const [server] = containersOf(shell.manifests, "Deployment");
    expect(server?.command).toEqual(["/bin/sh"]);
    expect(server?.args).toEqual(["-c", "serve --seqs 8 --port 8000 --home $HOME"]);
    const listed = file
      .replace(/executor:.*/, `executor: { ${own}, ${command} }`)
      .replace(
        /axes:.*/,
        `axes: { setup: [{ name: one, serve.max-concurrency: 8, serve.server-argument: [a=1, b=2] }] }`,
      )
      .replace(/serve-command:.*/, "serve: vllm");
    const [words] = containersOf(rendered(parseCampaign(listed, "w.yaml")).manifests, "Deployment");
    expect(words?.args).toEqual(["--seqs", "8", "--port=8000", "a=1", "b=2"]);
  });

  test("refuse what would go nowhere, all at once, each told once", () => {
    const wrong = () =>
      rendered(
        matrix(
          `{ kind: kubernetes, image: flexbench:1, server-image: own:1, server-command: ["{dtyp}"] }`,
          ", nodes: 2",
          `{ kind: vllm, gpus: [0], container: docker }`,
        ),
      );
    for (const words of [
      "nodes: is above 1, and a server over several nodes is not rendered",
      "executor.claim: is needed",
      "serve.gpus: names GPUs of one machine",
      "serve.container: is for Docker",
      "names {dtyp}, which is no setting",
      "serve.dtype: goes nowhere",
    ])
      expect(wrong).toThrow(words);
    expect(() => matrix(`{ ${own} }`, "", `{ kind: vllm, env: ["HF_TOKEN=secret"] }`)).toThrow(
      "HF_TOKEN would show a secret",
    );
    expect(() => rendered(matrix(`{ ${own} }`, "", "{ kind: vllm, tensor-paralel: 2 }"))).toThrow(
      "did you mean tensorParallel",
    );
    expect(() => rendered(matrix(`{ ${own}, client: own-pod }`, "", "tensorrt-llm"))).toThrow("serverImage");
    const bare = matrix(`{ ${own} }`);
    expect(() => rendered({ ...bare, source: "x".repeat(2 ** 18) })).toThrow("ConfigMap");
  });

  test("tell of a server's pod that will not come, and of one that only takes its time", () => {
    const pod = (status: object) => ({
      ...{ kind: "Pod", metadata: { name: "x-1-abc", labels: { "flexbench/server": "x-1" } } },
      status: { containerStatuses: [status] },
    });
    const trouble = (status: object) =>
      clusterStatus(JSON.stringify({ items: [pod(status)] })).troubles.get("x-1") ?? null;
    const waits = (reason: string) => ({ ready: false, state: { waiting: { reason } } });
    expect(trouble(waits("ContainerCreating"))).toBeNull();
    expect(trouble({ ready: false, state: { running: {} } })).toBeNull();
    expect(trouble(waits("ImagePullBackOff"))).toMatchObject({ reason: "ImagePullBackOff", ran: false });
    const crashed = {
      ...waits("CrashLoopBackOff"),
      restartCount: 1,
      lastState: { terminated: { exitCode: 1 } },
    };
    expect(trouble(crashed)).toMatchObject({ message: "ended with exit code 1", ran: true });
    expect(trouble({ ...crashed, ready: true, state: { running: {} } })).toBeNull();
    const nobodysJob = { items: [{ kind: "Job", metadata: { name: "x-1" }, status: {} }] };
    expect(clusterStatus(JSON.stringify(nobodysJob)).lives.get("x-1")).toBe("waiting");
  });

  test("divide the cells of a job among as many ConfigMaps as hold them", () => {
    const [cell] = cellsOf(matrix(`{ ${own} }`));
    if (cell === undefined) throw new Error("no cell");
    const many = Array.from({ length: 1000 }, (_, index) => ({
      ...cell,
      id: String(index).padStart(12, "0"),
    }));
    const maps = filesOfJob("name: x\n", many);
    expect(maps.length).toBeGreaterThan(2);
    for (const data of maps) expect(Buffer.byteLength(JSON.stringify(data))).toBeLessThan(2 ** 18);
    const found = maps.flatMap((data) =>
      Object.entries(data)
        .filter(([name]) => name.startsWith("cells-"))
        .flatMap(([, text]) => JSON.parse(text) as { id: string }[]),
    );
    expect(found.map(({ id }) => id)).toEqual(many.map(({ id }) => id));
    expect(new Set(maps.flatMap((data) => Object.keys(data))).size).toBe(1 + maps.length);
  });
});
