import { basename } from "node:path";
import { FlexBenchError, UsageError } from "../errors.ts";

/** Why a request was refused before it was answered, with its status. */
export class HttpProblem extends FlexBenchError {
  override readonly name = "HttpProblem";
  readonly status: number;
  /** Further headers of the answer. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    code: string,
    message: string,
    { hint, headers = {} }: { hint?: string; headers?: Record<string, string> } = {},
  ) {
    super(code, message, hint === undefined ? {} : { hint });
    this.status = status;
    this.headers = headers;
  }
}

/** An error as the interface answers it. */
export interface ProblemAnswer {
  status: number;
  headers: Readonly<Record<string, string>>;
  body: {
    code: string;
    message: string;
    hint: string | null;
    problems: { where: string; message: string }[];
  };
}

/** The answer to a request that failed; paths of this machine are told by their last part alone. */
export function problemAnswer(error: unknown, paths: readonly string[]): ProblemAnswer {
  if (!(error instanceof FlexBenchError))
    return {
      ...{ status: 500, headers: {} },
      body: { code: "BOARD_FAILED", message: "The board failed at this request.", hint: null, problems: [] },
    };
  const told = (text: string): string =>
    paths.reduce((rest, path) => rest.replaceAll(path, basename(path)), text);
  const problems = error instanceof UsageError ? error.problems : [];
  return {
    status: statusOf(error),
    headers: error instanceof HttpProblem ? error.headers : {},
    body: {
      code: error.code,
      message: told(error.message),
      hint: error.hint === null ? null : told(error.hint),
      problems: problems.map(({ where, message }) => ({ where: told(where), message: told(message) })),
    },
  };
}

function statusOf(error: FlexBenchError): number {
  if (error instanceof HttpProblem) return error.status;
  if (error.code.startsWith("BOARD_NO_")) return 404;
  return error instanceof UsageError ? 400 : 501;
}
