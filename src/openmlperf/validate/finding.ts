/** Something in the dataset that does not hold. */
export interface Finding {
  check: string;
  /** Errors make the dataset unusable; warnings are for a person to look at. */
  severity: "error" | "warning";
  /** id of the row; `line N` where it has none. */
  id: string;
  message: string;
}

/** A finding of a row that is already known. */
export type RowFinding = Omit<Finding, "id">;

export function error(check: string, message: string): RowFinding {
  return { check, severity: "error", message };
}

export function warning(check: string, message: string): RowFinding {
  return { check, severity: "warning", message };
}
