import type { SpecTables } from "../openmlperf/features/spec-tables.ts";
import { type CleaningRules, loadRules } from "../openmlperf/rules/cleaning-rules.ts";
import { processorMemoryGb } from "./case-of-row.ts";
import type { CaseChip } from "./prediction-case.ts";

/** Every chip of the specifications that has what the physics needs, whether a result names it or not. */
export function specifiedChips({ chips }: Pick<SpecTables, "chips">): CaseChip[] {
  const rules = loadRules();
  return [...chips].flatMap(([name, figures]) => {
    const { peak_bf16_tflops, memory_bandwidth_tbps, peak_fp8_tflops, peak_fp4_tflops } = figures;
    const { peak_int8_tops, interconnect_gbps, tdp_w, accelerator_year } = figures;
    const identity = identityOf(name, rules);
    if (identity === null || peak_bf16_tflops === undefined || memory_bandwidth_tbps === undefined) return [];
    return [
      {
        ...{ name, ...identity, peak_bf16_tflops, memory_bandwidth_tbps, peak_fp8_tflops, peak_fp4_tflops },
        ...{ peak_int8_tops, interconnect_gbps, tdp_w, accelerator_year },
      },
    ];
  });
}

/** Whose chip it is; null where the rules do not know it. The specifications name processors as the rules do. */
function identityOf(
  name: string,
  { accelerators, processors }: CleaningRules,
): Pick<CaseChip, "vendor" | "family" | "memoryGb" | "isCpu"> | null {
  const accelerator = accelerators.find(name)?.entry;
  if (accelerator?.name === name) {
    const { vendor, family, memory_gb: memoryGb } = accelerator;
    return { vendor, family, memoryGb, isCpu: false };
  }
  const processor = processors.find(name.replaceAll("-", " "));
  if (processor === null) return null;
  return { vendor: processor.entry.vendor, family: "CPU", memoryGb: processorMemoryGb, isCpu: true };
}
