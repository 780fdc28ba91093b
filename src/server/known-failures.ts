import type { KnownFailure } from "./define-server.ts";

/** Reasons for a failed start that engines share, the most telling first. */
export const commonFailures: readonly KnownFailure[] = [
  {
    code: "SERVER_OUT_OF_MEMORY",
    pattern:
      /(?:CUDA|HIP|cudaMalloc|hipMalloc|NCCL)\b.*out of memory|OutOfMemoryError|Free memory on device .* is less than|requested memory for kv|No available memory for the cache blocks|Not enough memory|failed to allocate|DefaultCPUAllocator: can't allocate memory|std::bad_alloc|oom-kill|Killed process \d+/i,
    cause: "there is not enough memory",
    hint: "Use more GPUs (--tensor-parallel), a shorter --context-length, a smaller type or quantization, or another --gpu-memory-share (on a processor --cpu-kv-cache-gib); see that nothing else uses the device.",
  },
  {
    code: "SERVER_CONTEXT_TOO_LONG",
    pattern:
      /max_model_len.* is greater than the derived max_model_len|larger than the maximum number of tokens that can be stored in KV cache|KV cache is needed, which is larger than the available KV cache|context length .* (?:exceeds|is greater)/i,
    cause: "the context is longer than the model or the memory allows",
    hint: "Give a shorter --context-length, or more memory with --gpu-memory-share or more GPUs.",
  },
  {
    code: "SERVER_DTYPE",
    pattern:
      /Bfloat16 is only supported on GPUs|float16 is not supported|dtype .* is not supported|does not support (?:bfloat16|float16)|quantization method .* is not supported|Cannot find the config file for|Quantization method specified in the model config|Unknown quantization method|Invalid quantization|invalid choice: '.*' \(choose from .*(?:float16|fp8|awq)/i,
    cause: "the device or the model does not know this type or quantization",
    hint: "Choose another --dtype (float16 on GPUs older than Ampere), --quantization or --kv-cache-dtype.",
  },
  {
    code: "SERVER_PARALLEL",
    pattern:
      /must be divisible by .*(?:tensor parallel|tp_?size|tp size)|(?:heads|size) .*not divisible by .*(?:tensor|tp)|World size \(\d+\) is larger than|placement group .*GPUs|exceeds the total number of available GPUs/i,
    cause: "the model cannot be spread over GPUs like this",
    hint: "Choose a --tensor-parallel that divides the number of attention heads, and no more GPUs than there are.",
  },
  {
    code: "SERVER_CUSTOM_CODE",
    pattern:
      /contains custom code which must be executed|(?:option|argument|pass|set|setting) .{0,20}\btrust[_-]remote[_-]code/i,
    cause: "the model brings code of its own, which the server does not run unasked",
    hint: "If you trust its authors, pass --trust-remote-code to the server after --.",
  },
  {
    code: "SERVER_GATED_MODEL",
    // The Hub's words on a missing model name gated ones too.
    pattern:
      /GatedRepoError|(?:Cannot access|trying to access a) gated repo|Access to model .* is restricted|awaiting a review/i,
    cause: "the model is gated and this machine may not read it",
    hint: "Accept the model's licence on its page, and give a token in the variable HF_TOKEN.",
  },
  {
    code: "SERVER_ARCHITECTURE",
    pattern:
      /Model architectures? .* (?:are|is) not supported|not recognize this architecture|unknown model architecture|is not supported by .*Registry/i,
    cause: "this version does not know the model's architecture",
    hint: "Use a newer version of the server (--image or --python).",
  },
  {
    code: "SERVER_MODEL_MISSING",
    pattern:
      /RepositoryNotFoundError|Repository Not Found|is not a local folder and is not a valid model identifier|Repo id must be|Can't load the configuration of|failed to (?:open|load) model|No such file or directory: .*config\.json/i,
    cause: "there is no such model",
    hint: "Check the spelling of --model; a private one needs a token in the variable HF_TOKEN.",
  },
  {
    code: "SERVER_GATED_MODEL",
    pattern: /401 Client Error|403 Client Error/i,
    cause: "the Hub does not let this machine read the model",
    hint: "Check the token in the variable HF_TOKEN, and that its owner may read the model.",
  },
  {
    code: "SERVER_HUB_UNREACHABLE",
    pattern:
      /LocalEntryNotFoundError|Cannot find the requested files in the disk cache|couldn't connect to 'https?:|outgoing traffic has been disabled/i,
    cause: "the model is not on this machine, and the Hub cannot be reached",
    hint: "Give --model a folder, download it to --cache before, or check the network and HF_HUB_OFFLINE.",
  },
  {
    code: "SERVER_PORT_TAKEN",
    pattern: /address already in use|port is already allocated|couldn't bind|bind: address/i,
    cause: "its port is taken",
    hint: "Choose another --port, or 0 for a free one.",
  },
  {
    code: "SERVER_ARGUMENTS",
    pattern:
      /unrecognized arguments?|error: argument |the following arguments are required|No such option|unknown argument/i,
    cause: "it does not know one of its arguments",
    hint: "Look at the arguments after -- and at the version of the server.",
  },
  {
    code: "CONTAINER_ENGINE",
    pattern:
      /Cannot connect to the Docker daemon|permission denied while trying to connect|Cannot connect to Podman/i,
    cause: "the container engine does not answer",
    hint: "Start it, and see that you may use it: `docker version` has to name a server.",
  },
  {
    code: "CONTAINER_GPU",
    pattern: /could not select device driver|unresolvable CDI devices|nvidia-container-cli/i,
    cause: "the container engine cannot give it the GPUs",
    hint: "Install NVIDIA's container toolkit and set it up for this engine.",
  },
  {
    code: "SERVER_DRIVER",
    pattern: /no kernel image is available/i,
    cause: "this build of the server was not made for this device",
    hint: "Use a build or an --image whose CUDA or ROCm version knows this device.",
  },
  {
    code: "SERVER_GPU_LINK",
    pattern:
      /NCCL error|ncclInternalError|ncclSystemError|ncclUnhandledCudaError|ncclRemoteError|DistBackendError/i,
    cause: "its GPUs cannot speak to each other (NCCL)",
    hint: "See what NCCL says with --env NCCL_DEBUG=INFO; often /dev/shm is too small, or peer access is off (--env NCCL_P2P_DISABLE=1).",
  },
  {
    code: "SERVER_DRIVER",
    pattern:
      /libcuda\.so|driver version is insufficient|NVIDIA driver on your system is too old|No CUDA GPUs are available|Failed to infer device type|no NVIDIA GPU detected|HIP error: no device/i,
    cause: "it finds no device that it can use",
    hint: "Check the driver, the --gpus and whether this build of the server is for this device.",
  },
  {
    code: "SERVER_NOT_INSTALLED",
    pattern: /No module named '?(?:vllm|sglang|tensorrt_llm)|PackageNotFoundError/i,
    cause: "this Python has no such server",
    hint: "Install it there, name another Python with --python, or use --container docker.",
  },
  {
    code: "SERVER_DISK_FULL",
    pattern: /No space left on device|Disk quota exceeded/i,
    cause: "the disk is full",
    hint: "Make room, or put the downloads elsewhere with --cache.",
  },
  {
    code: "SERVER_SHARED_MEMORY",
    pattern: /insufficient shared memory|unable to (?:open|write to) .*shared memory|bus error/i,
    cause: "there is too little shared memory",
    hint: "Give the machine or the container a larger /dev/shm.",
  },
];
