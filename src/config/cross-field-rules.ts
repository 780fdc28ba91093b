import { accessSync, constants, statSync } from "node:fs";
import { runDefaults } from "./defaults.ts";
import type { RunOptionKey } from "./run-options.ts";
import type { RunSettings } from "./run-schema.ts";

/** A rule that settings break: the option to name, and the end of a sentence that starts with it. */
export interface BrokenRule {
  key: RunOptionKey;
  message: string;
}

const filesThatAreRead = ["tlsCa", "tlsCert", "tlsKey", "userConf", "auditConfig", "priceBook"] as const;

/**
 * Every rule between options, or between an option and the file system, that these settings break. Where a sweep decides
 * the load later, it may decide the scenario too.
 */
export function brokenRules(settings: RunSettings, decidedLater: readonly RunOptionKey[] = []): BrokenRule[] {
  return [
    ...targetQpsRules(settings),
    ...(decidedLater.includes("targetQps") ? [] : minQueriesRules(settings)),
    ...serveRules(settings),
    ...valueRules(settings),
    ...inputLengthRules(settings),
    ...submissionRules(settings),
    ...metricRules(settings),
    ...serverMetricsRules(settings),
    ...powerRules(settings),
    ...priceRules(settings),
    ...tlsRules(settings),
    ...fileRules(settings),
  ];
}

function targetQpsRules(settings: RunSettings): BrokenRule[] {
  const scenario = settings.scenario ?? runDefaults.scenario;
  const isPaced = scenario === "server" || scenario === "interactive";
  const isServed = settings.serve !== undefined || settings.serveCommand !== undefined;
  const hasOwnServer = isServed || (settings.endpoint !== undefined && settings.endpoint.length > 0);
  if (isPaced && hasOwnServer && settings.targetQps === undefined && settings.userConf === undefined) {
    return [
      { key: "targetQps", message: `is needed by the ${scenario} scenario: how many queries a second` },
    ];
  }
  return [];
}

/** LoadGen's own rule for a test of performance, told before a server is reached. */
function minQueriesRules({ scenario = runDefaults.scenario, mode, minQueries }: RunSettings): BrokenRule[] {
  const isPaced = scenario === "server" || scenario === "interactive";
  if (!isPaced || mode === "accuracy" || minQueries === undefined || minQueries >= 2) return [];
  return [
    {
      key: "minQueries",
      message: `must be at least 2 in the ${scenario} scenario: a rate needs two queries`,
    },
  ];
}

const serveDetails = ["serveOption", "serveArgument", "servePython", "serveContainer", "serveImage"] as const;

function serveRules(settings: RunSettings): BrokenRule[] {
  const { serve, serveCommand, endpoint = [] } = settings;
  const isServed = serve !== undefined || serveCommand !== undefined;
  const key = serve === undefined ? "serveCommand" : "serve";
  const broken: BrokenRule[] = [];
  if (isServed && endpoint.length > 0)
    broken.push({ key, message: "contradicts --endpoint: a server is either there or started" });
  if (serveCommand !== undefined && serve !== undefined && serve.kind !== "command")
    broken.push({ key: "serveCommand", message: `contradicts --serve ${serve.kind}` });
  for (const detail of serveDetails) {
    if (settings[detail] !== undefined && !isServed)
      broken.push({ key: detail, message: "needs --serve or --serve-command beside it" });
  }
  return broken;
}

function valueRules({ minTokens, maxTokens, workers, connections, ...settings }: RunSettings): BrokenRule[] {
  const broken: BrokenRule[] = [];
  if (minTokens !== undefined && maxTokens !== undefined && maxTokens < minTokens) {
    broken.push({ key: "maxTokens", message: `must be at least the ${minTokens} of --min-tokens` });
  }
  if (workers !== undefined && connections !== undefined && connections < workers) {
    broken.push({
      key: "connections",
      message: `must be at least the ${workers} of --workers, one for each`,
    });
  }
  const authorization = Object.keys(settings.header ?? {}).find((name) => /^authorization$/i.test(name));
  if (settings.apiKey !== undefined && authorization !== undefined) {
    broken.push({ key: "header", message: `${authorization} contradicts --api-key, which sets that header` });
  }
  return broken;
}

function submissionRules({ submission, benchmark, fast, round }: RunSettings): BrokenRule[] {
  const broken: BrokenRule[] = [];
  if (submission === true && benchmark === undefined)
    broken.push({ key: "submission", message: "needs --benchmark beside it: whose rules are to be kept" });
  if (submission !== true && fast === true)
    broken.push({ key: "fast", message: "needs --submission beside it" });
  if (submission !== true && round !== undefined)
    broken.push({ key: "round", message: "needs --submission beside it" });
  return broken;
}

function metricRules({ metric, metricCommand }: RunSettings): BrokenRule[] {
  if (metric === undefined || metricCommand === undefined) return [];
  return [{ key: "metricCommand", message: "contradicts --metric: the command is the metric" }];
}

function serverMetricsRules({ serverMetrics, metricsUrl = [] }: RunSettings): BrokenRule[] {
  return serverMetrics === false && metricsUrl.length > 0
    ? [{ key: "metricsUrl", message: "contradicts --no-server-metrics" }]
    : [];
}

function powerRules({ power, powerUrl = [], powerCommand, powerPattern }: RunSettings): BrokenRule[] {
  const broken: BrokenRule[] = [];
  if (power === false && powerUrl.length > 0)
    broken.push({ key: "powerUrl", message: "contradicts --no-power" });
  if (power === false && powerCommand !== undefined)
    broken.push({ key: "powerCommand", message: "contradicts --no-power" });
  if (powerPattern !== undefined && powerCommand === undefined)
    broken.push({ key: "powerPattern", message: "needs --power-command beside it" });
  return broken;
}

function priceRules({ pricePerHour, priceBook, accelerator, accelerators }: RunSettings): BrokenRule[] {
  const broken: BrokenRule[] = [];
  if (pricePerHour !== undefined && priceBook !== undefined)
    broken.push({ key: "priceBook", message: "contradicts --price-per-hour" });
  if (priceBook !== undefined && accelerator === undefined)
    broken.push({ key: "accelerator", message: "is needed by --price-book: which one the server has" });
  if (priceBook === undefined && accelerator !== undefined)
    broken.push({ key: "accelerator", message: "needs --price-book beside it" });
  if (priceBook === undefined && accelerators !== undefined)
    broken.push({ key: "accelerators", message: "needs --price-book beside it" });
  return broken;
}

function inputLengthRules({
  minInputTokens,
  maxInputTokens,
  truncate,
  tokenizer,
}: RunSettings): BrokenRule[] {
  const broken: BrokenRule[] = [];
  const needing = { minInputTokens, maxInputTokens };
  for (const key of ["minInputTokens", "maxInputTokens"] as const) {
    if (needing[key] !== undefined && tokenizer === undefined) {
      broken.push({ key, message: "needs --tokenizer, to count tokens" });
    }
  }
  if (truncate === true && maxInputTokens === undefined) {
    broken.push({ key: "truncate", message: "needs --max-input-tokens, to know how much to leave" });
  }
  if (minInputTokens !== undefined && maxInputTokens !== undefined && maxInputTokens < minInputTokens) {
    broken.push({
      key: "maxInputTokens",
      message: `must be at least the ${minInputTokens} of --min-input-tokens`,
    });
  }
  return broken;
}

function tlsRules({ tlsCa, tlsCert, tlsKey, insecure }: RunSettings): BrokenRule[] {
  const broken: BrokenRule[] = [];
  if (tlsCert !== undefined && tlsKey === undefined) {
    broken.push({ key: "tlsCert", message: "needs --tls-key beside it" });
  }
  if (tlsKey !== undefined && tlsCert === undefined) {
    broken.push({ key: "tlsKey", message: "needs --tls-cert beside it" });
  }
  if (insecure === true && tlsCa !== undefined) {
    broken.push({ key: "insecure", message: "contradicts --tls-ca: either trust that authority or anybody" });
  }
  return broken;
}

function fileRules(settings: RunSettings): BrokenRule[] {
  return filesThatAreRead.flatMap((key) => {
    const path = settings[key];
    if (path === undefined || isReadableFile(path)) return [];
    return [{ key, message: `${path} is not a file that can be read` }];
  });
}

function isReadableFile(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
