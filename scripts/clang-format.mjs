// Formats native/ and test/native/ with clang-format; with --check it only says where files differ, and fails.
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

const { getNativeBinary } = createRequire(import.meta.url)("clang-format");
const root = path.resolve(import.meta.dirname, "..");
const check = process.argv.includes("--check");

const files = ["native", "test/native"].flatMap((folder) => {
  const names = readdirSync(path.join(root, folder), { recursive: true }).filter((name) =>
    /\.(cc|h)$/.test(name),
  );
  if (names.length === 0) throw new Error(`${folder}/ holds no C++ file`);
  return names.map((name) => path.join(folder, name)).sort();
});

const args = [...(check ? ["--dry-run", "--Werror"] : ["-i"]), "--style=file", ...files];
const { status, error } = spawnSync(getNativeBinary(), args, { cwd: root, stdio: "inherit" });
if (error) throw error;
if (status !== 0) {
  console.error(
    check ? "C++ files are not formatted: run `node scripts/clang-format.mjs`" : "clang-format failed",
  );
  process.exitCode = 1;
} else {
  console.log(`${files.length} C++ files ${check ? "are formatted" : "formatted"}`);
}
