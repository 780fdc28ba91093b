import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { settingsFor } from "#src/campaign/executors/executor-settings.js";
import { GpuPool } from "#src/campaign/executors/gpu-pool.js";
import { parseCampaign } from "#src/campaign/matrix/campaign-file.js";
import type { Cell } from "#src/campaign/matrix/cell.js";
import {
  allottedGpus,
  gpusTaken,
  readyWithinNs,
  serverSettingsOf,
} from "#src/campaign/matrix/cell-server-settings.js";
import { cellsOf, groupsOf } from "#src/campaign/matrix/cells-of-file.js";
import { checkCampaign, checkLocalGpus } from "#src/campaign/matrix/check-campaign.js";
import { jobsFor } from "#src/campaign/matrix/conduct.js";
import { estimate } from "#src/campaign/matrix/estimate.js";
import { renderCampaign } from "#src/campaign/matrix/render-campaign.js";
import { secretProblem } from "#src/server/secret-words.js";
import { knownServers } from "#src/server/server-kinds.js";

const run = "name: checked\ndefaults: { model: a/b, target-qps: 5 }\n";
const parsed = (text: string) => parseCampaign(`${run}${text}`, "file.yaml");
const cells = (text: string) => cellsOf(parsed(text));
const check = (text: string) => () => {
  const file = parsed(text);
  checkCampaign(file, cellsOf(file), {});
};
const only = (text: string): Cell => {
  const [cell] = cells(text);
  if (cell === undefined) throw new Error("no cell");
  return cell;
};

describe("accelerators of a campaign", () => {
  it("are cells of their own, with and without a price book", () => {
    const both = cells("serve: sim\naxes: { accelerator: [H100, A100] }");
    expect(both.map(({ accelerator }) => accelerator)).toEqual(["H100", "A100"]);
    expect(new Set(both.map(({ id }) => id)).size).toBe(2);
    expect(groupsOf(both).size).toBe(2);
    // The run is not given an option that needs a price book beside it.
    expect(both.map((cell) => cell.run.accelerator)).toEqual([undefined, undefined]);
    expect(only("serve: sim\naxes: { target-qps: [1] }").accelerator).toBeNull();
  });

  const places = `
serve: sim
axes:
  accelerator:
    - { name: H100, partition: h100, gres: "gpu:h100:{gpus}", node-selector: { gpu: h100 }, image: "cuda:1" }
    - { name: MI300X, partition: mi300, constraint: rocm, gpu-resource: amd.com/gpu, node-selector: { gpu: mi300 } }
  target-qps: [1, 2]
`;

  it("say where they are found, and their jobs are told", () => {
    expect(check(places)).not.toThrow();
    const jobs = jobsFor(cells(places));
    expect(jobs.map(({ cells: ids }) => ids.length)).toEqual([2, 2]);
    expect(jobs.map(({ executor }) => executor.partition)).toEqual(["h100", "mi300"]);
  });

  it("are asked for where the jobs of each are rendered", () => {
    const executor = `executor: { kind: kubernetes, image: "flexbench:1", claim: c, node-selector: { zone: a } }`;
    const file = parsed(`${places}${executor}`);
    const selectors = [...renderCampaign(file).matchAll(/nodeSelector:\n +zone: a\n +gpu: (\w+)/g)];
    expect(selectors.map(([, gpu]) => gpu)).toEqual(["h100", "mi300"]);
    const slurm = renderCampaign(parsed(`${places}executor: { kind: slurm, partition: gpu }`));
    expect(slurm).toContain("#SBATCH --partition=h100\n");
  });

  it("change the settings of the executor that they are for, and leave those of others", () => {
    const [h100, mi300] = jobsFor(cells(places)).map(({ executor }) => executor);
    const slurm = parsed("executor: { kind: slurm, partition: gpu, account: lab }\nserve: sim").executor;
    expect(settingsFor(slurm, h100 ?? {})).toEqual({ ...slurm, partition: "h100", gres: "gpu:h100:{gpus}" });
    expect(settingsFor(slurm, mi300 ?? {})).toMatchObject({
      constraint: "rocm",
      account: "lab",
      gres: "gpu:{gpus}",
    });
    const { executor } = parsed(
      `serve: sim\nexecutor: { kind: kubernetes, image: "flexbench:1", node-selector: { zone: a } }`,
    );
    expect(settingsFor(executor, h100 ?? {})).toMatchObject({
      image: "cuda:1",
      gpuResource: "nvidia.com/gpu",
    });
    expect(settingsFor(executor, mi300 ?? {})).toMatchObject({
      ...{ image: "flexbench:1", gpuResource: "amd.com/gpu", nodeSelector: { zone: "a", gpu: "mi300" } },
    });
    expect(settingsFor({ kind: "local", parallel: 2 }, h100 ?? {})).toEqual({ kind: "local", parallel: 2 });
  });

  it("refuse what is no setting, and values of another kind", () => {
    expect(() => cells("axes: { accelerator: [{ name: H100, partitoin: h100 }] }")).toThrow(
      "did you mean partition?",
    );
    expect(() => cells("axes: { accelerator: [{ name: H100, node-selector: h100 }] }")).toThrow(
      "node-selector",
    );
  });
});

describe("combinations that would invent results", () => {
  it("are refused where they would measure the same under other labels", () => {
    expect(() => cells("serve: sim\naxes: { setup: [{ name: a }, { name: b }] }")).toThrow(
      "cell setup=b: would measure the same as setup=a",
    );
    // The same combination twice is one cell.
    expect(cells("serve: sim\naxes: { target-qps: [1, 2] }\ninclude: [{ target-qps: 1 }]")).toHaveLength(2);
  });

  it("are refused where settings of a server meet an endpoint", () => {
    const endpoint = "endpoint: http://127.0.0.1:1\n";
    expect(() => cells(`${endpoint}axes: { serve.itl: [1ms, 2ms] }`)).toThrow(
      "sets serve.itl of a server, and starts none: it has an endpoint",
    );
    expect(cells(`${endpoint}axes: { target-qps: [1, 2] }`)).toHaveLength(2);
  });

  it("are refused where a setting reaches the server by no way", () => {
    const words = `serve-command: "serve --port {port} --slots {slots}"\naxes:`;
    expect(check(`${words} { serve.slots: [1, 2] }`)).not.toThrow();
    expect(check(`${words} { serve.slotz: [1, 2] }`)).toThrow("{slotz} is not in its command");
    const pod = `serve: vllm\nexecutor: { kind: kubernetes, image: f, server-image: v, server-command: ["--dtype={dtype}"] }`;
    expect(check(`${pod}\naxes: { serve.dtype: [auto, half] }`)).not.toThrow();
    expect(check(`${pod}\naxes: { serve.context-length: [1, 2] }`)).toThrow("executor.server-command");
  });
});

describe("servers of a campaign", () => {
  it("are checked before anything starts, with everything that is wrong", () => {
    const wrong = check("serve: vllm\naxes: { serve.max-num-seqs: [64, 256], serve.dtype: [auto, 1] }");
    expect(wrong).toThrow("serve.maxNumSeqs: is no setting of vllm");
    expect(wrong).toThrow("serve.dtype");
    expect(check("serve: { kind: nonsense }")).toThrow("must be one of vllm");
    expect(check("serve: { kind: sim, itll: 1ms }")).toThrow("did you mean itl?");
    expect(check("serve: { kind: vllm, python: a, executable: b }")).toThrow("contradicts --python");
    expect(check("serve: vllm\naxes: { serve.max-concurrency: [64, 256] }")).not.toThrow();
    expect(check("serve: { kind: vllm, env: { A: b }, server-argument: [--enforce-eager] }")).not.toThrow();
  });

  it("that come with FlexBench know the flags of their commands", () => {
    const cli = fileURLToPath(new URL("../dist/cli.js", import.meta.url));
    for (const kind of ["sim", "llamacpp"]) {
      const help = spawnSync(process.execPath, [cli, "serve", kind, "--help"], { encoding: "utf8" }).stdout;
      const flags = [...help.matchAll(/^ {2,8}--(?:no-)?([a-z][\w-]*)/gm)].map(([, flag = ""]) =>
        camel(flag),
      );
      const known = Object.keys(knownServers.find(({ name }) => name === kind)?.settings.shape ?? {});
      const own = flags.filter((flag) => !["json", "help", "version", "verbose", "color"].includes(flag));
      expect(own.length).toBeGreaterThan(3);
      expect(known).toEqual(expect.arrayContaining(own));
      expect(own).toEqual(
        expect.arrayContaining(known.filter((name) => !["model", "env", "readyWithin"].includes(name))),
      );
    }
  });

  it("are waited for as long as their ready-within says, else as flexbench serve does", () => {
    const { server } = only(`serve: { command: "sleep 1000", ready-within: 2s }`);
    expect(readyWithinNs(server)).toBe(2e9);
    expect(serverSettingsOf({ ...only("serve: sim"), server })).toMatchObject({ readyWithin: "2s" });
    expect(readyWithinNs(only("serve: vllm").server)).toBe(1800e9);
    expect(serverSettingsOf(only("serve: vllm"))).not.toHaveProperty("readyWithin");
    expect(() => cells("serve: { kind: vllm, start-limit: 2s }")).toThrow("is called ready-within");
  });
});

it("the examples of the documentation pass the check", () => {
  const page = readFileSync(new URL("../docs/campaigns.md", import.meta.url), "utf8");
  const blocks = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, block = ""]) => block);
  const whole = blocks.filter((block) => /^(serve|search|axes):/m.test(block));
  expect(whole).toHaveLength(3);
  for (const block of whole) {
    const start = block.includes("serve:") ? "" : "serve: sim\n";
    const defaults = block.includes("defaults:") ? "" : "defaults: { model: a/b, target-qps: 5 }\n";
    const file = parseCampaign(`name: documented\n${defaults}${start}${block}`, "campaigns.md");
    expect(() => checkCampaign(file, cellsOf(file), {})).not.toThrow();
  }
});

const camel = (flag: string): string =>
  flag.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());

describe("GPUs of a campaign", () => {
  const served = (text: string) => serverSettingsOf(only(text));

  it("are how many its server is spread over, where nothing else says", () => {
    expect(served("axes: { gpus: [2] }\nserve: vllm")).toMatchObject({ tensorParallel: 2 });
    expect(served("axes: { gpus: [8] }\nserve: { kind: vllm, pipeline-parallel: 2 }")).toMatchObject({
      tensorParallel: 4,
    });
    const told = served("axes: { gpus: [8] }\nserve: { kind: vllm, tensor-parallel: 2 }");
    expect(told.tensorParallel).toBe(2);
    for (const words of [
      "--tensor-parallel-size 4",
      "--tp=4",
      "-tp 4",
      "--data-parallel-size 2",
      "--tp_size 2",
    ])
      expect(
        served(`axes: { gpus: [4] }\nserve: { kind: vllm, server-argument: "${words}" }`),
      ).not.toHaveProperty("tensorParallel");
    for (const other of [
      "axes: { gpus: [1] }\nserve: vllm",
      `axes: { gpus: [2] }\nserve: { kind: vllm, gpus: "0,3" }`,
    ])
      expect(served(other)).not.toHaveProperty("tensorParallel");
    expect(served("axes: { gpus: [2] }\nserve: { kind: sim }")).not.toHaveProperty("tensorParallel");
  });

  it("are those of the job for a server that takes as many as it is given", () => {
    const command = only(`axes: { gpus: [2] }\nserve-command: "my-server --port {port}"`);
    expect(allottedGpus(command, { CUDA_VISIBLE_DEVICES: "4,5,6" })).toEqual({ gpus: ["4", "5"] });
    expect(allottedGpus(command, {})).toEqual({});
    expect(allottedGpus(only("axes: { gpus: [2] }\nserve: vllm"), { CUDA_VISIBLE_DEVICES: "4,5" })).toEqual(
      {},
    );
  });

  it("are divided among jobs, none twice, in the order of the jobs", () => {
    const pool = new GpuPool(["0", "1", "2"]);
    const first = pool.take(1);
    expect(first).toEqual(["0"]);
    expect(pool.take(2)).toEqual(["1", "2"]);
    expect(pool.take(1)).toBeNull();
    expect(pool.take(0)).toEqual([]);
    pool.giveBack(first ?? []);
    expect(pool.take(1)).toEqual(["0"]);
    // More than there are: whoever asks gets all, and hears the rest from its server.
    expect(new GpuPool(["0"]).take(4)).toEqual(["0"]);
    expect(new GpuPool([]).take(4)).toEqual([]);
  });

  it("are counted for each job: one, what is asked for, or what the server is spread over", () => {
    const counts = [
      "serve: vllm",
      "axes: { gpus: [4] }\nserve: vllm",
      "serve: { kind: vllm, tensor-parallel: 2, data-parallel: 2 }",
      `serve: { kind: vllm, gpus: "0" }`,
      "serve: sim",
      "endpoint: http://127.0.0.1:1",
    ].map((text) => gpusTaken(only(text)));
    expect(counts).toEqual([1, 4, 4, null, 0, 0]);
  });

  it("that this machine does not have are missed before anything starts", async () => {
    const gpusHere = async () => ({ device: "cuda" as const, ids: ["0", "1"] });
    const local = async (text: string) => checkLocalGpus(parsed(text), cells(text), gpusHere);
    await expect(local("axes: { gpus: [1, 2] }\nserve: vllm")).resolves.toBeUndefined();
    await expect(local("axes: { gpus: [1, 4] }\nserve: vllm")).rejects.toThrow(
      "asks for 4, and this machine has 2",
    );
    await expect(local("axes: { gpus: [4] }\nserve: sim")).resolves.toBeUndefined();
    await expect(
      local("axes: { gpus: [4] }\nserve: vllm\nexecutor: { kind: slurm }"),
    ).resolves.toBeUndefined();
  });
});

describe("secrets in a campaign file", () => {
  it("are refused wherever a server or a job would get them from", () => {
    for (const text of [
      `serve: { kind: vllm, env: ["HF_TOKEN=hf_secret"] }`,
      "serve: { kind: vllm, env: { HF_TOKEN: hf_secret } }",
      "serve: { kind: vllm, server-argument: [--hf-token, abc] }",
      "serve: { kind: sim, api-key: abc }",
      "serve: sim\naxes: { serve.api-key: [abc, def] }",
      "serve: sim\naxes: { server: [{ name: x, serve: { kind: vllm, env: [MY_PASSWORD=abc] } }] }",
      `serve-command: "HF_TOKEN=abc my-server --port {port}"`,
      `serve-command: "my-server --port {port} --api-key abc"`,
      `serve: vllm\nexecutor: { kind: kubernetes, image: f, server-image: v, server-command: [--api-key, abc] }`,
      `serve: vllm\nexecutor: { kind: slurm, setup: ["export HF_TOKEN=abc"] }`,
      `serve: sim\naxes: { setup: [{ name: x, serve.env: [hf_abcdefghijklmnopqrstuvwxyz] }] }`,
    ])
      expect(() => cells(text), text).toThrow(/would show a secret|holds a token/);
  });

  it("are not seen in variables that name one, nor in settings that sound alike", () => {
    for (const text of [
      `serve-command: "my-server --port {port} --api-key $KEY --max-token 5"`,
      `serve: vllm\nexecutor: { kind: kubernetes, image: f, server-image: v, server-command: [--api-key, "$(KEY)"] }`,
      `serve: vllm\nexecutor: { kind: slurm, setup: ["export HF_TOKEN=$(cat token)"] }`,
      "serve: { kind: vllm, env: [VLLM_LOGGING_LEVEL=DEBUG], server-argument: [--tokenizer-mode, auto] }",
      "serve: { kind: sim, tls-key: key.pem }",
    ])
      expect(() => cells(text), text).not.toThrow();
    expect(secretProblem("--hf-token")).toContain("--hf-token would show a secret");
    expect(secretProblem("HF_TOKEN=")).toBeNull();
  });
});

it("an estimate reads the points of a sweep once, and knows its probes", () => {
  const sweeps = ["qps: 1..4:4", "concurrency: '1,2,4'", "qps: auto:5"].map((points) =>
    parseCampaign(`name: x\nserve: sim\nmeasure: { kind: sweep, ${points} }`, "x.yaml"),
  );
  expect(sweeps.map((file) => estimate(cellsOf(file), 1).runs)).toEqual([4, 6, 6]);
});

it("an estimate of a search for the highest rate counts its queries at the rate that it begins with", () => {
  const estimated = (defaults: string) => {
    const file = parseCampaign(
      `name: x\nserve: sim\n${defaults}\nmeasure: { kind: find-max, resolution: 50 }`,
      "x",
    );
    return estimate(cellsOf(file), 1).seconds;
  };
  // Ten runs of 500 queries at 100 a second, or of the default of a minute, each with 6 s around, and a start of 1 s.
  expect(estimated("defaults: { target-qps: 100, percentile: 50 }")).toBe(10 * (5 + 6) + 1);
  expect(estimated("defaults: { percentile: 50 }")).toBe(10 * (60 + 6) + 1);
  expect(estimated("defaults: { target-qps: 100, percentile: 50, duration: 8s }")).toBe(10 * (8 + 6) + 1);
});
