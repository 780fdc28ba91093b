/**
 * Exit codes of every command. A verdict of INVALID is an outcome and not an error, yet it has a code of its own.
 */
export const exitCodes = {
  ok: 0,
  internal: 1,
  usage: 2,
  invalid: 3,
  unreachable: 4,
  failed: 5,
  inaccurate: 6,
  interrupted: 130,
} as const;

/** One of the documented exit codes. */
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** What an error carries besides its one sentence. */
export interface FlexBenchErrorOptions {
  /** What the reader can do about it, as one sentence. */
  hint?: string;
  /** The error underneath, kept as it was. */
  cause?: unknown;
}

/**
 * Base of every error that FlexBench raises on purpose: a stable `code`, one sentence, a `hint` and the `cause`.
 * Whoever must act decides the subclass: the caller (UsageError), the server's owner (EndpointError),
 * the machine's owner (EnvironmentError), or nobody but us (anything that is not a FlexBenchError).
 */
export class FlexBenchError extends Error {
  override readonly name: string = "FlexBenchError";
  /** Stable upper-case identifier, e.g. `ENDPOINT_REFUSED`. */
  readonly code: string;
  /** What to do about it, or null. */
  readonly hint: string | null;
  /** The exit code of a command that ends with this error. */
  readonly exitCode: ExitCode = exitCodes.internal;

  constructor(code: string, message: string, options: FlexBenchErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint ?? null;
  }
}

/** One thing that is wrong with what the user gave. */
export interface Problem {
  /** Where: a flag, a configuration key, a settings field, or a file and line. */
  where: string;
  /** What is wrong, as one sentence without the place. */
  message: string;
}

/** The caller gave something unusable: a flag, a configuration, a setting. Carries every problem at once. */
export class UsageError extends FlexBenchError {
  override readonly name = "UsageError";
  override readonly exitCode = exitCodes.usage;
  /** Every problem that was found; at least one. */
  readonly problems: readonly Problem[];

  constructor(code: string, problems: readonly Problem[], options: FlexBenchErrorOptions = {}) {
    super(code, problems.map(({ where, message }) => `${where}: ${message}`).join("\n"), options);
    this.problems = problems;
  }
}

/** The endpoint cannot be reached, refuses us, or does not serve what was asked. */
export class EndpointError extends FlexBenchError {
  override readonly name = "EndpointError";
  override readonly exitCode = exitCodes.unreachable;
}

/** The test itself could not be carried through: a child that died, a server that ended, a watchdog. */
export class RunFailedError extends FlexBenchError {
  override readonly name = "RunFailedError";
  override readonly exitCode = exitCodes.failed;
}

/** This machine lacks something: a compiler, a file, space, the built addon. */
export class EnvironmentError extends FlexBenchError {
  override readonly name = "EnvironmentError";
}
