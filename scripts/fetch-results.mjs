// Gets the repositories of results that a build file of the Open MLPerf dataset names, without their large files, and writes
// the build file with the commit of each: node scripts/fetch-results.mjs BUILD.yaml RECORDED.yaml
// A source with `url` is fetched to its `path`: at its `commit` where it tells one, else at the newest. Paths are relative
// to the build file, so RECORDED.yaml belongs into the same folder.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { parseDocument } from "yaml";

/** Tables, descriptions of systems, summaries of logs, accuracy and measurements: what the dataset is built from. */
const wanted = [
  "/summary_results.json",
  "/summary.json",
  "/LICENSE*",
  "/*/*/systems/*.json",
  "/*/*/results/**/mlperf_log_summary.txt",
  "/*/*/results/**/accuracy.txt",
  "/*/*/results/**/measurements.json",
  "/*/*/measurements/**/*.json",
];

const [buildFile, recordedFile] = process.argv.slice(2);
if (buildFile === undefined || recordedFile === undefined) {
  console.error("usage: node scripts/fetch-results.mjs BUILD.yaml RECORDED.yaml");
  process.exit(2);
}

const document = parseDocument(readFileSync(buildFile, "utf8"));
for (const source of document.get("sources").items) {
  const url = source.get("url");
  if (typeof url !== "string") continue;
  const commit = fetchPart(url, resolve(dirname(buildFile), source.get("path")), source.get("commit"));
  source.set("commit", commit);
  console.log(`${source.get("name")} is at ${commit}`);
}
writeFileSync(recordedFile, document.toString());

function fetchPart(url, folder, pinned) {
  const git = (...args) =>
    execFileSync("git", ["-C", folder, ...args], {
      encoding: "utf8",
      env: { ...process.env, GIT_TERMINAL_PROMPT: "0" },
      stdio: ["ignore", "pipe", "inherit"],
    });
  mkdirSync(folder, { recursive: true });
  git("init", "--quiet");
  git("config", "remote.origin.url", url);
  git("sparse-checkout", "set", "--no-cone", ...wanted);
  git("fetch", "--quiet", "--depth", "1", "--filter=blob:none", "origin", pinned ?? "HEAD");
  git("checkout", "--quiet", "--detach", "FETCH_HEAD");
  return git("rev-parse", "HEAD").trim();
}
