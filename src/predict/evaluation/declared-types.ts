import { caseDataTypes } from "../prediction-case.ts";
import type { TrainingRow } from "../training-rows.ts";

/**
 * The rows with the data types that submitters declared, without the rules of the dataset that repair them: how much the figures
 * rest on those rules.
 */
export function withDeclaredTypes(rows: readonly TrainingRow[]): TrainingRow[] {
  return rows.map((one) => {
    const declared = one.row.weight_data_type_declared?.toLowerCase() ?? "";
    return caseDataTypes.includes(declared) ? { ...one, of: { ...one.of, dataType: declared } } : one;
  });
}
