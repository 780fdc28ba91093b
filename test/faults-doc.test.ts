import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { faults } from "#src/server/sim-faults.js";
import { codeByFault } from "./fault-codes.ts";

// docs/faults.md names every code and every fault, and no others.

const root = path.resolve(import.meta.dirname, "..");
const page = readFileSync(path.join(root, "docs/faults.md"), "utf8");
const tables = page.split("\n").filter((line) => line.startsWith("| "));
const quoted = (text: string) => [...text.matchAll(/`([^`]+)`/g)].flatMap((match) => match[1] ?? []);
const named = new Set(tables.flatMap(quoted));

function sourceOf(folder: string): string {
  const directory = path.join(root, "src", folder);
  const files = readdirSync(directory).filter((file) => file.endsWith(".ts"));
  return files.map((file) => readFileSync(path.join(directory, file), "utf8")).join("\n");
}

const sources = ["transport", "sut", "server"].map(sourceOf).join("\n");
const requestSources = ["transport", "sut"].map(sourceOf).join("\n");

/** Every code that a request can fail with, as the sources spell it. */
function requestCodes(): string[] {
  const patterns = [
    /(?:code: |#fail\()"([A-Z]+_[A-Z_]+|ABORTED)"/g,
    /"((?:CONNECT|TLS)_(?!FILE_UNREADABLE)[A-Z_]+)"/g,
  ];
  const written = patterns.flatMap((pattern) => [...requestSources.matchAll(pattern)]);
  const timeouts = ["CONNECT", "HEADERS", "FIRST_TOKEN", "STREAM"].map((missing) => `TIMEOUT_${missing}`);
  return [...new Set([...written.flatMap((match) => match[1] ?? []), ...timeouts])];
}

describe("docs/faults.md", () => {
  it("finds the codes that the sources have", () => {
    const codes = requestCodes();
    for (const code of [
      "ERROR_EVENT",
      "INVALID_JSON",
      "CONNECT_REFUSED",
      "TLS_EXPIRED",
      "ABORTED",
      "STREAM_CUT",
    ])
      expect(codes).toContain(code);
    expect(codes.length).toBeGreaterThan(25);
  });

  it("names every code of a request", () => {
    expect(requestCodes().filter((code) => !named.has(code))).toEqual([]);
  });

  it("names every code of an endpoint that cannot be used", () => {
    const codes = [
      ...sourceOf("server").matchAll(/"((?:ENDPOINT|API)_(?!URL)[A-Z_]+|MODEL_(?:NOT|UN)[A-Z_]+)"/g),
    ];
    expect(codes.length).toBeGreaterThan(8);
    expect(codes.flatMap((match) => match[1] ?? []).filter((code) => !named.has(code))).toEqual([]);
  });

  it("names every fault of the simulator, beside the code that it is counted under", () => {
    const ranges = /`HTTP_400` … `HTTP_504`/;
    const wrong = Object.keys(faults).filter((name) => {
      const rows = tables.filter((line) => quoted(line).includes(name));
      const code = codeByFault[name];
      const isSaid = (row: string) =>
        code === undefined || quoted(row).includes(code) || (code.startsWith("HTTP_") && ranges.test(row));
      return rows.length !== 1 || !rows.every(isSaid);
    });
    expect(wrong).toEqual([]);
  });

  it("names no code that is none", () => {
    const codes = [...named].filter(
      (name) => /^[A-Z]+_[A-Z_]+$/.test(name) && !/^(FLEXBENCH|NODE)_/.test(name),
    );
    const exists = (code: string) =>
      requestCodes().includes(code) ||
      sources.includes(`"${code}"`) ||
      (code.startsWith("ENDPOINT_TLS_") && requestCodes().includes(code.replace("ENDPOINT_", "")));
    expect(codes.length).toBeGreaterThan(40);
    expect(codes.filter((code) => !exists(code))).toEqual([]);
  });
});
