/** A repository of the Hub. */
export interface HubRepository {
  type: "model" | "dataset";
  /** `owner/name`, or just `name` for the oldest ones. */
  name: string;
}

/** One file of a repository at one commit. */
export interface HubFile {
  /** Path inside the repository, with forward slashes. */
  path: string;
  bytes: number;
  /** Name of the file's content: its SHA-256 where it is kept by Git LFS, else the id of the git blob. Null offline. */
  etag: string | null;
  /** Whether `etag` is a SHA-256. */
  isLfs: boolean;
}

/** A repository pinned to one commit, with the files that it holds there. */
export interface HubRevision extends HubRepository {
  /** Full id of the commit. */
  commit: string;
  /** Every file; offline only those that the cache holds. */
  files: readonly HubFile[];
}

/** How people call a repository: `dataset owner/name`. */
export function describeRepository({ type, name }: HubRepository): string {
  return `${type} ${name}`;
}

/** Whether a revision is the full id of a commit, and so can never mean anything else later. */
export function isCommit(revision: string): boolean {
  return /^[0-9a-f]{40}$/.test(revision);
}
