import { EndpointError, type FlexBenchError, RunFailedError, UsageError } from "../errors.ts";
import { describeRepository, type HubRepository } from "./repository.ts";

/** What was asked for when the Hub said no. */
export interface HubQuestion {
  repository: HubRepository;
  /** Branch, tag or commit; null: the main branch. */
  revision: string | null;
  /** File of the repository; null: the repository itself. */
  path: string | null;
  /** Whether a token was sent. */
  hasToken: boolean;
}

/** How the Hub names the reason of a refusal, in the header `X-Error-Code`. */
const refusals = {
  gated: "GatedRepo",
  unknownRepository: "RepoNotFound",
  unknownRevision: "RevisionNotFound",
} as const;

/** The error of an answer with a status other than success; null when asking again may help. */
export function refusalOf(
  status: number,
  errorCode: string | null,
  question: HubQuestion,
): FlexBenchError | null {
  if (errorCode === refusals.unknownRevision) return unknownRevision(question);
  if (errorCode === refusals.gated) return gated(question);
  if (errorCode === refusals.unknownRepository || status === 404) return notFound(question);
  if (status === 401 || status === 403) return gated(question);
  return status === 408 || status === 429 || status >= 500 ? null : unexpected(status, question);
}

/** The error of a repository or file that is not there. */
export function notFound({ repository, path, hasToken }: HubQuestion): UsageError {
  const message =
    path === null ? "the Hub has no such repository" : `the repository has no file ${path} at this revision`;
  const hint = hasToken
    ? "Check the name; a private repository is only shown to its owner's token."
    : "Check the name; a private repository needs a token in HF_TOKEN.";
  return new UsageError("HUB_NOT_FOUND", [{ where: describeRepository(repository), message }], { hint });
}

/** The error of a revision that the repository does not have. */
export function unknownRevision({ repository, revision }: HubQuestion): UsageError {
  const message = `it has no revision "${revision ?? "main"}"`;
  return new UsageError("HUB_REVISION_UNKNOWN", [{ where: describeRepository(repository), message }], {
    hint: "A revision is a branch, a tag, or the full id of a commit.",
  });
}

/** The error of something that is asked for offline and not in the cache. */
export function missingOffline({ repository, revision, path }: HubQuestion, cacheFolder: string): UsageError {
  const what = path === null ? `revision "${revision ?? "main"}"` : path;
  const message = `${what} is not in the cache (${cacheFolder}), and HF_HUB_OFFLINE forbids downloads`;
  return new UsageError("HUB_OFFLINE_MISSING", [{ where: describeRepository(repository), message }], {
    hint: "Run once without HF_HUB_OFFLINE, or copy the cache from a machine that has it.",
  });
}

/** The error of a Hub that does not answer, or answers that it cannot. */
export function unreachable(endpoint: string, reason: string, cause?: unknown): EndpointError {
  return new EndpointError("HUB_UNREACHABLE", `The Hub at ${endpoint} cannot be used: ${reason}.`, {
    hint: "Check the network and HF_ENDPOINT; with HF_HUB_OFFLINE=1 only the cache is used.",
    ...(cause === undefined ? {} : { cause }),
  });
}

/** The error of a download that broke off again and again; what has arrived is kept. */
export function downloadCut(
  question: HubQuestion,
  received: number,
  bytes: number,
  cause: unknown,
): RunFailedError {
  return new RunFailedError(
    "HUB_DOWNLOAD_CUT",
    `The download of ${question.path} of ${describeRepository(question.repository)} broke off at ${received} of ${bytes} bytes.`,
    { hint: "Run again: it goes on from there.", cause },
  );
}

/** The error of a download whose content is not what the Hub announced. */
export function downloadCorrupt(question: HubQuestion, reason: string): RunFailedError {
  return new RunFailedError(
    "HUB_DOWNLOAD_CORRUPT",
    `The download of ${question.path} of ${describeRepository(question.repository)} is not what the Hub announced: ${reason}.`,
    { hint: "A proxy may have altered it; nothing of it is kept." },
  );
}

function gated({ repository, hasToken }: HubQuestion): UsageError {
  const message = hasToken
    ? "the Hub refuses it to this token"
    : "the Hub gives it only to those who have a token";
  return new UsageError("HUB_GATED", [{ where: describeRepository(repository), message }], {
    hint: "Accept its conditions on its page of the Hub, and put a token of that account in HF_TOKEN.",
  });
}

function unexpected(status: number, { repository }: HubQuestion): UsageError {
  const message = `the Hub answers with status ${status}`;
  return new UsageError("HUB_REFUSED", [{ where: describeRepository(repository), message }]);
}
