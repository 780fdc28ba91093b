import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, expectTypeOf, it } from "vitest";
import * as loadgen from "#src/loadgen/index.js";

const root = path.resolve(import.meta.dirname, "..");

/** Names that a declaration file exports, types marked; the file may hold nothing but export lists. */
function exportedNames(file: string): string[] {
  const text = readFileSync(path.join(root, file), "utf8").replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
  const lists = [...text.matchAll(/export (type )?\{([^}]*)\} from "[^"]+";/g)];
  const rest = lists.reduce((left, [whole]) => left.replace(whole, ""), text).trim();
  expect(rest).toBe("");
  return lists
    .flatMap(([, type = "", names = ""]) =>
      names
        .split(",")
        .map((name) => name.trim())
        .filter((name) => name !== "")
        .map((name) => (name.startsWith("type ") ? name : `${type}${name}`)),
    )
    .sort();
}

const valuesOf = (names: readonly string[]): string[] => names.filter((name) => !name.startsWith("type "));

describe("flexbench/loadgen", () => {
  const names = [
    "applyAudit",
    "applyConf",
    "attachConsumer",
    "checkConf",
    "checkRequest",
    "createReporter",
    "defaultTestSettings",
    "loadgenVersion",
    "monotonicNowNs",
    "resolveLogSettings",
    "resolveTestSettings",
    "runTest",
    "type Batch",
    "type ConfKind",
    "type ConfSources",
    "type Consumer",
    "type LogSettings",
    "type LogSettingsInput",
    "type ReportCounters",
    "type Reporter",
    "type ResponseBytes",
    "type SampleLibrary",
    "type Scenario",
    "type Sut",
    "type TestMode",
    "type TestOutcome",
    "type TestRequest",
    "type TestSettings",
    "type TestSettingsInput",
  ];

  it("exports these names and no other", () => {
    expect(exportedNames("dist/loadgen/index.d.ts")).toEqual(names);
    expect(Object.keys(loadgen).sort()).toEqual(valuesOf(names));
  });

  it("has these types", () => {
    expectTypeOf(loadgen.loadgenVersion).toEqualTypeOf<() => string>();
    expectTypeOf(loadgen.monotonicNowNs).toEqualTypeOf<() => number>();
    expectTypeOf(loadgen.runTest).parameters.toEqualTypeOf<[loadgen.TestRequest]>();
    expectTypeOf(loadgen.runTest).returns.resolves.toEqualTypeOf<loadgen.TestOutcome>();
    expectTypeOf<loadgen.TestOutcome["state"]>().toEqualTypeOf<"completed" | "failed">();
    expectTypeOf<Extract<loadgen.TestOutcome, { state: "completed" }>>().not.toHaveProperty("error");
    expectTypeOf<loadgen.TestSettings["qslRngSeed"]>().toEqualTypeOf<bigint>();
    expectTypeOf<loadgen.Scenario>().toEqualTypeOf<"SingleStream" | "MultiStream" | "Server" | "Offline">();
    expectTypeOf<loadgen.Consumer["issue"]>().parameters.toEqualTypeOf<[loadgen.Batch, loadgen.Reporter]>();
    expectTypeOf<loadgen.Batch["slots"]>().toEqualTypeOf<Float64Array>();
    expectTypeOf(loadgen.defaultTestSettings).returns.toEqualTypeOf<loadgen.TestSettings>();
  });
});
