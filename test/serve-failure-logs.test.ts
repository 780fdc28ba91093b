import { describe, expect, it } from "vitest";
import { explainFailure } from "#src/server/explain-failure.js";
import { commonFailures } from "#src/server/known-failures.js";

/** What vLLM 0.32.0 says before it fails, its warnings about errors that did not happen included. */
const preamble = [
  "Triton is installed, but doesn't include CPU backend. Disabling Triton.",
  "\u001b[0;36m(APIServer pid=27646)\u001b[0;0m INFO 11-25 02:53:42 [api_utils.py:286] non-default args: {'dtype': 'bfloat16'}",
  "(APIServer pid=27646) WARNING 11-25 02:53:42 [system_utils.py:255] Found ulimit of 20000 and failed to automatically increase with error current limit exceeds maximum limit. This can cause fd limit errors like `OSError: [Errno 24] Too many open files`. Consider increasing with ulimit -n",
  "`torch_dtype` is deprecated! Use `dtype` instead!",
];

const validation = "pydantic_core._pydantic_core.ValidationError: 1 validation error for ModelConfig";
const worker = "(Worker pid=27689) ERROR 11-25 02:53:54 [multiproc_executor.py:1063]";
const cache =
  "Available memory on node 0 (21.47/23.54 GiB) on kv cache allocation is less than requested memory for kv (4000.0 GiB).";
const engine =
  "RuntimeError: Engine core initialization failed. See root cause above. Failed core proc(s): {'EngineCore': 1}";
const vllmConfig = "pydantic_core._pydantic_core.ValidationError: 1 validation error for VllmConfig";
const pydantic =
  " [type=value_error, input_value=ArgsKwargs((), {'model_co... 'shutdown_timeout': 0}), input_type=ArgsKwargs]";
const awq = "Value error, Cannot find the config file for awq";
const heads =
  "Value error, Total number of attention heads (4) must be divisible by tensor parallel size (3).";
const unknownReason = "Value error, The moon is in the wrong house";
const nothingThere =
  "huggingface_hub.errors.RepositoryNotFoundError: 401 Client Error. (Request ID: Root=1-6a)";
const snapshot =
  "huggingface_hub.errors.LocalEntryNotFoundError: Cannot find an appropriate cached snapshot folder for the specified revision on the local disk and outgoing traffic has been disabled.";
const unreachable =
  "OSError: We couldn't connect to 'https://huggingface.co' to load the files, and couldn't find them in the cached files.";
const tooLong =
  "Value error, User-specified max_model_len (999999) is greater than the derived max_model_len (max_position_embeddings=2048.0 or model_max_length=None in model's config.json).";
const architecture =
  "Value error, Model architectures ['WombatForCausalLM'] are not supported for now. Supported architectures: dict_keys(['AfmoeForCausalLM'])";
const missing =
  "Repo id must be in the form 'repo_name' or 'namespace/repo_name': '/nowhere/model'. Use `repo_type` argument if needed.";

/** The end of real logs: how vLLM 0.32.0 failed, the code it is told by, and the lines that are shown. */
const ends: [name: string, end: string[], code: string, shown: string[]][] = [
  [
    "a cache larger than the memory",
    [
      `${worker}     raise ValueError(`,
      `${worker} ValueError: ${cache}`,
      "    raise RuntimeError(",
      `RuntimeError: Worker failed with error '${cache}'`,
      engine,
    ],
    "SERVER_OUT_OF_MEMORY",
    [`ValueError: ${cache}`, `RuntimeError: Worker failed with error '${cache}'`, engine],
  ],
  ["a context too long", [validation, `  ${tooLong}`], "SERVER_CONTEXT_TOO_LONG", [tooLong, validation]],
  [
    "a quantization that the model does not have",
    [
      vllmConfig,
      `  ${awq}${pydantic}`,
      "    For further information visit https://errors.pydantic.dev/2.14/v/value_error",
    ],
    "SERVER_DTYPE",
    [awq, vllmConfig],
  ],
  [
    "heads that do not fit the GPUs",
    [vllmConfig, `  ${heads}${pydantic}`],
    "SERVER_PARALLEL",
    [heads, vllmConfig],
  ],
  [
    "a model that nobody has",
    [
      nothingThere,
      "Repository Not Found for url: https://huggingface.co/x/y/resolve/main/config.json.",
      "If you are trying to access a private or gated repo, make sure you are authenticated.",
      "Invalid username or password.",
    ],
    "SERVER_MODEL_MISSING",
    [nothingThere],
  ],
  ["an unknown architecture", [validation, architecture], "SERVER_ARCHITECTURE", [architecture, validation]],
  [
    "a model that was never downloaded, offline",
    ["    raise LocalEntryNotFoundError(", snapshot],
    "SERVER_HUB_UNREACHABLE",
    [snapshot],
  ],
  [
    "a Hub that cannot be reached",
    ["httpx2.ConnectError: [Errno -2] Name or service not known", "    raise OSError(", unreachable],
    "SERVER_HUB_UNREACHABLE",
    [unreachable, "httpx2.ConnectError: [Errno -2] Name or service not known"],
  ],
  [
    "a folder that is not there",
    ['    raise OSError(f"{e}") from e', `OSError: ${missing}`],
    "SERVER_MODEL_MISSING",
    [`OSError: ${missing}`],
  ],
  [
    "a taken port",
    ["    sock.bind(addr)", "OSError: [Errno 98] Address already in use"],
    "SERVER_PORT_TAKEN",
    ["OSError: [Errno 98] Address already in use"],
  ],
];

describe("a real log of a failed start", () => {
  it.each(ends)("%s is told by its own lines alone", (_name, end, code, shown) => {
    const { known, lines } = explainFailure([...preamble, ...end].join("\r\n"), commonFailures);
    expect({ code: known?.code, lines }).toEqual({ code, lines: shown });
  });

  it("with a reason that nobody knows shows that reason", () => {
    const log = [...preamble, vllmConfig, `  ${unknownReason}${pydantic}`].join("\n");
    expect(explainFailure(log, commonFailures)).toEqual({ known: null, lines: [vllmConfig, unknownReason] });
  });

  it("without an error shows its last lines", () => {
    const { known, lines } = explainFailure(preamble.join("\n"), commonFailures);
    expect(known).toBeNull();
    expect(lines.at(-1)).toBe("`torch_dtype` is deprecated! Use `dtype` instead!");
  });
});
