import { runAiperf } from "./aiperf.mjs";
import { runGuidellm } from "./guidellm.mjs";
import { runInferenceEndpoint } from "./inference-endpoint.mjs";
import { isOnPath } from "./on-path.mjs";
import { runVllm } from "./vllm.mjs";

/** Other clients that join when asked for (`--with`), by the name of their program. */
export const peerClients = Object.fromEntries(
  Object.entries({
    aiperf: runAiperf,
    guidellm: runGuidellm,
    "inference-endpoint": runInferenceEndpoint,
    vllm: runVllm,
  }).map(([program, run]) => [program, { program, run, isFound: () => isOnPath(program) }]),
);
