import { type Chip, chipColumns, type SpecTables } from "./spec-tables.ts";

/** Figures that add up over the chips of a system. */
const additive: readonly (keyof Chip)[] = [
  "peak_bf16_tflops",
  "peak_fp8_tflops",
  "peak_fp4_tflops",
  "peak_int8_tops",
  "memory_bandwidth_tbps",
  "tdp_w",
];

/**
 * The mean of the chips of a mixed system: times their number it is what all of them can do. Figures that do not add up, such
 * as the year, stand only where all chips have the same; a figure that one chip lacks is unknown for all.
 */
export function meanChip(
  mix: readonly { accelerator: string; count: number }[],
  chips: SpecTables["chips"],
): Chip {
  const total = mix.reduce((sum, { count }) => sum + count, 0);
  const mean: Chip = {};
  for (const column of chipColumns) {
    const figures = mix.map(({ accelerator, count }) => ({
      figure: chips.get(accelerator)?.[column],
      count,
    }));
    const [first] = figures;
    if (first?.figure === undefined || figures.some(({ figure }) => figure === undefined)) continue;
    if (additive.includes(column))
      mean[column] = figures.reduce((sum, { figure, count }) => sum + (figure ?? 0) * (count / total), 0);
    else if (figures.every(({ figure }) => figure === first.figure)) mean[column] = first.figure;
  }
  return mean;
}
