import { type Chip, chipColumns, type SpecTables } from "./spec-tables.ts";

/** Figures that add up over the chips of a system. */
const additive = [
  "peak_bf16_tflops",
  "peak_fp8_tflops",
  "peak_fp4_tflops",
  "peak_int8_tops",
  "memory_bandwidth_tbps",
  "tdp_w",
] as const satisfies readonly (keyof Chip)[];

/**
 * The mean of the chips of a mixed system: times their number it is what all of them can do. Values that do not add up, such
 * as the year, stand only where all chips have the same; a figure that one chip lacks is unknown for all.
 */
export function meanChip(
  mix: readonly { accelerator: string; count: number }[],
  chips: SpecTables["chips"],
): Chip {
  const parts = mix.map(({ accelerator, count }) => ({ chip: chips.get(accelerator) ?? {}, count }));
  const total = parts.reduce((sum, { count }) => sum + count, 0);
  const shared = chipColumns
    .filter((column) => new Set(parts.map(({ chip }) => chip[column])).size === 1)
    .map((column) => [column, parts[0]?.chip[column]]);
  const mean: Chip = Object.fromEntries(shared);
  for (const column of additive) {
    let sum: number | undefined = 0;
    for (const { chip, count } of parts) {
      const figure = chip[column];
      sum = figure === undefined || sum === undefined ? undefined : sum + figure * count;
    }
    mean[column] = sum === undefined ? undefined : sum / total;
  }
  return mean;
}
