/** The accelerators of one machine, as its tools tell; all null fields are not told. */
export interface Accelerators {
  count: number;
  /** Several names where the machine holds several models. */
  model: string;
  /** Of one accelerator, bytes. */
  memoryBytes: number | null;
  /** MHz. */
  maxMhz: number | null;
  /** To the host, such as PCIe Gen5 x16. */
  hostInterconnect: string | null;
  /** Between accelerators, such as NVLink; "N/A" for a single one. */
  interconnect: string | null;
  /** How the links run. */
  topology: string | null;
  /** Driver and CUDA or ROCm, such as `NVIDIA driver 570.148, CUDA 12.8`. */
  software: string[];
}

/** Kind of memory by model, from the makers' data sheets; the first pattern that fits decides. */
const memoryKinds: readonly (readonly [RegExp, string])[] = [
  [/\bG?B[23]00\b|\bH200\b|GH200.*144/i, "HBM3e"],
  [/H100 PCIe/i, "HBM2e"],
  [/\bH100\b|\bH800\b|\bH20\b|\bGH200\b/i, "HBM3"],
  [/A100.*80|\bA800\b/i, "HBM2e"],
  [/\bA100\b|\bA30\b|\bV100\b|\bP100\b/i, "HBM2"],
  [/\bL40S?\b|\bL4\b|\bL20\b|\bA10G?\b|\bA40\b|\bT4\b|RTX (A|6000 Ada)/i, "GDDR6"],
  [/RTX PRO|RTX 50[789]0/i, "GDDR7"],
  [/RTX 40[89]0|RTX 30[89]0/i, "GDDR6X"],
  [/MI3[25]5/i, "HBM3e"],
  [/MI300/i, "HBM3"],
  [/MI2[15]0/i, "HBM2e"],
];

/** Kind of memory of a known model; null for all others. */
export function memoryKindOf(model: string): string | null {
  return memoryKinds.find(([pattern]) => pattern.test(model))?.[1] ?? null;
}

/** `NVIDIA H100`, or `2x A, 1x B` where models differ. */
export function modelNames(names: readonly string[]): string {
  const distinct = [...new Set(names)];
  if (distinct.length <= 1) return distinct[0] ?? "";
  return distinct.map((name) => `${names.filter((other) => other === name).length}x ${name}`).join(", ");
}
