import type { Fault } from "./sim-faults.ts";
import type { Step } from "./sim-script.ts";

/** A fault whose parameters are known by name. */
export interface TypedFault<Name extends string> {
  description: string;
  outcome: Fault["outcome"];
  parameters: Readonly<Record<Name, number>>;
  rewrite(steps: readonly Step[], parameters: Readonly<Record<Name, number>>): Step[];
}

/** Types a fault that takes parameters. */
export function defineFault<Name extends string>(fault: TypedFault<Name>): Fault {
  return fault;
}

/** A fault without parameters. */
export function plainFault(
  outcome: Fault["outcome"],
  description: string,
  rewrite: (steps: readonly Step[]) => Step[],
): Fault {
  return { description, outcome, parameters: {}, rewrite };
}
