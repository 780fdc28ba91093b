import { createInterface } from "node:readline/promises";
import type { Ask } from "../mlperf/system/answer-fields.ts";

/** A person at a terminal, to be asked; nobody where input or output is no terminal. Must be closed. */
export interface Person {
  ask: Ask | null;
  close(): void;
}

/** Questions go to stderr: stdout is for results. */
export function personAt(input: NodeJS.ReadStream, output: NodeJS.WriteStream): Person {
  if (input.isTTY !== true || output.isTTY !== true) return { ask: null, close: () => undefined };
  const lines = createInterface({ input, output });
  return { ask: (question) => lines.question(question), close: () => lines.close() };
}
