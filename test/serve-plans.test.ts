import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { describeRun } from "#src/config/describe-run.js";
import { loadRunConfig } from "#src/config/load-run-config.js";
import { maskedConfig } from "#src/config/masked-config.js";
import { UsageError } from "#src/errors.js";
import { fillIn } from "#src/server/command-server.js";
import { detectMachine, type Machine, type MachineProbes } from "#src/server/device-detection.js";
import { explainFailure } from "#src/server/explain-failure.js";
import { commonFailures } from "#src/server/known-failures.js";
import { type LaunchPlan, planLaunch, shownCommand } from "#src/server/launch-plan.js";
import { splitWords } from "#src/server/launch-settings.js";
import { SecretFilter } from "#src/server/secret-filter.js";
import { serveProblems } from "#src/server/serve-problems.js";
import { serverOf } from "#src/server/server-kinds.js";
import { temporaryFolder } from "./child-script.js";

const folder = temporaryFolder();
const gpu = (index: number) => ({ index, name: "NVIDIA H100 80GB HBM3", memoryBytes: 81_559 * 2 ** 20 });
const machines = {
  cuda: { device: "cuda", accelerators: [0, 1, 2, 3].map(gpu), processor: null, instructionSets: [] },
  rocm: { device: "rocm", accelerators: [0, 1].map(gpu), processor: null, instructionSets: [] },
  cpu: { device: "cpu", accelerators: [], processor: null, instructionSets: [] },
  arm: { device: "arm", accelerators: [], processor: null, instructionSets: [] },
} as const satisfies Record<string, Machine>;

function plan(
  kind: string,
  settings: Record<string, unknown>,
  machine: Machine = machines.cuda,
  environment: NodeJS.ProcessEnv = {},
): LaunchPlan {
  return planLaunch({ server: serverOf(kind), settings, machine, environment, freePort: 9000, apiKey: null });
}

/** Container names are random. */
const commandOf = (made: LaunchPlan): string =>
  shownCommand(made).replaceAll(/flexbench-([a-z-]+)-[0-9a-f]{8}/g, "flexbench-$1-ID");

function problemsOf(work: () => unknown): string[] {
  try {
    work();
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return error.problems.map(({ where, message }) => `${where}: ${message}`);
  }
  return [];
}

const end = "--host 127.0.0.1 --port 9000 --served-model-name m/m";

describe("command lines on this machine", () => {
  const lines: [string, Record<string, unknown>, keyof typeof machines, string][] = [
    ["vllm", {}, "cuda", `CUDA_VISIBLE_DEVICES=0 VLLM_NO_USAGE_STATS=1 vllm serve m/m ${end}`],
    [
      "vllm",
      {
        gpus: "2,3",
        dtype: "bfloat16",
        "context-length": "8192",
        gpuMemoryShare: 0.8,
        "kv-cache-dtype": "fp8",
      },
      "cuda",
      `CUDA_VISIBLE_DEVICES=2,3 VLLM_NO_USAGE_STATS=1 vllm serve m/m ${end} --tensor-parallel-size 2 --dtype bfloat16 --kv-cache-dtype fp8 --max-model-len 8192 --gpu-memory-utilization 0.8`,
    ],
    [
      "vllm",
      {
        tensorParallel: 2,
        dataParallel: 2,
        quantization: "fp8",
        serverArgument: "--max-num-batched-tokens 4096",
      },
      "cuda",
      `CUDA_VISIBLE_DEVICES=0,1,2,3 VLLM_NO_USAGE_STATS=1 vllm serve m/m ${end} --tensor-parallel-size 2 --data-parallel-size 2 --quantization fp8 --max-num-batched-tokens 4096`,
    ],
    [
      "vllm",
      { port: 8123 },
      "rocm",
      `HIP_VISIBLE_DEVICES=0 VLLM_NO_USAGE_STATS=1 vllm serve m/m ${end.replace("9000", "8123")}`,
    ],
    [
      "vllm",
      { cpuKvCacheGib: 2 },
      "cpu",
      `VLLM_CPU_KVCACHE_SPACE=2 VLLM_NO_USAGE_STATS=1 vllm serve m/m ${end}`,
    ],
    [
      "vllm",
      { python: "/opt/v/bin/python", maxConcurrency: 8, revision: "abc" },
      "arm",
      `VLLM_CPU_KVCACHE_SPACE=4 VLLM_NO_USAGE_STATS=1 /opt/v/bin/python -m vllm.entrypoints.cli.main serve m/m ${end} --revision abc --max-num-seqs 8`,
    ],
    [
      "sglang",
      { tensorParallel: 2, contextLength: 4096, gpuMemoryShare: 0.85 },
      "cuda",
      "CUDA_VISIBLE_DEVICES=0,1 python3 -m sglang.launch_server --model-path m/m --host 127.0.0.1 --port 9000 --served-model-name m/m --tp-size 2 --context-length 4096 --mem-fraction-static 0.85 --enable-metrics",
    ],
    [
      "tensorrt-llm",
      { tensorParallel: 4, maxConcurrency: 64 },
      "cuda",
      "CUDA_VISIBLE_DEVICES=0,1,2,3 trtllm-serve m/m --host 127.0.0.1 --port 9000 --tp_size 4 --max_batch_size 64",
    ],
    [
      "llama-server",
      { model: "weights/tiny.gguf", contextLength: 1024, maxConcurrency: 4 },
      "cpu",
      "llama-server --model weights/tiny.gguf --alias weights/tiny.gguf --host 127.0.0.1 --port 9000 --ctx-size 4096 --parallel 4 --metrics",
    ],
    [
      "command",
      { command: "serve-it {model} -p {port} --slots {slots} {unknown}", slots: 4 },
      "cpu",
      "/bin/sh -c 'serve-it m/m -p 9000 --slots 4 {unknown}'",
    ],
  ];
  it.each(lines)("%s %j on %s", (kind, settings, machine, line) => {
    expect(commandOf(plan(kind, { model: "m/m", ...settings }, machines[machine]))).toBe(line);
  });

  it("listens elsewhere where it is asked to, and is asked here", () => {
    const open = plan("vllm", { model: "m/m", host: "0.0.0.0" });
    expect(commandOf(open)).toContain("--host 0.0.0.0 --port 9000");
    expect(open.url).toBe("http://127.0.0.1:9000");
    expect(plan("vllm", { model: "m/m", host: "10.0.0.7" }).url).toBe("http://10.0.0.7:9000");
    const inContainer = plan("vllm", { model: "m/m", host: "0.0.0.0", container: "docker" });
    expect(commandOf(inContainer)).toContain("--publish 0.0.0.0:9000:8000");
  });

  it("puts the folder of the server's program first in its PATH", () => {
    const { environment } = plan("vllm", { model: "m", python: "/opt/v/bin/python" }, machines.cpu, {
      PATH: "/bin",
    });
    expect(environment.PATH).toBe("/opt/v/bin:/bin");
  });
});

describe("command lines of containers", () => {
  const common = "run --rm --pull never --name flexbench-vllm-ID --publish 127.0.0.1:9000:8000";
  const cached = "--volume /hub:/cache/huggingface";
  const inside = "serve m/m --host 0.0.0.0 --port 8000 --served-model-name m/m";
  const base = { model: "m/m", cache: "/hub" };

  it("docker with CUDA, two GPUs, a memory limit and a token by its name alone", () => {
    const made = plan(
      "vllm",
      { ...base, container: "docker", gpus: "1,3", memoryLimit: "64g" },
      machines.cuda,
      {
        HF_TOKEN: "hf_hidden",
      },
    );
    expect(commandOf(made)).toBe(
      `docker ${common} --ipc host --gpus '"device=1,3"' --memory 64g ${cached} --env HF_TOKEN --env VLLM_NO_USAGE_STATS=1 --env HF_HOME=/cache/huggingface --entrypoint vllm docker.io/vllm/vllm-openai:v0.32.0 ${inside} --tensor-parallel-size 2`,
    );
    expect(made.environment.HF_TOKEN).toBe("hf_hidden");
    expect(made.secrets).toEqual(["hf_hidden"]);
  });

  it("podman names GPUs as CDI devices", () => {
    expect(commandOf(plan("vllm", { ...base, container: "podman", gpus: "0,1" }))).toContain(
      "--device nvidia.com/gpu=0 --device nvidia.com/gpu=1 ",
    );
  });

  it.each([
    [
      "rocm",
      "--device /dev/kfd --device /dev/dri",
      "--env HIP_VISIBLE_DEVICES=0",
      "docker.io/vllm/vllm-openai-rocm:v0.32.0",
    ],
    [
      "cpu",
      "--cap-add SYS_NICE",
      "--env VLLM_CPU_KVCACHE_SPACE=4",
      "docker.io/vllm/vllm-openai-cpu:v0.32.0-x86_64",
    ],
    [
      "arm",
      "--cap-add SYS_NICE",
      "--env VLLM_CPU_KVCACHE_SPACE=4",
      "docker.io/vllm/vllm-openai-cpu:v0.32.0-arm64",
    ],
  ] as const)("on %s", (machine, ...parts) => {
    const line = commandOf(plan("vllm", { ...base, container: "docker" }, machines[machine]));
    for (const part of parts) expect(line).toContain(part);
  });

  it("mounts a local model read-only, under its own name for clients", () => {
    const model = join(folder, "tiny");
    mkdirSync(model, { recursive: true });
    const line = commandOf(plan("vllm", { ...base, model, container: "docker" }));
    expect(line).toContain(`--volume ${model}:/models/tiny:ro`);
    expect(line).toContain(`serve /models/tiny --host 0.0.0.0 --port 8000 --served-model-name ${model}`);
  });

  it("asks for an image where none is known", () => {
    expect(problemsOf(() => plan("tensorrt-llm", { ...base, container: "docker" }))).toEqual([
      "image: is needed: no image of TensorRT-LLM is known for cuda",
    ]);
    const made = plan("tensorrt-llm", { ...base, container: "docker", image: "mine:1" });
    expect(commandOf(made)).toContain("--entrypoint trtllm-serve mine:1 m/m");
  });
});

describe("settings", () => {
  it("are refused all at once", () => {
    const wrong = {
      gpus: "0,x",
      tp: 2,
      image: "i",
      serverArgument: ["--api-key", "k"],
      contextLength: "long",
    };
    expect(problemsOf(() => plan("vllm", wrong)).toSorted()).toEqual(
      [
        'contextLength: must be a whole number of at least 1, not "long"',
        "gpus: must be numbers or UUIDs with commas between them, such as 0,1",
        "image: needs --container beside it: docker or podman",
        "model: is needed: what vLLM is to serve",
        "serverArgument: --api-key would show a secret; set VLLM_API_KEY instead",
        "tp: is no setting of vllm",
      ].toSorted(),
    );
  });

  it.each([
    [{ gpus: "4" }, "gpus: 4 is not among 0, 1, 2, 3, which this machine has"],
    [{ gpus: "0,1", tensorParallel: 4 }, "gpus: names 2, but the server is spread over 4"],
    [{ tensorParallel: 8 }, "tensorParallel: 8 GPUs are asked for, and this machine has 4"],
    [{ container: "docker", python: "p" }, "python: contradicts --container: the image has its own"],
    [{ gpuMemoryShare: 1.5 }, "gpuMemoryShare: must be a share above 0 and up to 1, not 1.5"],
    [{ contextLenght: 5 }, "contextLenght: is no setting of vllm; did you mean contextLength?"],
  ])("%j", (settings, problem) => {
    expect(problemsOf(() => plan("vllm", { model: "m", ...settings }))).toEqual([problem]);
  });

  it("of a device that is not there, or that the server does not know", () => {
    expect(problemsOf(() => plan("vllm", { model: "m", gpus: "0" }, machines.cpu))[0]).toMatch(
      /^gpus: none was found/,
    );
    expect(problemsOf(() => plan("tensorrt-llm", { model: "m" }, machines.cpu))).toEqual([
      "device: TensorRT-LLM does not run on cpu; it needs cuda",
    ]);
  });

  it("take only the GPUs that a scheduler allots", () => {
    const allotted = { CUDA_VISIBLE_DEVICES: "2,3" };
    expect(plan("vllm", { model: "m", tensorParallel: 2 }, machines.cuda, allotted).choice.gpus).toEqual([
      "2",
      "3",
    ]);
    expect(problemsOf(() => plan("vllm", { model: "m", gpus: "0" }, machines.cuda, allotted))).toHaveLength(
      1,
    );
  });

  it("take none where a scheduler allots none", () => {
    for (const none of ["", "-1"]) {
      const environment = { CUDA_VISIBLE_DEVICES: none, HIP_VISIBLE_DEVICES: "0" };
      const made = (settings: Record<string, unknown>) =>
        plan("vllm", { model: "m", ...settings }, machines.cuda, environment);
      expect(made({}).choice).toMatchObject({ device: "cpu", gpus: null });
      expect(problemsOf(() => made({ device: "cuda" }))).toEqual([
        "device: 1 GPU is asked for, and CUDA_VISIBLE_DEVICES allots none",
      ]);
      expect(problemsOf(() => made({ tensorParallel: 2 }))).toEqual([
        "tensorParallel: 2 GPUs are asked for, and CUDA_VISIBLE_DEVICES allots none",
      ]);
      expect(problemsOf(() => made({ gpus: "0" }))).toEqual(["gpus: names 0, but none may be taken here"]);
    }
  });

  it("may spread over GPUs of other machines", () => {
    const made = plan("vllm", {
      model: "m",
      tensorParallel: 8,
      serverArgument: "--distributed-executor-backend ray",
    });
    expect(made.choice.gpus).toBeNull();
    expect(commandOf(made)).not.toContain("CUDA_VISIBLE_DEVICES");
  });

  it("name servers that are there", () => {
    expect(problemsOf(() => serverOf("vlm"))[0]).toMatch(/did you mean vllm\?$/);
  });

  it("mask secrets among the variables, and give them to the server", () => {
    const made = plan("vllm", { model: "m", env: ["MY_TOKEN=t1", "OMP_NUM_THREADS=2"] }, machines.cpu, {
      VLLM_API_KEY: "k1",
    });
    expect(commandOf(made)).toMatch(/MY_TOKEN='\*\*\*' OMP_NUM_THREADS=2/);
    expect(made.environment).toMatchObject({ MY_TOKEN: "t1", VLLM_API_KEY: "k1", OMP_NUM_THREADS: "2" });
    expect(made.secrets.toSorted()).toEqual(["k1", "t1"]);
  });
});

describe("the server of a run", () => {
  const load = { model: "m/m", targetQps: "5" };
  const problemsWith = (flags: Record<string, unknown>) =>
    problemsOf(() => loadRunConfig({ flags: { ...load, ...flags }, furtherRules: serveProblems }));

  it("is put together from all its options, and read again from the run's own file", () => {
    const flags = {
      ...load,
      serve: "vllm",
      "serve-option": ["gpus=0,1", "context-length=8192", "env=HF_TOKEN=t"],
      "serve-argument": "--enforce-eager",
      "serve-python": "p",
    };
    const config = loadRunConfig({ flags });
    const settings = { gpus: "0,1", contextLength: "8192", serverArgument: ["--enforce-eager"], python: "p" };
    expect(config.serve).toMatchObject({ kind: "vllm", settings });
    const kept = maskedConfig(config);
    expect(kept.serve).toMatchObject({ kind: "vllm", ...settings, env: { HF_TOKEN: "***" } });
    const file = join(folder, "config.yaml");
    const { env: _, ...open } = kept.serve as Record<string, unknown>;
    writeFileSync(file, stringify({ ...kept, serve: open }));
    expect(maskedConfig(loadRunConfig({ file }))).toEqual({ ...kept, serve: open });
    expect(describeRun(config)).toContain("m/m on a server that is started (vllm)");
  });

  it("is a mapping in a file", () => {
    const file = join(folder, "serve.yaml");
    writeFileSync(file, "target-qps: 1\nserve: { command: my-server, slots: 4 }\n");
    expect(loadRunConfig({ file }).serve).toEqual({
      kind: "command",
      settings: { command: "my-server", slots: 4 },
    });
    writeFileSync(file, "target-qps: 1\nserve: { slots: 4 }\n");
    expect(problemsOf(() => loadRunConfig({ file }))[0]).toMatch(
      /^serve.yaml: serve: must be the name of a server/,
    );
  });

  it.each<[Record<string, unknown>, RegExp]>([
    [{ serve: "vllm", endpoint: "http://127.0.0.1:1" }, /^--serve: contradicts --endpoint/],
    [{ serve: "vllm", "serve-command": "x" }, /^--serve-command: contradicts --serve vllm$/],
    [
      { endpoint: "http://127.0.0.1:1", "serve-image": "i" },
      /^--serve-image: needs --serve or --serve-command/,
    ],
    [{ serve: "vlm" }, /^--serve: must be one of .* did you mean vllm\?$/],
    [{ serve: "vllm", "serve-option": "tp=2" }, /^--serve-option: tp is no setting of vllm$/],
    [{ serve: "vllm", "serve-image": "i" }, /^--serve-image: needs --container/],
    [{ serve: "vllm", targetQps: undefined }, /^--target-qps: is needed/],
  ])("is refused: %j", (flags, problem) => {
    expect(problemsWith(flags)).toEqual([expect.stringMatching(problem)]);
  });
});

describe("words", () => {
  it("are split as a shell does", () => {
    expect(splitWords(`--a 1 --b='{"x": 2}' "c d"`)).toEqual(["--a", "1", '--b={"x": 2}', "c d"]);
  });
  it("are filled in so that a shell takes them literally", () => {
    const variable = "$".concat("{model}");
    expect(fillIn(`run ${variable} {model}`, { model: "m" })).toBe(`run ${variable} m`);
    expect(fillIn("run {model} {max-len}", { model: "a'b; rm", maxLen: 5 })).toBe(`run 'a'\\''b; rm' 5`);
  });
});

describe("detection", () => {
  const nothing: MachineProbes = {
    run: async () => null,
    processorInfo: async () => null,
    architecture: "x64",
  };
  const answering = (program: string, stdout: string, code = 0): MachineProbes => ({
    ...nothing,
    run: async (asked) => (asked === program ? { code, stdout, stderr: "" } : null),
  });

  it("reads nvidia-smi, and memory that a GPU shares with the system", async () => {
    const said = "0, NVIDIA H100 80GB HBM3, 81559\n1, NVIDIA GB10, [N/A]\n";
    expect(await detectMachine(answering("nvidia-smi", said))).toMatchObject({
      device: "cuda",
      accelerators: [gpu(0), { index: 1, name: "NVIDIA GB10", memoryBytes: null }],
    });
  });

  it("reads rocm-smi after its warnings", async () => {
    const said = `WARNING: AMD GPU device(s) is/are in a low-power state\n{"card0": {"Card Series": "AMD Instinct MI300X", "VRAM Total Memory (B)": "206141652992"}, "system": {}}`;
    expect(await detectMachine(answering("rocm-smi", said))).toMatchObject({
      device: "rocm",
      accelerators: [{ index: 0, name: "AMD Instinct MI300X", memoryBytes: 206141652992 }],
    });
  });

  it("takes the processor where a driver fails or none is there", async () => {
    const failed = answering("nvidia-smi", "NVIDIA-SMI has failed because it couldn't communicate", 9);
    expect((await detectMachine(failed)).device).toBe("cpu");
    const x86 = "processor\t: 0\nmodel name\t: AMD EPYC 9654\nflags\t\t: fpu avx2 avx512f avx512_bf16\n";
    expect(await detectMachine({ ...nothing, processorInfo: async () => x86 })).toEqual({
      device: "cpu",
      accelerators: [],
      processor: "AMD EPYC 9654",
      instructionSets: ["avx2", "avx512f", "avx512_bf16"],
    });
    const arm = "processor\t: 0\nFeatures\t: fp asimd bf16 i8mm sve\nCPU implementer\t: 0x41\n";
    const found = await detectMachine({ ...nothing, processorInfo: async () => arm, architecture: "arm64" });
    expect(found).toMatchObject({ device: "arm", instructionSets: ["asimd", "bf16", "i8mm", "sve"] });
  });
});

describe("logs of failed starts", () => {
  const prefix = "(EngineCore pid=812) ERROR 11-24 10:00:00 [core.py:866] ";
  it.each([
    ["SERVER_OUT_OF_MEMORY", "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB."],
    [
      "SERVER_OUT_OF_MEMORY",
      "ValueError: Free memory on device cuda:0 (3.1/79.1 GiB) on startup is less than desired GPU memory utilization",
    ],
    [
      "SERVER_CONTEXT_TOO_LONG",
      "ValueError: To serve at least one request with the models's max seq len (131072), (16.00 GiB KV cache is needed, which is larger than the available KV cache memory (9.1 GiB).",
    ],
    [
      "SERVER_CONTEXT_TOO_LONG",
      "ValueError: User-specified max_model_len (9999) is greater than the derived max_model_len (max_position_embeddings=2048)",
    ],
    [
      "SERVER_DTYPE",
      "ValueError: Bfloat16 is only supported on GPUs with compute capability of at least 8.0.",
    ],
    [
      "SERVER_GATED_MODEL",
      "huggingface_hub.errors.GatedRepoError: 401 Client Error. Access to model x/y is restricted",
    ],
    [
      "SERVER_MODEL_MISSING",
      "OSError: x/y is not a local folder and is not a valid model identifier listed on the Hub",
    ],
    [
      "SERVER_OUT_OF_MEMORY",
      "ggml_backend_cuda_buffer_type_alloc_buffer: allocating 4096.00 MiB on device 0: cudaMalloc failed: out of memory",
    ],
    [
      "SERVER_OUT_OF_MEMORY",
      "[TensorRT-LLM][ERROR] CUDA runtime error in ::cudaMallocAsync(ptr, n, stream): out of memory",
    ],
    [
      "SERVER_PARALLEL",
      "ValueError: World size (8) is larger than the number of available GPUs (4) in this node.",
    ],
    [
      "SERVER_CUSTOM_CODE",
      "ValueError: The repository x/y contains custom code which must be executed to correctly load the model.",
    ],
    [
      "SERVER_CUSTOM_CODE",
      "ValueError: Loading x/y requires you to execute the configuration file in that repo. Please set the option `trust_remote_code=True` to remove this error.",
    ],
    ["SERVER_DRIVER", "ImportError: libcuda.so.1: cannot open shared object file: No such file or directory"],
    ["SERVER_DRIVER", "RuntimeError: CUDA error: no kernel image is available for execution on the device"],
    [
      "SERVER_GPU_LINK",
      "torch.distributed.DistBackendError: NCCL error in: ProcessGroupNCCL.cpp:94, unhandled system error",
    ],
    [
      "SERVER_GATED_MODEL",
      "huggingface_hub.errors.HfHubHTTPError: 401 Client Error: Unauthorized for url: https://huggingface.co/api/models/x/y",
    ],
    ["SERVER_ARCHITECTURE", "ValueError: Model architectures ['FooForCausalLM'] are not supported for now."],
    ["SERVER_PORT_TAKEN", "OSError: [Errno 98] Address already in use"],
    ["SERVER_ARGUMENTS", "api_server.py: error: unrecognized arguments: --frobnicate"],
    ["SERVER_DRIVER", "RuntimeError: Failed to infer device type, please set the environment variable"],
    ["SERVER_NOT_INSTALLED", "ModuleNotFoundError: No module named 'vllm'"],
    [
      "CONTAINER_GPU",
      'docker: Error response from daemon: could not select device driver "" with capabilities: [[gpu]].',
    ],
  ])("%s: %s", (code, line) => {
    const log = `INFO 11-24 10:00:00 [api_server.py:1] starting\n${prefix}${line}\nRuntimeError: Engine core initialization failed. See root cause above.\n`;
    const { known, lines } = explainFailure(log, commonFailures);
    expect(known?.code).toBe(code);
    expect(lines[0]).toBe(line);
  });

  it("of llama.cpp name the architecture before the model that did not load for it", () => {
    const log =
      "llama_model_load: error loading model: unknown model architecture: 'wombat'\nmain: failed to load model";
    expect(explainFailure(log, commonFailures).known?.code).toBe("SERVER_ARCHITECTURE");
  });

  it("without a known line are shown by their last errors, else their last lines", () => {
    expect(explainFailure("a\nFooError: odd\nb\n", commonFailures)).toEqual({
      known: null,
      lines: ["FooError: odd"],
    });
    expect(explainFailure("a\nb\n", commonFailures)).toEqual({ known: null, lines: ["a", "b"] });
    expect(explainFailure("", commonFailures).lines).toEqual([]);
  });

  it("never hold a secret, however the output is cut", () => {
    const filter = new SecretFilter(["hf_hidden"]);
    const shown = ["token hf_", "hidden\nnext hf_h", "idden"].map((part) => filter.push(Buffer.from(part)));
    expect([...shown, filter.end()].join("")).toBe("token ***\nnext ***");
  });
});
