import type { AuditCheck } from "./audit-verdict.ts";

/** Whether every sample of the set was logged, each once; the official verifiers are content with whatever was. */
export function samplesCheck(indices: readonly number[], samples: number): AuditCheck {
  const different = new Set(indices).size;
  return {
    name: "samples logged",
    passed: different === samples && indices.length === samples,
    finding: `${indices.length} answers of ${different} different samples were logged, of ${samples}.`,
  };
}
