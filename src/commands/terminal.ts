import { relative } from "node:path";
import { Progress } from "./progress.ts";

/** A stream that may be a terminal. */
export interface OutputStream {
  write(text: string): unknown;
  isTTY?: boolean | undefined;
  columns?: number | undefined;
}

/** The variables of a process. */
type Environment = Readonly<Record<string, string | undefined>>;

/** Progress on a stream: drawn over itself on a terminal that can do that, else line by line. */
export function progressOn(stream: OutputStream, environment: Environment): Progress {
  const live = stream.isTTY === true && environment.TERM !== "dumb";
  return new Progress(stream, { live, color: hasColor(stream, environment) });
}

/** Whether what is written there may have colours (no-color.org). */
export function hasColor(stream: OutputStream, { NO_COLOR = "", TERM }: Environment): boolean {
  return stream.isTTY === true && TERM !== "dumb" && NO_COLOR === "";
}

/** A path as short as it can be said from the working directory. */
export function fromHere(path: string): string {
  const relativePath = relative(process.cwd(), path);
  return relativePath.startsWith("..") ? path : relativePath;
}
