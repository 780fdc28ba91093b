import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";

const root = path.resolve(import.meta.dirname, "..");
const source = path.join(root, "src");

/** Folders and files of src/, lowest first: each imports from itself and from what stands before it, and nothing else. */
const order = [
  "errors.ts",
  "config",
  "hub",
  "tokenizer",
  "dataset",
  "model",
  "loadgen",
  "transport",
  "sut",
  "metrics",
  "telemetry",
  "cost",
  "accuracy",
  "results",
  "server",
  "mlperf",
  "openmlperf",
  "predict",
  "board",
  "run-events.ts",
  "campaign",
  "report",
  "live",
  "run-target.ts",
  "run-tokenizer.ts",
  "run-accuracy.ts",
  "run-observation.ts",
  "run-submission.ts",
  "run-tests.ts",
  "run.ts",
  "score-run.ts",
  "audit-run.ts",
  "index.ts",
  "commands",
  "cli.ts",
];

const tracked = execFileSync("git", ["ls-files", "-z"], { cwd: root, encoding: "utf8" })
  .split("\0")
  .filter((file) => file !== "" && existsSync(path.join(root, file)));

const sourceFiles = readdirSync(source, { recursive: true, encoding: "utf8" })
  .filter((file) => /\.tsx?$/.test(file))
  .sort();

const read = (file: string): string => readFileSync(path.join(root, file), "utf8");
const placeOf = (file: string): string => file.split(path.sep)[0] ?? "";
const lineCount = (text: string): number => text.split("\n").length - 1;

/** Specifiers of every static and dynamic import, export-from and type import of a module. */
function importsOf(text: string): string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");
  const statement = /(?:\bfrom\s*|\bimport\s*\(?\s*|\bnew URL\(\s*)["']([^"'\n]+)["']/g;
  return [...code.matchAll(statement)].flatMap((match) => match[1] ?? []);
}

describe("folders of src/", () => {
  it("are all in the order", () => {
    const places = [...new Set(sourceFiles.map(placeOf))];
    expect(places.filter((place) => !order.includes(place))).toEqual([]);
  });

  it("import only from themselves and from earlier ones", () => {
    const wrong = sourceFiles.flatMap((file) =>
      importsOf(read(path.join("src", file)))
        .filter((specifier) => specifier.startsWith("."))
        .map((specifier) => path.relative(source, path.resolve(source, path.dirname(file), specifier)))
        .filter((target) => !target.startsWith(".."))
        .filter((target) => order.indexOf(placeOf(target)) > order.indexOf(placeOf(file)))
        .map((target) => `${file} imports ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  it("import files that are there, by relative path with their ending", () => {
    const wrong = sourceFiles.flatMap((file) =>
      importsOf(read(path.join("src", file)))
        .filter((specifier) => specifier.startsWith("#") || specifier.startsWith("."))
        .filter((specifier) => !existsSync(path.resolve(source, path.dirname(file), specifier)))
        // A worker or child is named by what it is after the build.
        .filter(
          (specifier) =>
            !existsSync(path.resolve(source, path.dirname(file), specifier.replace(/\.js$/, ".ts"))),
        )
        .map((specifier) => `${file} imports ${specifier}`),
    );
    expect(wrong).toEqual([]);
  });

  it("use only what package.json lists", () => {
    const { dependencies, devDependencies, peerDependencies } = JSON.parse(read("package.json")) as Record<
      "dependencies" | "devDependencies" | "peerDependencies",
      Record<string, string>
    >;
    // What runs in a browser is bundled when the package is built.
    const isBundled = (file: string) => file.split(path.sep)[1] === "page";
    const wrong = sourceFiles.flatMap((file) =>
      importsOf(read(path.join("src", file)))
        .filter((specifier) => !/^[.#]|^node:/.test(specifier))
        .map((specifier) => specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/"))
        .filter((name) => !(name in dependencies || name in peerDependencies))
        .filter((name) => !(isBundled(file) && name in devDependencies))
        .map((name) => `${file} imports ${name}`),
    );
    expect(wrong).toEqual([]);
  });

  it("have no drawer for odds and ends", () => {
    const vague = /^(utils?|common|helpers?|misc|shared|lib)$/;
    const places = [...sourceFiles.map((file) => path.join("src", file)), ...tracked];
    const wrong = places.filter((file) =>
      file.split(path.sep).some((part) => vague.test(path.parse(part).name)),
    );
    expect(wrong).toEqual([]);
  });
});

it("files of src/ and native/ stay under 400 lines", () => {
  const native = readdirSync(path.join(root, "native")).map((file) => path.join("native", file));
  const files = [...sourceFiles.map((file) => path.join("src", file)), ...native];
  const long = files.filter(
    (file) => statSync(path.join(root, file)).isFile() && lineCount(read(file)) >= 400,
  );
  expect(long).toEqual([]);
});

describe("tracked files", () => {
  const text = tracked.filter((file) => !/\.(parquet|arrow|gz|png|ico|woff2)$/.test(file));
  const withMatch = (files: string[], pattern: RegExp): string[] =>
    files.flatMap((file) => {
      const match = pattern.exec(read(file));
      return match === null ? [] : [`${file}: ${match[0]}`];
    });

  it("hold no absolute path of one machine", () => {
    // Written in parts, so that this file does not find itself.
    const home = new RegExp(`(?<![\\w.])/(${["work", "root", "home", "Users"].join("|")})/[\\w.]+`);
    expect(withMatch(text, home)).toEqual([]);
  });

  it("hold no host name of a package registry", () => {
    const hosts = ["registry\\.npmjs", "pypi\\.org", "pythonhosted", "registry\\.yarnpkg", "npmmirror"].join(
      "|",
    );
    const files = text.filter((file) => file !== "test/architecture.test.ts");
    expect(withMatch(files, new RegExp(hosts))).toEqual([]);
  });

  it("hold nothing that was downloaded or built", () => {
    const wrong = tracked.filter((file) =>
      /^(dist|build|node_modules|third_party\/loadgen)\/|\.(node|o|a|tgz)$/.test(file),
    );
    expect(wrong).toEqual([]);
  });
});

describe("links of README.md, CONTRIBUTING.md and docs/", () => {
  const pages = tracked.filter((file) => file.endsWith(".md") && !file.startsWith("test/"));
  const linksOf = (page: string): string[] =>
    [
      ...read(page)
        .replace(/```[\s\S]*?```/g, "")
        .matchAll(/\]\(([^)\s]+)\)/g),
    ].flatMap((match) => match[1] ?? []);

  it("lead to files and folders that are there", () => {
    const broken = pages.flatMap((page) =>
      linksOf(page)
        .filter((link) => !/^[a-z]+:|^#/.test(link))
        .filter((link) => !existsSync(path.resolve(root, path.dirname(page), link.replace(/#.*/, ""))))
        .map((link) => `${page}: ${link}`),
    );
    expect(pages).toContain("README.md");
    expect(broken).toEqual([]);
  });

  it("name headings that are there", () => {
    const anchor = (heading: string): string =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, "")
        .trim()
        .replace(/\s/g, "-");
    const broken = pages.flatMap((page) =>
      linksOf(page)
        .filter((link) => !/^[a-z]+:/.test(link) && link.includes("#"))
        .filter((link) => {
          const [file = "", fragment = ""] = link.split("#");
          const target = file === "" ? page : path.join(path.dirname(page), file);
          const headings = [...read(target).matchAll(/^#+\s+(.+)$/gm)].map((match) => anchor(match[1] ?? ""));
          return !headings.includes(fragment);
        })
        .map((link) => `${page}: ${link}`),
    );
    expect(broken).toEqual([]);
  });
});
