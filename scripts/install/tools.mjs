import { InstallFailure } from "./failure.mjs";
import { runProgram, succeeded } from "./process.mjs";

const oldestNode = [20, 19];
const oldestPython = [3, 9];

const install = {
  linux: {
    python: "apt-get install python3 python3-pip",
    pip: "apt-get install python3-pip",
    compiler: "apt-get install g++ make",
    make: "apt-get install make",
  },
  darwin: {
    python: "brew install python",
    pip: "brew install python",
    compiler: "xcode-select --install",
    make: "xcode-select --install",
  },
};

/** How this platform gets a tool, in words that fit after "install it". */
function remedy(tool) {
  if (process.platform === "darwin") return `with \`${install.darwin[tool]}\``;
  return `(Debian, Ubuntu: \`${install.linux[tool]}\`)`;
}

const isAtLeast = (version, oldest) =>
  version[0] > oldest[0] || (version[0] === oldest[0] && version[1] >= oldest[1]);

/** The sentence about a too old Node, or null. */
function nodeProblem() {
  const version = process.versions.node.split(".").map(Number);
  if (isAtLeast(version, oldestNode)) return null;
  return `Node ${process.versions.node} is too old; install Node ${oldestNode.join(".")} or newer.`;
}

/** Finds Python: $PYTHON when it is set, else python3, else python. */
async function findPython() {
  const asked = process.env.PYTHON;
  const script = "import sys; print('%d.%d' % sys.version_info[:2]); print(sys.executable)";
  for (const program of asked ? [asked] : ["python3", "python"]) {
    const result = await runProgram(program, ["-c", script]);
    if (!succeeded(result)) continue;
    const [version, executable] = result.output.trim().split("\n").slice(-2);
    if (isAtLeast(version.split(".").map(Number), oldestPython)) return { path: executable, problem: null };
    const problem = `${program} is Python ${version}, and ${oldestPython.join(".")} or newer is needed; install a newer one ${remedy("python")} or set PYTHON to its path.`;
    return { path: null, problem };
  }
  const named = asked ? `PYTHON=${asked} does not run` : "python3 is missing";
  return { path: null, problem: `${named}; install Python 3 ${remedy("python")} or set PYTHON to its path.` };
}

async function pipProblem(python) {
  if (succeeded(await runProgram(python, ["-m", "pip", "--version"]))) return null;
  return `${python} has no pip, which downloads LoadGen; install it ${remedy("pip")} or set FLEXBENCH_LOADGEN_SDIST to a copy of the LoadGen sdist.`;
}

/** Finds a compiler that takes C++17: $CXX when it is set, else the first of the usual names. */
async function findCompiler() {
  const asked = process.env.CXX;
  const tooOld = [];
  for (const program of asked ? [asked] : ["c++", "g++", "clang++"]) {
    // $CXX may carry arguments or a launcher ("ccache g++").
    const [command, ...args] = program.split(/\s+/).filter(Boolean);
    const result = await runProgram(command, [...args, "-x", "c++", "-std=c++17", "-fsyntax-only", "-"], {
      input: "#include <optional>\n#include <string_view>\nstd::optional<std::string_view> word;\n",
    });
    if (succeeded(result)) return { command: program, problem: null };
    if (result.error === null) tooOld.push(program);
  }
  const fix = `install one ${remedy("compiler")} or set CXX to its path.`;
  if (tooOld.length > 0)
    return { command: null, problem: `${tooOld.join(" and ")} cannot compile C++17; ${fix}` };
  if (asked) return { command: null, problem: `CXX=${asked} does not run; ${fix}` };
  return { command: null, problem: `No C++ compiler was found (c++, g++, clang++); ${fix}` };
}

async function makeProblem() {
  // node-gyp takes $MAKE too.
  const program = process.env.MAKE || "make";
  if (succeeded(await runProgram(program, ["--version"]))) return null;
  return `${program} is missing; install it ${remedy("make")}.`;
}

/**
 * Finds everything that the build needs, or throws one InstallFailure that names every missing thing, a sentence each.
 * @param {{ needsPip: boolean }} options
 * @returns {Promise<{ python: string, compiler: string }>}
 */
export async function findTools({ needsPip }) {
  const node = nodeProblem();
  if (node !== null) throw new InstallFailure(node);
  const [python, compiler, make] = await Promise.all([findPython(), findCompiler(), makeProblem()]);
  const pip = needsPip && python.path !== null ? await pipProblem(python.path) : null;
  const problems = [python.problem, pip, compiler.problem, make].filter((problem) => problem !== null);
  if (problems.length > 0) throw new InstallFailure(problems.join("\n"));
  return { python: python.path, compiler: compiler.command };
}
