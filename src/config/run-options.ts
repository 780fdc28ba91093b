/** How an option is given: `text` takes one value, `list` may be repeated, `pairs` is a repeated NAME=VALUE, `switch` takes none. */
export type RunOptionKind = "text" | "list" | "pairs" | "switch";

/** One option of `flexbench run`, the same on the command line, in the environment and in a configuration file. */
export interface RunOption {
  kind: RunOptionKind;
  /** Heading in `--help`. */
  group: string;
  /** Placeholder of the value in `--help`. */
  argument: string;
  description: string;
}

const server = "Server";
const load = "Load";
const model = "Model and data";
const limits = "Limits";
const accuracy = "Accuracy";
const client = "Client";
const submission = "Submission";
const energyAndCost = "Energy and cost";
const output = "Output";

function option(kind: RunOptionKind, group: string, argument: string, description: string): RunOption {
  return { kind, group, argument, description };
}

/** Every option of `flexbench run` by its key in camelCase; the flag, the variable and the file key follow from it. */
export const runOptions = {
  endpoint: option("list", server, "URL", "Server to test; repeat for several. None: an embedded one starts"),
  serve: option("text", server, "KIND", "Start this server for the run, as `flexbench serve KIND` does"),
  serveCommand: option(
    "text",
    server,
    "COMMAND",
    "Start it by this command; {port} and {model} are filled in",
  ),
  serveOption: option("pairs", server, "NAME=VALUE", "Setting of the started server; repeatable"),
  serveArgument: option("list", server, "WORD", "Further argument of the started server; repeatable"),
  servePython: option("text", server, "FILE", "Python whose environment has the server"),
  serveContainer: option("text", server, "NAME", "Start it in a container by docker or podman"),
  serveImage: option("text", server, "NAME", "Image of that container"),
  api: option("text", server, "NAME", "completions or chat; by default what suits the model"),
  apiKey: option("text", server, "KEY", "Bearer token; FLEXBENCH_API_KEY keeps it out of process lists"),
  header: option("pairs", server, "NAME=VALUE", "Header of every request; repeatable"),
  tlsCa: option("text", server, "FILE", "Certificate authority to trust, PEM"),
  tlsCert: option("text", server, "FILE", "Client certificate, PEM; needs --tls-key"),
  tlsKey: option("text", server, "FILE", "Client key, PEM; needs --tls-cert"),
  insecure: option("switch", server, "", "Accept any server certificate"),
  serverMetrics: option("switch", server, "", "Read the server's /metrics; --no-server-metrics does not"),
  metricsUrl: option("list", server, "URL", "Whole address of its metrics if not /metrics; repeatable"),
  sharedServer: option("switch", server, "", "Others use the server too: its token count is not checked"),

  model: option("text", model, "NAME", "What the server calls the model; by default the only one it lists"),
  modelModule: option(
    "text",
    model,
    "MODULE",
    "How the model is asked and judged: built-in name, package or path",
  ),
  tokenizer: option("text", model, "NAME", "Tokenizer by path or Hub id"),
  dataset: option("text", model, "MODULE", "Built-in name, package, path or Hub id"),
  datasetOption: option("pairs", model, "NAME=VALUE", "Option of the dataset; repeatable"),
  datasetRevision: option("text", model, "NAME", "Branch, tag or commit of a Hub dataset"),
  column: option(
    "pairs",
    model,
    "ROLE=COLUMN",
    "What a column is: input, output, system, messages, token-ids, max-tokens; repeatable or with commas",
  ),
  promptTemplate: option(
    "text",
    model,
    "TEXT",
    "Prompt with {column} placeholders, or the file that holds it",
  ),
  samples: option("text", model, "NUMBER", "How many samples are taken, after all filters; by default all"),
  shuffle: option("switch", model, "", "Take samples in random order, by the seed"),
  minInputTokens: option("text", model, "NUMBER", "Leave out shorter prompts; needs --tokenizer"),
  maxInputTokens: option("text", model, "NUMBER", "Leave out longer prompts; needs --tokenizer"),
  truncate: option("switch", model, "", "Cut the input column of longer prompts instead of leaving them out"),
  benchmark: option("text", model, "NAME", "Official MLPerf benchmark: sets model rules, dataset and limits"),

  submission: option("switch", submission, "", "Keep every rule of the --benchmark, as MLPerf submits it"),
  fast: option("switch", submission, "", "A short rehearsal of --submission; its run cannot be submitted"),
  round: option("text", submission, "NAME", "Round of MLPerf Inference; refused if LoadGen is of another"),

  metric: option("text", accuracy, "NAME", "Built-in name, package or path; by default what suits the data"),
  metricCommand: option(
    "text",
    accuracy,
    "COMMAND",
    "Judge of answers: reads and writes JSON lines, gives pass@1",
  ),
  metricTimeout: option("text", accuracy, "TIME", "Longest time for that command"),
  accuracyTarget: option("pairs", accuracy, "NAME=VALUE", "Least figure that passes; repeatable"),

  scenario: option("text", load, "NAME", "server, offline, single-stream, multi-stream or interactive"),
  mode: option("text", load, "NAME", "performance, accuracy or all"),
  targetQps: option(
    "text",
    load,
    "NUMBER",
    "Queries a second (server, interactive); elsewhere how many to expect",
  ),
  duration: option("text", load, "TIME", "Least duration of the performance test"),
  minQueries: option("text", load, "NUMBER", "Least number of queries"),
  maxTokens: option("text", load, "NUMBER", "Most output tokens a request; by default the model's"),
  minTokens: option("text", load, "NUMBER", "Least output tokens a request; by default the model's"),
  warmup: option("text", load, "NUMBER", "Requests before the test that do not count"),
  seed: option("text", load, "NUMBER", "Seed of everything random"),
  userConf: option("text", load, "FILE", "LoadGen's user.conf"),
  auditConfig: option("text", load, "FILE", "LoadGen's audit.config"),

  ttftLimit: option("text", limits, "TIME", "Most time to first token; by default the model's"),
  tpotLimit: option("text", limits, "TIME", "Most time per output token; by default the model's"),
  percentile: option("text", limits, "NUMBER", "Share of requests that must keep the limits, %"),
  maxErrorRate: option("text", limits, "SHARE", "Failed requests that are tolerated, 0 to 1"),

  workers: option("text", client, "NUMBER", "Worker threads; by default from the number of cores"),
  connections: option("text", client, "NUMBER", "Most connections over all workers"),
  timeout: option("text", client, "TIME", "Longest time for one request"),

  power: option("switch", energyAndCost, "", "Measure power where it can be; --no-power does not"),
  powerUrl: option(
    "list",
    energyAndCost,
    "URL",
    "Prometheus exporter of DCGM, AMD, node or IPMI; repeatable",
  ),
  powerCommand: option("text", energyAndCost, "COMMAND", "Prints the watts of the whole system"),
  powerPattern: option("text", energyAndCost, "REGEX", "Finds the watts in what that command prints"),
  pricePerHour: option("text", energyAndCost, "USD", "Price of the whole system for an hour"),
  priceBook: option("text", energyAndCost, "FILE", "YAML file of prices by accelerator"),
  accelerator: option("text", energyAndCost, "NAME", "The server's accelerator, as in the price book"),
  accelerators: option("text", energyAndCost, "NUMBER", "How many of them the server has"),

  output: option("text", output, "DIR", "Folder for the files of the run; by default a new one"),
  live: option("switch", output, "", "Show the run on a local page while it goes on"),
  json: option("switch", output, "", "Print the record as JSON on stdout, and nothing else there"),
  quiet: option("switch", output, "", "No progress and no notes"),
  dryRun: option("switch", output, "", "Print the resolved configuration and stop"),
} as const satisfies Record<string, RunOption>;

/** Key of one option, in camelCase. */
export type RunOptionKey = keyof typeof runOptions;

/** Every option key, in the order of `--help`. */
export const runOptionKeys = Object.keys(runOptions) as readonly RunOptionKey[];

/** "targetQps" → "target-qps". */
export function kebabCase(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** "target-qps" → "targetQps". */
export function camelCase(key: string): string {
  return key.replace(/-+([a-z0-9])/gi, (_, letter: string) => letter.toUpperCase());
}

/** "targetQps" → "--target-qps". */
export function flagOf(key: string): string {
  return `--${kebabCase(key)}`;
}

/** "targetQps" → "FLEXBENCH_TARGET_QPS". */
export function variableOf(key: string): string {
  return `FLEXBENCH_${kebabCase(key).replaceAll("-", "_").toUpperCase()}`;
}
