import type { KnownFailure } from "./define-server.ts";

/** Reasons for a failed start that engines share, the most telling first. */
export const commonFailures: readonly KnownFailure[] = [
  {
    code: "SERVER_OUT_OF_MEMORY",
    pattern:
      /CUDA out of memory|OutOfMemoryError|HIP out of memory|Free memory on device .* is less than|requested memory for kv|No available memory for the cache blocks|Not enough memory|failed to allocate|DefaultCPUAllocator: can't allocate memory|std::bad_alloc/i,
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
      /Bfloat16 is only supported on GPUs|float16 is not supported|dtype .* is not supported|does not support (?:bfloat16|float16)|quantization method .* is not supported|Unknown quantization method|Invalid quantization|invalid choice: '.*' \(choose from .*(?:float16|fp8|awq)/i,
    cause: "the device or the model does not know this type or quantization",
    hint: "Choose another --dtype (float16 on GPUs older than Ampere), --quantization or --kv-cache-dtype.",
  },
  {
    code: "SERVER_GATED_MODEL",
    pattern: /GatedRepoError|gated repo|Access to model .* is restricted|401 Client Error|awaiting a review/i,
    cause: "the model is gated and this machine may not read it",
    hint: "Accept the model's licence on its page, and give a token in the variable HF_TOKEN.",
  },
  {
    code: "SERVER_MODEL_MISSING",
    pattern:
      /RepositoryNotFoundError|is not a local folder and is not a valid model identifier|Repo id must be|Can't load the configuration of|failed to (?:open|load) model|No such file or directory: .*config\.json/i,
    cause: "there is no such model",
    hint: "Check the spelling of --model.",
  },
  {
    code: "SERVER_HUB_UNREACHABLE",
    pattern:
      /LocalEntryNotFoundError|Cannot find the requested files in the disk cache|couldn't connect to 'https?:|outgoing traffic has been disabled/i,
    cause: "the model is not on this machine, and the Hub cannot be reached",
    hint: "Give --model a folder, download it to --cache before, or check the network and HF_HUB_OFFLINE.",
  },
  {
    code: "SERVER_ARCHITECTURE",
    pattern:
      /Model architectures? .* (?:are|is) not supported|not recognize this architecture|unknown model architecture|is not supported by .*Registry/i,
    cause: "this version does not know the model's architecture",
    hint: "Use a newer version of the server (--image or --python).",
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
    pattern:
      /driver version is insufficient|NVIDIA driver on your system is too old|No CUDA GPUs are available|Failed to infer device type|no NVIDIA GPU detected|HIP error: no device/i,
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
