import { download } from "./download.ts";
import { exists, HubCache } from "./hub-cache.ts";
import { type HubQuestion, missingOffline, notFound, unknownRevision } from "./hub-errors.ts";
import { hubFetch } from "./hub-request.ts";
import { type HubSettings, hubSettingsFrom } from "./hub-settings.ts";
import { type HubFile, type HubRepository, type HubRevision, isCommit } from "./repository.ts";

/** Bytes of a file so far. */
export interface HubProgress {
  /** The repository and the path in it. */
  label: string;
  receivedBytes: number;
  totalBytes: number;
}

/** How the Hub is reached; what is left out comes from the environment. */
export interface HubOptions extends Partial<HubSettings> {
  /** Called while a file is downloaded; at its end `receivedBytes` is `totalBytes`. */
  onProgress?: (progress: HubProgress) => void;
}

/** The Hub, with the cache that lies between. */
export interface Hub {
  /**
   * A repository at a branch, tag or commit (default `main`), pinned to its commit. Throws UsageError `HUB_NOT_FOUND`,
   * `HUB_GATED`, `HUB_REVISION_UNKNOWN` or `HUB_OFFLINE_MISSING`, and EndpointError `HUB_UNREACHABLE`.
   */
  revision(repository: HubRepository & { revision?: string }): Promise<HubRevision>;
  /**
   * Local path of a file; it is downloaded unless the cache has it. Throws as `revision` does, and RunFailedError
   * `HUB_DOWNLOAD_CUT` or `HUB_DOWNLOAD_CORRUPT`.
   */
  file(revision: HubRevision, path: string): Promise<string>;
}

/**
 * Opens the Hub with the variables that Python's huggingface_hub reads (`HF_ENDPOINT`, `HF_TOKEN`, `HF_HOME`,
 * `HF_HUB_CACHE`, `HF_HUB_OFFLINE`) and the same cache. Asks nothing yet.
 */
export function openHub(options: HubOptions = {}): Hub {
  const { onProgress = () => undefined, ...given } = options;
  return new CachedHub({ ...hubSettingsFrom(process.env), ...given }, onProgress);
}

class CachedHub implements Hub {
  readonly #settings: HubSettings;
  readonly #onProgress: (progress: HubProgress) => void;
  /** By path, so that two who need one file share its download. */
  readonly #downloads = new Map<string, Promise<void>>();

  constructor(settings: HubSettings, onProgress: (progress: HubProgress) => void) {
    this.#settings = settings;
    this.#onProgress = onProgress;
  }

  async revision({
    type,
    name,
    revision = "main",
  }: HubRepository & { revision?: string }): Promise<HubRevision> {
    const repository: HubRepository = { type, name };
    const cache = new HubCache(this.#settings.cacheFolder, repository);
    const question = this.#question(repository, revision, null);
    if (this.#settings.offline) {
      const commit = await cache.knownCommit(revision);
      if (commit === null) throw missingOffline(question, this.#settings.cacheFolder);
      return { ...repository, commit, files: await cache.filesOf(commit) };
    }
    const commit = await this.#commitOf(repository, revision, question);
    const files = await this.#filesOf(repository, commit, question);
    await cache.keepCommit(revision, commit);
    return { ...repository, commit, files };
  }

  async file(revision: HubRevision, path: string): Promise<string> {
    const { type, name, commit } = revision;
    const repository: HubRepository = { type, name };
    const cache = new HubCache(this.#settings.cacheFolder, repository);
    const filePath = cache.filePath(commit, path);
    if (await exists(filePath)) return filePath;
    const question = this.#question(repository, commit, path);
    if (this.#settings.offline) throw missingOffline(question, this.#settings.cacheFolder);
    const file = revision.files.find((candidate) => candidate.path === path);
    if (file === undefined || file.etag === null) throw notFound(question);
    await this.#blob(cache.blobPath(file.etag), file, file.etag, question);
    return cache.link(file.etag, commit, path);
  }

  async #blob(blobPath: string, file: HubFile, etag: string, question: HubQuestion): Promise<void> {
    if (await exists(blobPath)) return;
    const running = this.#downloads.get(blobPath);
    if (running !== undefined) return running;
    const label = `${question.repository.name}/${file.path}`;
    const task = download({
      url: this.#fileUrl(question.repository, question.revision ?? "main", file.path),
      path: blobPath,
      bytes: file.bytes,
      etag,
      isLfs: file.isLfs,
      question,
      fetch: hubFetch(this.#settings, question),
      onProgress: (receivedBytes) => this.#onProgress({ label, receivedBytes, totalBytes: file.bytes }),
    }).finally(() => this.#downloads.delete(blobPath));
    this.#downloads.set(blobPath, task);
    return task;
  }

  async #commitOf({ type, name }: HubRepository, revision: string, question: HubQuestion): Promise<string> {
    const ask = {
      name,
      revision,
      hubUrl: this.#settings.endpoint,
      fetch: hubFetch(this.#settings, question),
    };
    const { datasetInfo, modelInfo } = await hubLibrary();
    const { sha } =
      type === "model"
        ? await modelInfo({ ...ask, additionalFields: ["sha"] })
        : await datasetInfo({ ...ask, additionalFields: ["sha"] });
    if (typeof sha !== "string" || !isCommit(sha)) throw unknownRevision(question);
    return sha;
  }

  async #filesOf(repository: HubRepository, commit: string, question: HubQuestion): Promise<HubFile[]> {
    const { listFiles } = await hubLibrary();
    const files: HubFile[] = [];
    const entries = listFiles({
      repo: repository,
      recursive: true,
      revision: commit,
      hubUrl: this.#settings.endpoint,
      fetch: hubFetch(this.#settings, question),
    });
    for await (const { type, path, size, oid, lfs } of entries) {
      if (type === "file") {
        files.push({
          path,
          bytes: lfs?.size ?? size,
          etag: lfs?.oid ?? oid ?? null,
          isLfs: lfs !== undefined,
        });
      }
    }
    return files;
  }

  #fileUrl({ type, name }: HubRepository, commit: string, path: string): string {
    const kind = type === "model" ? "" : "datasets/";
    const encodedPath = path.split("/").map(encodeURIComponent).join("/");
    return `${this.#settings.endpoint}/${kind}${name}/resolve/${commit}/${encodedPath}`;
  }

  #question(repository: HubRepository, revision: string, path: string | null): HubQuestion {
    return { repository, revision, path, hasToken: this.#settings.token !== null };
  }
}

/** Read when the Hub is asked something: a run without it does not wait for the library. */
function hubLibrary(): Promise<typeof import("@huggingface/hub")> {
  return import("@huggingface/hub");
}
