/** How the simulator calls itself in its `server` header; runs against it are marked `simulated`. */
export const simName = "flexbench-sim";

/** The version of vLLM whose wire format it speaks, marked as simulated. */
export const simVersion = "0.32.0+sim";
