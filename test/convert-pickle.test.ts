import { execFile } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "./child-script.ts";

const folder = temporaryFolder();
const script = fileURLToPath(new URL("../scripts/convert-pickle.py", import.meta.url));
const touched = join(folder, "touched");

interface Ending {
  code: number | null;
  stdout: string;
  stderr: string;
}

function python(...args: string[]): Promise<Ending> {
  return new Promise((resolve) => {
    const child = execFile("python3", args, { timeout: 60_000 }, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode, stdout, stderr }),
    );
  });
}

/** A pickle made by Python from an expression; `Code` objects call whatever they are told to when they are unpickled. */
async function pickled(name: string, expression: string, protocol: number): Promise<string> {
  const path = join(folder, name);
  const { code, stderr } = await python(
    "-c",
    `
import builtins, codecs, datetime, os, pickle, subprocess
class Code:
    def __init__(self, *call): self.call = call
    def __reduce__(self): return self.call
with open(${JSON.stringify(path)}, "wb") as file:
    pickle.dump(${expression}, file, protocol=${protocol})
`,
  );
  if (code !== 0) throw new Error(stderr);
  return path;
}

async function convert(source: string): Promise<Ending & { wrote: boolean }> {
  const target = `${source}.parquet`;
  const ending = await python(script, source, target);
  return { ...ending, wrote: existsSync(target) || existsSync(`${target}.part`) };
}

const touch = JSON.stringify(`touch ${touched}`);

describe("a pickle with code in it", () => {
  it.each([
    ["a shell command", `Code(os.system, (${touch},))`, "posix.system"],
    ["a process", `{"rows": [1, Code(subprocess.check_output, (${touch},))]}`, "s.check_output"],
    ["eval", `Code(eval, (${JSON.stringify(`open(${JSON.stringify(touched)}, "w")`)},))`, "eval"],
    ["getattr", `Code(getattr, (datetime.date, "today"))`, "getattr"],
    ["an import", `Code(__import__, ("os",))`, "__import__"],
  ])("%s is refused in every protocol, by its name, and not run", async (_what, expression, asked) => {
    for (const protocol of [0, 2, 4]) {
      const { code, stderr, wrote } = await convert(
        await pickled(`code-${protocol}.pkl`, expression, protocol),
      );
      expect([code, wrote]).toEqual([3, false]);
      expect(stderr).toContain("is refused, nothing of it was run: it asks for");
      expect(stderr).toContain(asked);
    }
    expect(existsSync(touched)).toBe(false);
  });

  it("is refused in a gzip file as well", async () => {
    const path = join(folder, "code.pkl.gz");
    writeFileSync(path, gzipSync(`cos\nsystem\n(S'touch ${touched}'\ntR.`));
    const { code, stderr } = await convert(path);
    expect([code, existsSync(touched)]).toEqual([3, false]);
    expect(stderr).toContain("os.system");
  });

  it("is refused when it hides its name until it is run", async () => {
    // STACK_GLOBAL takes its two texts from where only the run itself can tell: a list that is taken apart again.
    const path = join(folder, "hidden.pkl");
    const opcodes = `\x80\x04\x8c\x02os\x94\x8c\x06system\x940h\x00h\x01\x93\x8c${String.fromCharCode(touched.length + 6)}touch ${touched}\x85R.`;
    writeFileSync(path, Buffer.from(opcodes, "latin1"));
    const { code, stderr } = await convert(path);
    expect([code, existsSync(touched)]).toEqual([3, false]);
    expect(stderr).toContain("os.system");
  });

  it("is refused when it names an encoding of its own", async () => {
    const { code, stderr } = await convert(
      await pickled("encoding.pkl", 'Code(codecs.encode, ("x", "rot13"))', 2),
    );
    expect(code).toBe(3);
    expect(stderr).toContain("_codecs.encode with the encoding 'rot13'");
  });
});

describe("a pickle without code", () => {
  it("that is no table, or cut, is an error and leaves no file", async () => {
    const cut = join(folder, "cut.pkl");
    writeFileSync(cut, Buffer.from("\x80\x04\x95", "latin1"));
    for (const path of [cut, join(folder, "absent.pkl")]) {
      const { code, stderr, wrote } = await convert(path);
      expect([code, wrote]).toEqual([1, false]);
      expect(stderr).toContain(`${path} cannot be converted`);
    }
  });
});
