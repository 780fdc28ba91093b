import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { closestName } from "#src/config/closest-name.js";
import { describeRun } from "#src/config/describe-run.js";
import { readDuration, writeDuration } from "#src/config/durations.js";
import { loadRunConfig, type RunConfigSources } from "#src/config/load-run-config.js";
import { maskedConfig } from "#src/config/masked-config.js";
import { UsageError } from "#src/errors.js";

const folder = mkdtempSync(join(tmpdir(), "flexbench-config-"));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

function problemsOf(sources: RunConfigSources): string[] {
  try {
    loadRunConfig(sources);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    expect(error.code).toBe("CONFIG_INVALID");
    expect(error.exitCode).toBe(2);
    return error.problems.map(({ where, message }) => `${where}: ${message}`);
  }
  return [];
}

const ownServer = { endpoint: ["http://127.0.0.1:9100"], targetQps: "5" };

describe("durations", () => {
  test.each([
    ["60s", 60e9],
    ["200ms", 200e6],
    ["1m30s", 90e9],
    ["2h", 7200e9],
    ["1.5s", 1.5e9],
    ["0.1ms", 1e5],
    ["250us", 250e3],
    ["250µs", 250e3],
    ["7ns", 7],
    ["1h1m1s1ms1us1ns", 3_661_001_001_001],
  ])("%s", (text, ns) => {
    expect(readDuration(text)).toEqual({ ns });
  });

  test.each(["", "s", "-5s", "5 s s", "30s1m", "1s1s", "1e3s", "5d", "1,5s", "NaN", "999999h"])(
    "refuses %j",
    (text) => {
      expect(readDuration(text)).toHaveProperty("problem");
    },
  );

  test("a number without a unit gets the hint to write one", () => {
    expect(readDuration("60")).toEqual({
      problem: "needs a unit: write 60s for seconds or 60ms for milliseconds",
    });
  });

  test.each([1, 999, 1000, 1_500_000, 60e9, 90_000_000_001])("writes %d so that it reads the same", (ns) => {
    expect(readDuration(writeDuration(ns))).toEqual({ ns });
  });
});

describe("precedence", () => {
  const path = file("bench.yaml", "duration: 10s\nmin-queries: 7\nmaxTokens: 64\npercentile: 90\n");

  test("flags over environment over file over defaults", () => {
    const config = loadRunConfig({
      flags: { duration: "30s" },
      env: { FLEXBENCH_DURATION: "20s", FLEXBENCH_MIN_QUERIES: "8" },
      file: path,
    });
    expect(config).toMatchObject({ durationNs: 30e9, minQueries: 8, maxTokens: 64, percentile: 90 });
    expect(config).toMatchObject({ timeoutNs: 600e9, maxErrorRate: 0, seed: 42, warmup: null });
  });

  test("a wrong value that a stronger source hides is no problem", () => {
    expect(problemsOf({ flags: { duration: "30s" }, env: { FLEXBENCH_DURATION: "soon" } })).toEqual([]);
  });

  test("an empty variable counts as absent", () => {
    expect(loadRunConfig({ env: { FLEXBENCH_MODEL: "" } }).model).toBeNull();
  });

  test("lists and pairs in each source", () => {
    const expected = { endpoints: ["http://a:1", "http://b:2"], headers: { one: "1", two: "a=b, c" } };
    const flags = {
      endpoint: ["http://a:1", "http://b:2"],
      header: ["one=1", "two=a=b, c"],
      "target-qps": "1",
    };
    expect(loadRunConfig({ flags })).toMatchObject(expected);
    const env = {
      FLEXBENCH_ENDPOINT: "http://a:1, http://b:2",
      FLEXBENCH_HEADER: "one=1\ntwo=a=b, c",
      FLEXBENCH_TARGET_QPS: "1",
    };
    expect(loadRunConfig({ env })).toMatchObject(expected);
    const yaml =
      'endpoint: ["http://a:1", "http://b:2"]\nheader: { one: 1, two: "a=b, c" }\ntarget-qps: 1\nmodel: null\n';
    expect(loadRunConfig({ file: file("lists.yaml", yaml) })).toMatchObject(expected);
  });

  test.each([
    ["1", true],
    ["yes", true],
    ["FALSE", false],
    ["0", false],
  ])("a switch as variable: %s", (written, value) => {
    expect(loadRunConfig({ env: { FLEXBENCH_QUIET: written } }).quiet).toBe(value);
  });
});

describe("problems", () => {
  test("all at once, each with its place", () => {
    const path = file("wrong.yaml", "targetQps: -3\nsample-rate: 1\nmin-querys: 2\n");
    const found = problemsOf({
      flags: { duration: "60", scenario: "srever", "target-tokens": "1", model: ["a", "b"], dataset: "" },
      env: { FLEXBENCH_PERCENTILE: "100", FLEXBENCH_WORKRES: "2", FLEXBENCH_DEBUG: "1" },
      file: path,
    });
    expect(found.toSorted()).toEqual(
      [
        "--dataset: needs a value",
        "--duration: needs a unit: write 60s for seconds or 60ms for milliseconds",
        "--model: takes one value, not 2",
        '--scenario: must be one of server, offline, single-stream, multi-stream, interactive, not "srever"; did you mean server?',
        "--target-tokens: is not a known option",
        'FLEXBENCH_PERCENTILE: must be above 0 and below 100, not "100"',
        "FLEXBENCH_WORKRES: is not a known variable; did you mean FLEXBENCH_WORKERS?",
        "wrong.yaml: min-querys: is not a known option; did you mean minQueries?",
        "wrong.yaml: sample-rate: is not a known option",
        "wrong.yaml: targetQps: must be a number above 0, not -3",
      ].toSorted(),
    );
  });

  test.each([
    ["targetQps", "0", "must be a number above 0"],
    ["targetQps", "NaN", "must be a number above 0"],
    ["targetQps", "Infinity", "must be a number above 0"],
    ["targetQps", "0x10", "must be a number above 0"],
    ["percentile", "0", "above 0 and below 100"],
    ["percentile", "100", "above 0 and below 100"],
    ["minQueries", "0", "whole number of at least 1"],
    ["minQueries", "1.5", "whole number of at least 1"],
    ["maxErrorRate", "1.1", "share from 0 to 1"],
    ["maxErrorRate", "5%", "share from 0 to 1"],
    ["ttftLimit", "0s", "must be longer than"],
    ["timeout", "soon", "must be a duration"],
    ["seed", "-1", "whole number of at least 0"],
    ["seed", "9007199254740993", "whole number of at least 0"],
    ["mode", "Accuracy", "did you mean accuracy?"],
    ["api", "chats", "did you mean chat?"],
    ["userConf", "/nowhere/user.conf", "not a file that can be read"],
    ["model", "a\nb", "control characters"],
    ["apiKey", "two words", "the value is not shown"],
  ])("--%s %j", (key, value, message) => {
    const found = problemsOf({ flags: { [key]: value } });
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(message);
  });

  test.each([
    ["localhost:8000", "must start with http:// or https://"],
    ["ftp://host", "must start with http:// or https://"],
    ["http://", "is not a URL"],
    ["http://host/?a=1", "must not have a query"],
    ["http://host/v1/chat/completions", "must be the server's base URL"],
    ["http://user:hunter2@host", "must not carry a name or password"],
  ])("endpoint %s", (url, message) => {
    const found = problemsOf({ flags: { ...ownServer, endpoint: [url] } });
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(message);
    expect(found[0]).not.toContain("hunter2");
  });

  test("the same endpoint twice, also when spelt differently", () => {
    const found = problemsOf({ flags: { ...ownServer, endpoint: ["http://h:1", "http://H:1/v1/"] } });
    expect(found).toEqual(["--endpoint: is given twice: http://h:1"]);
  });

  test.each([
    [["Authorization: Bearer sk-hidden"], "must be NAME=VALUE"],
    [["=x"], "must be NAME=VALUE"],
    [["a b=x"], "is not a header name"],
    [["a=1", "A=2"], "A is given twice"],
    [["Content-Length=3"], "is set by flexbench itself"],
    [["a=sk-hidden\u0000"], "control characters"],
    [["authorization=***"], "is only a mask"],
  ])("header %j", (header, message) => {
    const found = problemsOf({ flags: { header } });
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(message);
    expect(found[0]).not.toContain("sk-hidden");
  });

  test.each([
    ["missing.yaml", null, "cannot be read (ENOENT)"],
    ["list.yaml", "- a\n", "must hold a mapping"],
    ["broken.yaml", "a: [1\n", "is not YAML"],
    ["twice.yaml", "seed: 1\nseed: 2\n", "is not YAML"],
    ["spellings.yaml", "minQueries: 3\nmin-queries: 2\n", "is given in both spellings"],
    ["nested.yaml", "model: { name: x }\n", "must be text, not a mapping"],
    ["truth.yaml", "quiet: maybe\n", "must be true or false"],
    ["number.yaml", "duration: 60\n", "needs a unit"],
  ])("file %s", (name, content, message) => {
    const path = content === null ? join(folder, name) : file(name, content);
    const found = problemsOf({ file: path });
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(message);
  });
});

describe("rules between options", () => {
  const certificate = file("certificate.pem", "-");

  test.each([
    [{ endpoint: ["http://h:1"] }, "--target-qps: is needed by the server scenario"],
    [{ endpoint: ["http://h:1"], scenario: "interactive" }, "--target-qps: is needed by the interactive"],
    [{ minQueries: "1" }, "--min-queries: must be at least 2 in the server scenario"],
    [{ maxTokens: "4", minTokens: "5" }, "--max-tokens: must be at least the 5 of --min-tokens"],
    [{ workers: "4", connections: "3" }, "--connections: must be at least the 4 of --workers"],
    [{ tlsCert: certificate }, "--tls-cert: needs --tls-key"],
    [{ tlsKey: certificate }, "--tls-key: needs --tls-cert"],
    [{ insecure: true, tlsCa: certificate }, "--insecure: contradicts --tls-ca"],
    [{ apiKey: "k", header: ["Authorization=Basic x"] }, "--header: Authorization contradicts --api-key"],
  ])("%j", (flags, message) => {
    const found = problemsOf({ flags });
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(message);
  });

  test("a value that cannot be read is not also called missing", () => {
    expect(problemsOf({ flags: { endpoint: ["http://h:1"], targetQps: "fast" } })).toEqual([
      '--target-qps: must be a number above 0, not "fast"',
    ]);
  });

  test.each([
    [{}, 3],
    [{ scenario: "server" }, 3],
    [{ scenario: "offline" }, 2],
    [{ scenario: "interactive" }, 2],
    [{ scenario: "single-stream" }, null],
    [{ scenario: "single-stream", targetQps: "40" }, 40],
    [{ scenario: "offline", endpoint: ["http://h:1"] }, null],
    [{ endpoint: ["http://h:1"], userConf: certificate }, null],
    [ownServer, 5],
  ])("target QPS of %j is %s", (flags, targetQps) => {
    expect(loadRunConfig({ flags }).targetQps).toBe(targetQps);
  });
});

describe("masked configuration", () => {
  const config = loadRunConfig({
    flags: {
      ...ownServer,
      apiKey: "sk-hidden",
      header: ["X-Api-Key=sk-hidden", "x-trace=7"],
      datasetOption: ["hubToken=sk-hidden", "inputTokens=128"],
      ttftLimit: "450ms",
    },
  });

  test("holds no secret", () => {
    expect(JSON.stringify(maskedConfig(config))).not.toContain("sk-hidden");
    expect(maskedConfig(config)).toMatchObject({
      apiKey: "***",
      header: { "X-Api-Key": "***", "x-trace": "7" },
      datasetOption: { hubToken: "***", inputTokens: "128" },
      ttftLimit: "450ms",
    });
    const withPassword = { ...config, endpoints: ["http://me:sk-hidden@host:1"] };
    expect(maskedConfig(withPassword)).toMatchObject({ endpoint: ["http://***@host:1"] });
    expect(describeRun(withPassword)).not.toContain("sk-hidden");
  });

  test("asks for the secrets when it is loaded again", () => {
    const path = file("masked.yaml", stringify(maskedConfig(config)));
    expect(problemsOf({ file: path })).toEqual([
      "masked.yaml: apiKey: is only a mask here; give the real value",
      "masked.yaml: header: X-Api-Key is only a mask here; give the real value",
      "masked.yaml: datasetOption: hubToken is only a mask here; give the real value",
    ]);
  });

  test("gives the same run when loaded again", () => {
    const open = loadRunConfig({ flags: { ...ownServer, duration: "1m30s", tpotLimit: "1.5ms" } });
    const yaml = stringify(maskedConfig(open));
    expect(parse(yaml)).toMatchObject({ duration: "90s", tpotLimit: "1500us" });
    expect({ ...loadRunConfig({ file: file("again.yaml", yaml) }), given: open.given }).toEqual(open);
  });

  test("leaves to the conf what the user did not give", () => {
    const userConf = file("user.conf", "*.Server.target_qps = 3\n");
    const config = loadRunConfig({ flags: { userConf, percentile: "97" } });
    const masked = maskedConfig(config);
    expect(masked).toMatchObject({
      percentile: 97,
      duration: null,
      minQueries: null,
      seed: null,
      targetQps: null,
    });
    expect(loadRunConfig({ file: file("conf.yaml", stringify(masked)) }).given).not.toContain("duration");
    expect(describeRun(config)).toContain("at the pace of its conf, for as long as its conf says");
  });
});

describe("defaults", () => {
  test.each([
    ["the embedded server", {}, "prompts", 200, 16],
    ["an endpoint", ownServer, "synthetic", 100, null],
    ["the embedded server in Offline", { scenario: "offline" }, "prompts", 100, null],
    ["a floor above the default limit", { minTokens: "32" }, "prompts", 200, 32],
    ["given values", { dataset: "synthetic", minQueries: "7", maxTokens: "9" }, "synthetic", 7, 9],
    ["a benchmark", { benchmark: "llama2-70b" }, "prompts", 100, null],
  ])("with %s", (_name, flags, dataset, minQueries, maxTokens) => {
    expect(loadRunConfig({ flags })).toMatchObject({ dataset, minQueries, maxTokens });
  });
});

test("a run in plain words", () => {
  expect(describeRun(loadRunConfig({}))).toBe(
    "Server performance test at 3 queries/s, at least 60s and 200 queries, dataset prompts, on the embedded server.",
  );
  const flags = { ...ownServer, model: "tiny", ttftLimit: "2s", tpotLimit: "200ms", mode: "all" };
  expect(describeRun(loadRunConfig({ flags }))).toBe(
    "Server performance and accuracy tests at 5 queries/s, at least 60s and 100 queries, dataset synthetic, tiny on http://127.0.0.1:9100, TTFT within 2s and TPOT within 200ms for 99% of requests.",
  );
  expect(describeRun(loadRunConfig({ flags: { endpoint: ["http://h:1"], scenario: "offline" } }))).toBe(
    "Offline performance test in one query, at least 60s and 100 queries, dataset synthetic, on http://h:1.",
  );
  expect(describeRun(loadRunConfig({ flags: { scenario: "multi-stream", mode: "accuracy" } }))).toBe(
    "MultiStream accuracy test with one query of 8 samples at a time, every sample once, dataset prompts, on the embedded server.",
  );
});

test("the closest name", () => {
  const names = ["targetQps", "duration", "dataset"];
  expect(closestName("targetQsp", names)).toBe("targetQps");
  expect(closestName("durration", names)).toBe("duration");
  expect(closestName("zebra", names)).toBeNull();
});
