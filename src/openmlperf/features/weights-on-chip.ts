import type { Chip } from "./spec-tables.ts";

/** Bytes of one weight, by data type. */
export const bytesOfType: Readonly<Record<string, number>> = {
  ...{ fp4: 0.5, int4: 0.5, fp8: 1, int8: 1, fp16: 2, bf16: 2, fp32: 4 },
};

/** Dense peak at which weights of a type are multiplied: types that a chip lacks are widened to the next that it has. */
export function peakOf(chip: Chip, dataType: string | null): number | null {
  const bf16 = chip.peak_bf16_tflops ?? null;
  const fp8 = chip.peak_fp8_tflops ?? bf16;
  if (dataType === "fp4") return chip.peak_fp4_tflops ?? fp8;
  if (dataType === "fp8") return fp8;
  if (dataType === "int8") return chip.peak_int8_tops ?? bf16;
  // Weights of 4 bits are multiplied in fp8, int8 or bf16, whatever is fastest.
  if (dataType === "int4")
    return fp8 === null && chip.peak_int8_tops === undefined
      ? null
      : Math.max(fp8 ?? 0, chip.peak_int8_tops ?? 0);
  return dataType === null ? null : bf16;
}
