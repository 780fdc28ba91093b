import { spawn } from "node:child_process";
import { EnvironmentError } from "../errors.ts";
import { leastPython } from "./llamacpp-packages.ts";

/** How a program ended and what it wrote. */
export interface ProgramResult {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** The Python that FlexBench uses. @default "python3", or `PYTHON` */
export function pythonProgram(): string {
  return process.env.PYTHON || "python3";
}

/** Runs a program to its end, with `input` as its standard input; null when there is no such program. */
export function runProgram(
  program: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv = process.env,
  input = "",
): Promise<ProgramResult | null> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"], env: environment });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    child.once("error", () => resolve(null));
    child.once("close", (code) => resolve({ code, stdout, stderr }));
    // A program may end before it has read all.
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
  });
}

/**
 * Version of Python, when it is new enough and has pip. Throws an EnvironmentError `PYTHON_MISSING`,
 * `PYTHON_OLD` or `PIP_MISSING`.
 */
export async function checkPython(): Promise<string> {
  const python = pythonProgram();
  const script =
    "import sys, importlib.util as u; print('%d.%d.%d' % sys.version_info[:3], u.find_spec('pip') is not None)";
  const result = await runProgram(python, ["-c", script]);
  if (result === null || result.code !== 0) {
    throw new EnvironmentError("PYTHON_MISSING", `The program ${python} does not run.`, {
      hint: `Install Python ${leastPython} or newer with pip, or name it in PYTHON.`,
    });
  }
  const [version = "", hasPip] = result.stdout.trim().split(" ");
  if (isOlder(version, leastPython)) {
    throw new EnvironmentError(
      "PYTHON_OLD",
      `${python} is Python ${version}; the embedded server needs ${leastPython}.`,
      {
        hint: `Install Python ${leastPython} or newer, or name it in PYTHON.`,
      },
    );
  }
  if (hasPip !== "True") {
    throw new EnvironmentError("PIP_MISSING", `${python} has no pip.`, {
      hint: "Install it (Debian and Ubuntu: apt install python3-pip; elsewhere: python3 -m ensurepip).",
    });
  }
  return version;
}

function isOlder(version: string, least: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [leastMajor = 0, leastMinor = 0] = least.split(".").map(Number);
  return major < leastMajor || (major === leastMajor && minor < leastMinor);
}
