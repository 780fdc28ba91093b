import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll } from "vitest";

/** One repository of the stand-in, at the only commit that it has. */
export interface StandInRepository {
  type: "model" | "dataset";
  name: string;
  /** A commit that the stand-in takes replaces them. */
  files: Readonly<Record<string, string | Uint8Array>>;
  /** Branches and tags besides `main`, each with files of its own. */
  revisions?: Record<string, Readonly<Record<string, string | Uint8Array>>>;
  /** Files kept by Git LFS: downloads are led to another path. */
  lfs?: readonly string[];
  /** The only token that may read it. */
  gatedTo?: string;
}

/** What the stand-in was asked, in order. */
export interface AskedRequest {
  path: string;
  range: string | null;
  token: string | null;
}

/** A stand-in of the Hub's HTTP API on this machine. */
export interface HubStandIn {
  url: string;
  asked: AskedRequest[];
  /** Ends the next answers with content after so many bytes, one after the other. */
  cuts: number[];
  /** Answers the next requests with these statuses. */
  failures: number[];
  /** What downloads give instead of the content they should. */
  corrupt: boolean;
}

interface Blob {
  content: Buffer;
  etag: string;
  isLfs: boolean;
}

const gitId = (content: Buffer) =>
  createHash("sha1").update(`blob ${content.length}\0`).update(content).digest("hex");

/** The commit of a revision's files: any change of content gives another one. */
export function commitOf(files: Readonly<Record<string, string | Uint8Array>>): string {
  const hash = createHash("sha1");
  for (const [path, content] of Object.entries(files)) hash.update(`${path}\0`).update(content);
  return hash.digest("hex");
}

/** Starts a stand-in that serves these repositories; it is stopped after the tests of the file. */
export async function startHub(repositories: readonly StandInRepository[]): Promise<HubStandIn> {
  const hub: HubStandIn = { url: "", asked: [], cuts: [], failures: [], corrupt: false };
  const server = createServer((request, response) => {
    try {
      answer(hub, repositories, request, response);
    } catch (error) {
      response.writeHead(500).end(String(error));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  hub.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  afterAll(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return hub;
}

/** Names a commit, once. */
async function takeTag(
  repository: StandInRepository,
  commit: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  const { tag } = JSON.parse(Buffer.concat(pieces).toString()) as { tag: string };
  const files = filesAt(repository, commit);
  if (request.headers.authorization !== "Bearer hf_may_write" || files === null) {
    refuse(response, files === null ? 404 : 403, "RepoNotFound");
    return;
  }
  repository.revisions ??= {};
  if (repository.revisions[tag] !== undefined) {
    refuse(response, 409, "TagExists");
    return;
  }
  repository.revisions[tag] = files;
  response.writeHead(200).end();
}

/** The two requests of a commit: how each file is to be sent, and the files themselves as lines of JSON. */
async function takeCommit(
  repositories: readonly StandInRepository[],
  pathname: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const [, name, action] = /^\/api\/datasets\/([^/]+\/[^/]+)\/(preupload|commit)\/main$/.exec(pathname) ?? [];
  const repository = repositories.find((candidate) => candidate.name === name);
  const mayWrite = request.headers.authorization === "Bearer hf_may_write";
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  const body = Buffer.concat(pieces).toString();
  if (repository === undefined || !mayWrite) {
    refuse(response, mayWrite ? 404 : 403, "RepoNotFound");
    return;
  }
  if (action === "preupload") {
    const { files } = JSON.parse(body) as { files: { path: string }[] };
    sendJson(response, {
      files: files.map(({ path }) => ({ path, uploadMode: "regular", shouldIgnore: false })),
    });
    return;
  }
  const lines = body
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as CommitLine);
  const sent = lines.flatMap(({ key, value }) =>
    key === "file" ? [[value.path, Buffer.from(value.content, "base64")] as const] : [],
  );
  repository.files = { ...repository.files, ...Object.fromEntries(sent) };
  sendJson(response, {
    commitOid: commitOf(repository.files),
    commitUrl: "http://hub/commit",
    hookOutput: "",
  });
}

interface CommitLine {
  key: string;
  value: { path: string; content: string };
}

function answer(
  hub: HubStandIn,
  repositories: readonly StandInRepository[],
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const { pathname } = new URL(request.url ?? "/", "http://hub");
  const token = request.headers.authorization?.replace("Bearer ", "") ?? null;
  hub.asked.push({ path: decodeURIComponent(pathname), range: request.headers.range ?? null, token });
  const failure = hub.failures.shift();
  if (failure !== undefined) {
    response.writeHead(failure).end();
    return;
  }
  if (pathname.startsWith("/lfs/")) {
    sendContent(hub, request, response, blobNamed(repositories, pathname.slice("/lfs/".length)));
    return;
  }
  const [, tagged, commit] = /^\/api\/datasets\/([^/]+\/[^/]+)\/tag\/([^/]+)$/.exec(pathname) ?? [];
  const toTag = repositories.find((candidate) => candidate.name === tagged);
  if (request.method === "POST" && toTag !== undefined && commit !== undefined) {
    void takeTag(toTag, commit, request, response);
    return;
  }
  if (request.method === "POST") {
    void takeCommit(repositories, pathname, request, response);
    return;
  }
  const [, kind, name = "", action, revision = "", path = ""] =
    /^\/(api\/models|api\/datasets|datasets)\/([^/]+\/[^/]+)\/(revision|tree|resolve)\/([^/]+)\/?(.*)$/.exec(
      pathname,
    ) ??
    /^\/()([^/]+\/[^/]+)\/(resolve)\/([^/]+)\/(.*)$/.exec(pathname) ??
    [];
  const type = kind?.includes("datasets") ? "dataset" : "model";
  const repository = repositories.find((candidate) => candidate.type === type && candidate.name === name);
  if (repository === undefined) {
    refuse(response, token === null ? 401 : 404, "RepoNotFound");
    return;
  }
  if (repository.gatedTo !== undefined && repository.gatedTo !== token) {
    refuse(response, token === null ? 401 : 403, "GatedRepo");
    return;
  }
  const files = filesAt(repository, decodeURIComponent(revision));
  if (files === null) {
    refuse(response, 404, "RevisionNotFound");
    return;
  }
  if (action === "revision") {
    sendJson(response, { _id: "1", id: name, sha: commitOf(files) });
    return;
  }
  if (action === "tree") {
    sendJson(response, listing(repository, files));
    return;
  }
  const blob = blobs(repository, files).get(decodeURIComponent(path));
  if (blob === undefined) {
    refuse(response, 404, "EntryNotFound");
    return;
  }
  if (!blob.isLfs) {
    sendContent(hub, request, response, blob);
    return;
  }
  response.writeHead(302, { location: `${hub.url}/lfs/${blob.etag}` }).end();
}

function filesAt({ files, revisions = {} }: StandInRepository, revision: string) {
  const named = new Map(Object.entries({ ...revisions, main: files }));
  const byCommit = [...named.values()].find((candidate) => commitOf(candidate) === revision);
  return named.get(revision) ?? byCommit ?? null;
}

function blobs({ lfs = [] }: StandInRepository, files: Readonly<Record<string, string | Uint8Array>>) {
  return new Map(
    Object.entries(files).map(([path, given]): [string, Blob] => {
      const content = Buffer.from(given as Uint8Array);
      const isLfs = lfs.includes(path);
      const etag = isLfs ? createHash("sha256").update(content).digest("hex") : gitId(content);
      return [path, { content, etag, isLfs }];
    }),
  );
}

function blobNamed(repositories: readonly StandInRepository[], etag: string): Blob {
  const all = repositories.flatMap((repository) =>
    [repository.files, ...Object.values(repository.revisions ?? {})].flatMap((files) => [
      ...blobs(repository, files).values(),
    ]),
  );
  const found = all.find((blob) => blob.etag === etag);
  if (found === undefined) throw new Error(`no blob ${etag}`);
  return found;
}

function listing(repository: StandInRepository, files: Readonly<Record<string, string | Uint8Array>>) {
  return [...blobs(repository, files)].map(([path, { content, etag, isLfs }]) => ({
    type: "file",
    path,
    size: content.length,
    oid: isLfs ? "0".repeat(40) : etag,
    ...(isLfs ? { lfs: { oid: etag, size: content.length, pointerSize: 130 } } : {}),
  }));
}

function sendContent(
  hub: HubStandIn,
  { headers }: IncomingMessage,
  response: ServerResponse,
  { content: right, etag }: Blob,
): void {
  const content = hub.corrupt ? Buffer.alloc(right.length, "x") : right;
  const start = Number(/^bytes=(\d+)-$/.exec(headers.range ?? "")?.[1] ?? 0);
  const part = content.subarray(start);
  const isPart = headers.range !== undefined;
  response.writeHead(isPart ? 206 : 200, {
    etag: `"${etag}"`,
    "content-length": part.length,
    ...(isPart ? { "content-range": `bytes ${start}-${content.length - 1}/${content.length}` } : {}),
  });
  const cut = hub.cuts.shift();
  if (cut === undefined) {
    response.end(part);
    return;
  }
  response.write(part.subarray(0, cut), () => setTimeout(() => response.destroy(), 20));
}

function sendJson(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(value));
}

function refuse(response: ServerResponse, status: number, code: string): void {
  response
    .writeHead(status, { "x-error-code": code, "content-type": "application/json" })
    .end(JSON.stringify({ error: code }));
}
