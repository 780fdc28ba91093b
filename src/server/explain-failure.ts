import type { KnownFailure } from "./define-server.ts";

/** What a log tells of a failed start. */
export interface FailureExplanation {
  /** Null where the log has no line that is known. */
  known: KnownFailure | null;
  /** The lines to look at, oldest first, without the log's own decoration. */
  lines: string[];
}

const mostLines = 6;
const longestLine = 300;

/**
 * The lines of a log that decide why a server did not start: the one that tells of a known failure and the last errors,
 * or the last lines where there is neither. What the server itself calls information or a warning decides nothing.
 */
export function explainFailure(log: string, failures: readonly KnownFailure[]): FailureExplanation {
  const told = linesOf(log)
    .filter((line) => !chatter.test(line))
    .map(withoutPrefix)
    .filter((line) => line !== "" && !code.test(line));
  const known = failures.find(({ pattern }) => told.some((line) => pattern.test(line))) ?? null;
  const telling = known === null ? undefined : told.find((line) => known.pattern.test(line));
  const errors = told.filter((line) =>
    /\b\w*(?:Error|Exception)\b: |^Value error, |^error\b|\berror:|\bfatal\b/i.test(line),
  );
  const chosen = [...new Set([...(telling === undefined ? [] : [telling]), ...errors.slice(-3)])];
  const shown = chosen.length > 0 ? chosen : bareLines(log).slice(-mostLines);
  return { known, lines: shown.slice(0, mostLines).map((line) => line.slice(0, longestLine)) };
}

/** The lines of a log without its own decoration; empty ones left out. */
export function bareLines(log: string): string[] {
  return linesOf(log)
    .map(withoutPrefix)
    .filter((line) => line !== "");
}

const processNames = /^\s*(?:\([^)]*\bpid=\d+\)\s*)+/;
const chatter = /^(?:DEBUG|INFO|WARNING) \d/;
/** Source code in a traceback: its strings name failures that did not happen. */
const code = /^(?:raise\b|File "|except\b)/;

/** The lines of a log without colours and process names. */
function linesOf(log: string): string[] {
  return log.split(/[\r\n]+/).map((line) =>
    line
      // biome-ignore lint/suspicious/noControlCharactersInRegex: colours of a terminal
      .replaceAll(/\u001b\[[0-9;]*m/g, "")
      .replace(processNames, ""),
  );
}

/** A line without level, time and place in the code, and without the values that pydantic adds. */
function withoutPrefix(line: string): string {
  return line
    .replace(/^(?:DEBUG|INFO|WARNING|ERROR|CRITICAL) [\d-]+ [\d:]+ (?:\[[^\]]*\]\s*)?/, "")
    .replace(/ \[type=\w+, input_value=.*$/, "")
    .trim();
}
