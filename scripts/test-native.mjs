// Builds the tests of the native core and runs them three times: plain, with ASan and UBSan, and with TSan. The last line
// says how many passed. Arguments choose among the three: `node scripts/test-native.mjs thread`.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";

const root = path.resolve(import.meta.dirname, "..");
const cmakeJs = path.join(
  path.dirname(createRequire(import.meta.url).resolve("cmake-js/package.json")),
  "bin/cmake-js",
);
const suppressions = (name) => path.join(root, "native/sanitizers", name);

const variants = {
  plain: { sanitize: "", config: "Debug", env: {} },
  address: {
    sanitize: "address,undefined",
    config: "RelWithDebInfo",
    env: {
      ASAN_OPTIONS: "detect_leaks=1:detect_stack_use_after_return=1:strict_string_checks=1",
      LSAN_OPTIONS: `suppressions=${suppressions("lsan.supp")}:print_suppressions=0`,
      UBSAN_OPTIONS: "halt_on_error=1:print_stacktrace=1",
    },
  },
  thread: {
    sanitize: "thread",
    config: "RelWithDebInfo",
    env: { TSAN_OPTIONS: `suppressions=${suppressions("tsan.supp")}:second_deadlock_stack=1` },
  },
};

const jobs = String(os.availableParallelism());
const isThere = (program) => spawnSync(program, ["--version"], { stdio: "ignore" }).status === 0;

/** Installs what is missing where that needs no question: on Debian, as root. CMake names whatever else is missing. */
function installDebianPackages() {
  const missing = [];
  if (!isThere("cmake")) missing.push("cmake");
  if (!isThere("make") && !isThere("ninja")) missing.push("make");
  if (!["/usr", "/usr/local"].some((prefix) => existsSync(`${prefix}/include/gtest/gtest.h`)))
    missing.push("libgtest-dev");
  if (missing.length === 0) return;
  if (process.getuid?.() !== 0 || !isThere("apt-get")) {
    console.error(`missing, and not to be installed from here: ${missing.join(" ")}`);
    return;
  }
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const apt = (...args) => spawnSync("apt-get", ["-qq", ...args], { env, stdio: "inherit" });
  apt("update");
  apt("install", "-y", "--no-install-recommends", ...missing);
}

/** cmake-js takes Node's headers from this folder instead of the network. */
function folderOfHeaders() {
  const prefix = path.resolve(path.dirname(process.execPath), "..");
  return existsSync(path.join(prefix, "include/node/node.h")) ? prefix : undefined;
}

function build(name, { sanitize, config }) {
  const nodedir = process.env.npm_config_nodedir ?? folderOfHeaders();
  const folder = path.join(root, "build/native", name);
  // Plain also builds the Debug addon, so that it keeps compiling; under a sanitizer there is none.
  const target = sanitize === "" ? [] : ["--target", "flexbench_tests"];
  const args = ["compile", "-d", "native", "-O", folder, "-B", config, "-p", jobs, ...target];
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [cmakeJs, ...args, `--CDFLEXBENCH_SANITIZE=${sanitize}`],
    {
      cwd: root,
      env: { ...process.env, ...(nodedir === undefined ? {} : { npm_config_nodedir: nodedir }) },
      encoding: "utf8",
      maxBuffer: 64 * 1024 * 1024,
    },
  );
  if (status === 0) return folder;
  console.error(`${stdout}\n${stderr}`.split("\n").slice(-60).join("\n"));
  return null;
}

/** GCC's TSan cannot place its memory where the kernel randomises addresses by more than 28 bits. */
function withKnownAddresses(name, command) {
  if (name !== "thread" || process.platform !== "linux") return command;
  const bits = Number(readFileSync("/proc/sys/vm/mmap_rnd_bits", "utf8"));
  return bits > 28 ? ["setarch", "-R", ...command] : command;
}

function run(name, folder, env) {
  const [program, ...args] = withKnownAddresses(name, ["ctest", "--output-on-failure", "-j", jobs]);
  const { stdout, stderr } = spawnSync(program, args, {
    cwd: folder,
    env: { ...process.env, ...env },
    encoding: "utf8",
    maxBuffer: 256 * 1024 * 1024,
  });
  const counts = /(\d+) tests failed out of (\d+)/.exec(stdout);
  const failed = Number(counts?.[1] ?? 1);
  const passed = Number(counts?.[2] ?? failed) - failed;
  if (failed > 0 || passed === 0) console.error(stdout, stderr);
  // No test at all is a failure too.
  return { passed, failed: passed === 0 ? Math.max(failed, 1) : failed };
}

const chosen = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(variants);
const unknown = chosen.filter((name) => !Object.hasOwn(variants, name));
if (unknown.length > 0)
  throw new Error(`${unknown.join(", ")}: choose from ${Object.keys(variants).join(", ")}`);
if (!existsSync(path.join(root, "third_party/loadgen/loadgen.cc")))
  throw new Error("third_party/loadgen/ is empty: run `npm install` first");

installDebianPackages();
const total = { passed: 0, failed: 0 };
for (const name of chosen) {
  const { sanitize, config, env } = variants[name];
  console.log(`== ${name}${sanitize === "" ? "" : ` (-fsanitize=${sanitize})`}`);
  const folder = build(name, { sanitize, config });
  const { passed, failed } = folder === null ? { passed: 0, failed: 1 } : run(name, folder, env);
  console.log(`${name}: ${passed} passed, ${failed} failed`);
  total.passed += passed;
  total.failed += failed;
}
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 ? 0 : 1;
