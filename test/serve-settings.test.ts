import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { llamacppFlags, simFlags } from "#src/commands/serve.js";
import { loadRunConfig } from "#src/config/load-run-config.js";
import { camelCase } from "#src/config/run-options.js";
import { maskCommand } from "#src/config/secrets.js";
import { type Problem, UsageError } from "#src/errors.js";
import { type LaunchPlan, planLaunch, shownCommand } from "#src/server/launch-plan.js";
import { shownSecrets } from "#src/server/secret-settings.js";
import { serveProblems, spellSettings } from "#src/server/serve-problems.js";
import { readServerSettings, serverOf } from "#src/server/server-kinds.js";
import { temporaryFolder } from "./child-script.js";

// What is refused before anything is started.

const folder = temporaryFolder();

function problemsWith(kind: string, settings: Record<string, unknown>): string[] {
  const problems: Problem[] = [];
  readServerSettings(serverOf(kind), settings, problems);
  return problems.map(({ where, message }) => `${where}: ${message}`);
}

function problemsOfRun(sources: Parameters<typeof loadRunConfig>[0]): string[] {
  try {
    loadRunConfig({ ...sources, furtherRules: serveProblems });
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return error.problems.map(({ where, message }) => `${where}: ${message}`);
  }
  return [];
}

function plan(kind: string, settings: Record<string, unknown>, environment: NodeJS.ProcessEnv): LaunchPlan {
  const machine = { device: "cpu", accelerators: [], processor: null, instructionSets: [] } as const;
  return planLaunch({ server: serverOf(kind), settings, machine, environment, freePort: 9000, apiKey: null });
}

describe("the servers of FlexBench itself", () => {
  it.each([
    ["sim", simFlags],
    ["llamacpp", llamacppFlags],
  ])("%s has a setting for each flag of its command", (kind, flags) => {
    const settings = Object.keys(serverOf(kind).settings.shape);
    const missing = Object.keys(flags).filter(
      (flag) => flag !== "json" && !settings.includes(camelCase(flag)),
    );
    expect(missing).toEqual([]);
  });

  it("take good settings as they were written", () => {
    const good = {
      ...{ ttft: "normal:5ms,1ms", itl: "1ms", "output-tokens": "uniform:2-5", fault: "reset-mid-stream" },
      ...{
        "max-concurrency": "4",
        tokenIds: "false",
        seed: -3,
        "answer-error-rate": 0.5,
        answers: "a.jsonl",
      },
    };
    expect(problemsWith("sim", good)).toEqual([]);
    const line = shownCommand(plan("sim", { ...good, model: "m" }, {}));
    for (const word of ["--model=m", "--ttft=normal:5ms,1ms", "--max-concurrency=4", "--token-ids=false"])
      expect(line).toContain(` ${word}`);
    expect(problemsWith("llamacpp", { model: "smollm2", slots: "2", threads: 1 })).toEqual([]);
  });

  it.each<[string, Record<string, unknown>, string]>([
    ["sim", { ttft: "5" }, "ttft: needs a unit: write 5s for seconds or 5ms for milliseconds"],
    ["sim", { outputTokens: "q" }, "outputTokens: must be like 50"],
    [
      "sim",
      { fault: ["reset-mid-stream", "reset-mid-stram"] },
      "fault: fault reset-mid-stram is not known; did",
    ],
    ["sim", { maxConcurrency: 0 }, "maxConcurrency: must be a whole number of at least 1, not 0"],
    ["sim", { tokenizer: "t" }, "tokenizer: needs answers beside it"],
    ["sim", { tlsKey: "k.pem" }, "tlsKey: needs tls-cert beside it"],
    ["sim", { tensorParallel: 2 }, "tensorParallel: is no setting of sim"],
    ["llamacpp", { slots: 0 }, "slots: must be a whole number from 1 to 1024, not 0"],
    ["llamacpp", { contextLength: "x" }, "contextLength: must be a whole number from 64 to 8192"],
    ["llamacpp", { model: "Qwen/Qwen3-8B" }, "model: can only be smollm2 here"],
  ])("%s %j is refused before it is started", (kind, settings, problem) => {
    expect(problemsWith(kind, settings)).toEqual([expect.stringContaining(problem)]);
  });

  it("refuse a model that they do not have, in a run", () => {
    expect(problemsOfRun({ flags: { serve: "llamacpp", model: "nope", targetQps: 1 } })).toEqual([
      "--model: can only be smollm2 here, the model that comes with it",
    ]);
  });
});

describe("what only the machine can tell", () => {
  it("is spelt as options are", () => {
    const wrong = () => plan("vllm", { model: "m", gpus: "0", passEnv: "NOT_THERE" }, {});
    const spelt = () => {
      try {
        wrong();
      } catch (error) {
        spellSettings(error);
      }
    };
    expect(wrong).toThrow(/^passEnv: .*\ngpus: none was found/);
    expect(spelt).toThrow(/^pass-env: .*\ngpus: none was found/);
  });
});

describe("secrets", () => {
  const vllm = "serverArgument: --api-key would show a secret; set VLLM_API_KEY instead";
  it.each<[string, string | string[], string]>([
    ["vllm", ["--api_key", "s"], vllm],
    ["vllm", "--api-key=s", vllm],
    ["vllm", "--api_key=s", vllm],
    ["vllm", "--api-k s", vllm],
    ["vllm", "--hf_token s", "serverArgument: --hf-token would show a secret; set HF_TOKEN instead"],
    [
      "sglang",
      "--api-key s",
      "serverArgument: --api-key would show a secret; SGLang takes it in no other way: leave it out",
    ],
    [
      "sglang",
      "--admin_api_key=s",
      "serverArgument: --admin-api-key would show a secret; SGLang takes it in no other way: leave it out",
    ],
    ["llama-server", "-hft s", "serverArgument: -hft would show a secret; set HF_TOKEN instead"],
    ["tensorrt-llm", "--hf_token s", "serverArgument: --hf-token would show a secret; set HF_TOKEN instead"],
  ])("%s refuses %j among its arguments", (kind, serverArgument, problem) => {
    expect(problemsWith(kind, { model: "m", serverArgument })).toEqual([problem]);
  });

  it("are not seen in arguments that have none", () => {
    const serverArgument =
      "--api-server-count 2 --max-num-batched-tokens 8 --hf-overrides {} --api-key-file f";
    expect(problemsWith("llama-server", { model: "m", serverArgument })).toEqual([]);
  });

  it.each(["HF_TOKEN", "MY_API_KEY", "AWS_SECRET_ACCESS_KEY", "DB_PASSWORD", "OPENAI_KEY"])(
    "%s is refused as a variable on a command line and in a file",
    (name) => {
      const problem = `${name} would show a secret; set it in the environment and give its name alone, by pass-env`;
      const load = { model: "m", targetQps: 1 };
      const flags = { ...load, serve: "vllm", "serve-option": [`env=${name}=hidden`] };
      expect(problemsOfRun({ flags })).toEqual([`--serve-option: env ${problem}`]);
      const file = join(folder, "run.yaml");
      writeFileSync(file, `model: m\ntarget-qps: 1\nserve: { kind: vllm, env: { ${name}: hidden } }\n`);
      expect(problemsOfRun({ file })).toEqual([`run.yaml: serve: env ${problem}`]);
      expect(shownSecrets({ env: [`${name}=hidden`, "OMP_NUM_THREADS=2"] })).toEqual([
        { where: "env", message: problem },
      ]);
    },
  );

  it("are passed on by their names", () => {
    const environment = { MY_TOKEN: "hidden", TUNING: "fast" };
    const settings = { model: "m", passEnv: "MY_TOKEN,TUNING" };
    const made = plan("vllm", { ...settings, container: "docker", cache: "/hub" }, environment);
    expect(shownCommand(made)).toContain("--env MY_TOKEN --env TUNING ");
    expect(made.secrets).toEqual(["hidden"]);
    expect(made.environment).toMatchObject(environment);
    expect(() => plan("vllm", { ...settings, passEnv: ["NOT_THERE"] }, {})).toThrow(
      "passEnv: NOT_THERE is not set in the environment",
    );
    expect(problemsWith("vllm", { model: "m", passEnv: "A=b" })).toEqual([
      "passEnv: must be the name of a variable, without a value",
    ]);
  });

  it("of flags that nobody knows are masked in a command all the same", () => {
    expect(maskCommand("run --api_key s1 --own-token=s2 --max-num-batched-tokens 8")).toBe(
      "run --api_key *** --own-token=*** --max-num-batched-tokens 8",
    );
  });
});
