import { brokenAnswers } from "./sim-faults-broken.ts";
import { legalAnswers } from "./sim-faults-legal.ts";
import { refusedAnswers } from "./sim-faults-refused.ts";
import type { Step } from "./sim-script.ts";

/** One way in which an answer can differ from vLLM's usual one. */
export interface Fault {
  /** One sentence for help and reports. */
  description: string;
  /** How a correct client must count the request. */
  outcome: "good" | "failed";
  /** What it strikes, and so what its rules count. @default "request" */
  strikes?: "request" | "kept-connection" | "new-connection";
  /** Numbers that it takes, with their defaults. */
  parameters: Readonly<Record<string, number>>;
  /** The steps of the answer, changed. */
  rewrite(steps: readonly Step[], parameters: Readonly<Record<string, number>>): Step[];
}

/** Every fault by its name. To add one, add an entry to one of the three tables. */
export const faults: Readonly<Record<string, Fault>> = {
  ...refusedAnswers,
  ...brokenAnswers,
  ...legalAnswers,
};
