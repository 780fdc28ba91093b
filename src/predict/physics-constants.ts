/**
 * What the physics leaves to be fitted. Effective constants of the whole population of results, not facts about hardware:
 * shares of a peak, an overhead, and exponents.
 */
export interface PhysicsConstants {
  /** Log of the share of the peak that matrix products reach. */
  compute: number;
  /** Log of the further share that fp4 reaches. */
  fp4: number;
  /** Log of the share of the memory bandwidth that is reached. */
  memory: number;
  /** Log of the time that a layer takes whatever it computes, in units of 80 µs. */
  layerOverhead: number;
  /** Log of the share of the interconnect's bandwidth that is reached. */
  interconnect: number;
  /** Exponent of hidden size / 8192: small matrices reach less of the peak. */
  hiddenSize: number;
  /** Loss of a mixture of experts for each 8 doublings of experts. */
  experts: number;
  /** Log of the share of their peak that processors reach, beside that of accelerators. */
  processor: number;
  /** Log of the share of AMD's chips beside that of the others. */
  amd: number;
  /** Log of hidden-state traffic, in units of 20 passes a layer. */
  activations: number;
  /** Log of the part of operations that stays in bf16, in units of 13 %. */
  wide: number;
  /** Log of throughput under the limits of Server beside Offline. */
  server: number;
  /** The same for Interactive. */
  interactive: number;
}

/** Names of the constants, in the order in which a fit holds them. */
export const constantNames = [
  "compute",
  "fp4",
  "memory",
  "layerOverhead",
  "interconnect",
  "hiddenSize",
  "experts",
  "processor",
  "amd",
  "activations",
  "wide",
  "server",
  "interactive",
] as const satisfies readonly (keyof PhysicsConstants)[];
