import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { FlexBenchError } from "#src/errors.js";
import { hubSettingsFrom } from "#src/hub/hub-settings.js";
import { type HubOptions, type HubProgress, openHub } from "#src/hub/open-hub.js";
import type { HubRevision } from "#src/hub/repository.js";
import { temporaryFolder } from "./child-script.ts";
import { commitOf, startHub } from "./hub-server.ts";

const folder = temporaryFolder();
const weights = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 251));
const modelFiles = { "config.json": '{"a":1}', "big/weights.bin": weights, "empty.txt": "" };
const oldFiles = { "config.json": '{"a":0}' };
const stand = await startHub([
  {
    type: "model",
    name: "team/model",
    files: modelFiles,
    revisions: { "v1.0": oldFiles },
    lfs: ["big/weights.bin"],
  },
  { type: "dataset", name: "team/closed", files: { "train.jsonl": '"q"' }, gatedTo: "hf_member" },
  { type: "dataset", name: "team/evil", files: { "../../outside.txt": "x" } },
]);

function freshCache(): string {
  return mkdtempSync(join(folder, "cache-"));
}

function hubWith(options: HubOptions = {}) {
  return openHub({ endpoint: stand.url, token: null, offline: false, cacheFolder: freshCache(), ...options });
}

async function failureOf(action: Promise<unknown>): Promise<FlexBenchError> {
  const error = await action.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof FlexBenchError)) throw new Error("expected a FlexBenchError", { cause: error });
  return error;
}

const model = { type: "model", name: "team/model" } as const;

describe("a repository", () => {
  it("is pinned to its commit, with all files and their sizes", async () => {
    const revision = await hubWith().revision(model);
    expect(revision.commit).toBe(commitOf(modelFiles));
    expect(revision.files.map(({ path, bytes }) => [path, bytes])).toEqual([
      ["config.json", 7],
      ["big/weights.bin", 300_000],
      ["empty.txt", 0],
    ]);
  });

  it("is found by tag and by commit", async () => {
    const hub = hubWith();
    expect((await hub.revision({ ...model, revision: "v1.0" })).commit).toBe(commitOf(oldFiles));
    const byCommit = await hub.revision({ ...model, revision: commitOf(oldFiles) });
    expect(readFileSync(await hub.file(byCommit, "config.json"), "utf8")).toBe('{"a":0}');
  });

  it("that is absent is told from one whose revision is", async () => {
    const absent = await failureOf(hubWith().revision({ type: "model", name: "team/nothing" }));
    expect([absent.code, absent.exitCode]).toEqual(["HUB_NOT_FOUND", 2]);
    expect(absent.hint).toContain("HF_TOKEN");
    const revision = await failureOf(hubWith().revision({ ...model, revision: "v9" }));
    expect([revision.code, revision.message]).toEqual([
      "HUB_REVISION_UNKNOWN",
      'model team/model: it has no revision "v9"',
    ]);
  });

  it.each([
    [null, "only to those who have a token"],
    ["hf_stranger", "refuses it to this token"],
  ])("that is gated refuses the token %s and says what to do", async (token, message) => {
    const error = await failureOf(hubWith({ token }).revision({ type: "dataset", name: "team/closed" }));
    expect(error.code).toBe("HUB_GATED");
    expect(error.message).toContain(message);
    expect(error.hint).toContain("Accept its conditions");
  });

  it("that is gated opens to the right token", async () => {
    const hub = hubWith({ token: "hf_member" });
    const revision = await hub.revision({ type: "dataset", name: "team/closed" });
    expect(readFileSync(await hub.file(revision, "train.jsonl"), "utf8")).toBe('"q"');
  });

  it("cannot name files outside itself", async () => {
    const hub = hubWith();
    const revision = await hub.revision({ type: "dataset", name: "team/evil" });
    expect((await failureOf(hub.file(revision, "../../outside.txt"))).code).toBe("HUB_PATH_INVALID");
  });
});

describe("files", () => {
  it("lie in the Hub's own layout: links of the commit to contents by their names, and a ref", async () => {
    const cacheFolder = freshCache();
    const hub = hubWith({ cacheFolder });
    const revision = await hub.revision(model);
    const paths = await Promise.all(revision.files.map(({ path }) => hub.file(revision, path)));
    const repository = join(cacheFolder, "models--team--model");
    expect(paths[1]).toBe(join(repository, "snapshots", revision.commit, "big", "weights.bin"));
    expect(lstatSync(paths[1] ?? "").isSymbolicLink()).toBe(true);
    const etag = revision.files[1]?.etag ?? "";
    expect(readlinkSync(paths[1] ?? "")).toBe(join("..", "..", "..", "blobs", etag));
    expect(readFileSync(join(repository, "blobs", etag))).toEqual(weights);
    expect(readFileSync(join(repository, "refs", "main"), "utf8")).toBe(revision.commit);
    expect(readFileSync(paths[2] ?? "", "utf8")).toBe("");
    expect(existsSync(join(repository, "blobs", `${etag}.incomplete`))).toBe(false);
  });

  it("are downloaded once, however many ask", async () => {
    const hub = hubWith();
    const revision = await hub.revision(model);
    const before = stand.asked.length;
    await Promise.all([1, 2, 3].map(() => hub.file(revision, "config.json")));
    await hub.file(revision, "config.json");
    expect(stand.asked.length - before).toBe(1);
  });

  it("tell how far they are", async () => {
    const seen: HubProgress[] = [];
    const hub = hubWith({ onProgress: (progress) => seen.push(progress) });
    await hub.file(await hub.revision(model), "big/weights.bin");
    expect(seen.at(-1)).toEqual({
      label: "team/model/big/weights.bin",
      receivedBytes: 300_000,
      totalBytes: 300_000,
    });
    expect(seen.map(({ receivedBytes }) => receivedBytes)).toEqual(
      seen.map(({ receivedBytes }) => receivedBytes).toSorted((one, other) => one - other),
    );
  });

  it("that the repository lacks are named", async () => {
    const hub = hubWith();
    const error = await failureOf(hub.file(await hub.revision(model), "nothing.txt"));
    expect([error.code, error.message]).toEqual([
      "HUB_NOT_FOUND",
      "model team/model: the repository has no file nothing.txt at this revision",
    ]);
  });
});

describe("a download", () => {
  const lfsRequests = () => stand.asked.filter(({ path }) => path.startsWith("/lfs/"));

  it("goes on where it was cut, and is whole in the end", async () => {
    const hub = hubWith();
    const revision = await hub.revision(model);
    const before = lfsRequests().length;
    stand.cuts = [100_000, 50_000];
    expect(readFileSync(await hub.file(revision, "big/weights.bin"))).toEqual(weights);
    expect(
      lfsRequests()
        .slice(before)
        .map(({ range }) => range),
    ).toEqual([null, "bytes=100000-", "bytes=150000-"]);
  });

  it("goes on in a later run where an earlier one gave up", async () => {
    const cacheFolder = freshCache();
    const hub = hubWith({ cacheFolder });
    const revision = await hub.revision(model);
    stand.cuts = [40_000, 0, 0, 0, 0];
    const error = await failureOf(hub.file(revision, "big/weights.bin"));
    expect([error.code, error.exitCode]).toEqual(["HUB_DOWNLOAD_CUT", 5]);
    expect(error.message).toContain("at 40000 of 300000 bytes");
    const later = hubWith({ cacheFolder });
    const before = lfsRequests().length;
    expect(readFileSync(await later.file(revision, "big/weights.bin"))).toEqual(weights);
    expect(
      lfsRequests()
        .slice(before)
        .map(({ range }) => range),
    ).toEqual(["bytes=40000-"]);
  }, 20_000);

  it("whose beginning is wrong is fetched again as a whole", async () => {
    const cacheFolder = freshCache();
    const hub = hubWith({ cacheFolder });
    const revision = await hub.revision(model);
    const part = join(cacheFolder, "models--team--model", "blobs", `${revision.files[1]?.etag}.incomplete`);
    mkdirSync(dirname(part), { recursive: true });
    writeFileSync(part, "not the beginning of it");
    expect(readFileSync(await hub.file(revision, "big/weights.bin"))).toEqual(weights);
  });

  it.each(["config.json", "big/weights.bin"])(
    "of %s with another content is refused and not kept",
    async (path) => {
      const cacheFolder = freshCache();
      const hub = hubWith({ cacheFolder });
      const revision = await hub.revision(model);
      stand.corrupt = true;
      const error = await failureOf(hub.file(revision, path)).finally(() => {
        stand.corrupt = false;
      });
      expect(error.code).toBe("HUB_DOWNLOAD_CORRUPT");
      const etag = revision.files.find((file) => file.path === path)?.etag;
      const blob = join(cacheFolder, "models--team--model", "blobs", etag ?? "");
      expect([existsSync(blob), existsSync(`${blob}.incomplete`)]).toEqual([false, false]);
    },
  );

  it("asks again after a failure of the server that passes", async () => {
    const hub = hubWith();
    stand.failures = [503, 429];
    expect((await hub.revision(model)).commit).toBe(commitOf(modelFiles));
  });

  it("gives up on a server that goes on failing", async () => {
    stand.failures = [500, 500, 500, 500];
    const error = await failureOf(hubWith().revision(model));
    expect([error.code, error.exitCode]).toEqual(["HUB_UNREACHABLE", 4]);
    expect(error.message).toContain("it answers with status 500");
    expect(stand.failures).toEqual([]);
  });

  it("says where it looked when nobody answers", async () => {
    const error = await failureOf(hubWith({ endpoint: "http://127.0.0.1:9" }).revision(model));
    expect(error.code).toBe("HUB_UNREACHABLE");
    expect(error.message).toContain("http://127.0.0.1:9");
    expect(error.hint).toContain("HF_HUB_OFFLINE");
  });
});

describe("offline", () => {
  it("gives what the cache holds and asks for nothing", async () => {
    const cacheFolder = freshCache();
    const online = hubWith({ cacheFolder });
    await online.file(await online.revision(model), "config.json");
    const before = stand.asked.length;
    const hub = hubWith({ cacheFolder, offline: true });
    const revision: HubRevision = await hub.revision(model);
    expect(revision).toMatchObject({
      commit: commitOf(modelFiles),
      files: [{ path: "config.json", bytes: 7 }],
    });
    expect(readFileSync(await hub.file(revision, "config.json"), "utf8")).toBe('{"a":1}');
    const missing = await failureOf(hub.file(revision, "big/weights.bin"));
    expect(missing.code).toBe("HUB_OFFLINE_MISSING");
    expect(stand.asked.length).toBe(before);
  });

  it("names what was never downloaded", async () => {
    const error = await failureOf(hubWith({ offline: true }).revision({ ...model, revision: "v1.0" }));
    expect(error.code).toBe("HUB_OFFLINE_MISSING");
    expect(error.message).toContain('revision "v1.0" is not in the cache');
  });
});

describe("settings", () => {
  it("follow the variables of Python's tools", () => {
    expect(
      hubSettingsFrom({
        HF_ENDPOINT: "https://hub.example/",
        HF_TOKEN: "hf_a",
        HUGGING_FACE_HUB_TOKEN: "hf_b",
        HF_HOME: "/somewhere",
        HF_HUB_OFFLINE: "1",
      }),
    ).toEqual({
      endpoint: "https://hub.example",
      token: "hf_a",
      cacheFolder: join("/somewhere", "hub"),
      offline: true,
    });
    expect(hubSettingsFrom({ HF_HUB_CACHE: "/cache", HUGGING_FACE_HUB_TOKEN: "hf_b" })).toMatchObject({
      token: "hf_b",
      cacheFolder: "/cache",
      offline: false,
    });
  });

  it("find the token that a login left in HF_HOME", () => {
    const home = mkdtempSync(join(folder, "home-"));
    expect(hubSettingsFrom({ HF_HOME: home }).token).toBeNull();
    writeFileSync(join(home, "token"), "hf_kept\n");
    expect(hubSettingsFrom({ HF_HOME: home }).token).toBe("hf_kept");
    expect(hubSettingsFrom({ HF_HOME: home, HF_HUB_DISABLE_IMPLICIT_TOKEN: "1" }).token).toBeNull();
  });
});
