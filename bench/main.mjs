// `npm run bench`: what our client costs and how true it is, beside wrk, bare undici, and PyPI's LoadGen binding, in one
// run. bench/README.md has the flags. Exit code 1: a gross loss (--quick) or a client of --with that failed; 2: a flag that cannot be followed.
import { mkdirSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { dirname, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { readFlags } from "./flags.mjs";
import { grossLosses } from "./gross-losses.mjs";
import { beside } from "./measurements/beside.mjs";
import { serverKind } from "./paced-server.mjs";
import { fullPlan, quickPlan } from "./plan.mjs";
import { pythonEnvironment } from "./python/install.mjs";
import { table } from "./table.mjs";

const { quick, repeats, parts, peers, output, problems } = readFlags(process.argv.slice(2));
if (problems.length > 0) {
  for (const problem of problems) console.error(problem);
  process.exit(2);
}

const startedAt = new Date().toISOString();
const server = serverKind();
if (server === "sim")
  console.error("Go is missing: our own simulator paces, which keeps no TPOT and costs more CPU.");
const python = !quick && (parts.has("cpu") || parts.has("handover")) && (await hasPython());
const plan = {
  ...(quick ? quickPlan() : fullPlan({ repeats, python })),
  ...(peers.length > 0 ? { beside: [() => beside({ peers })] } : {}),
};
const results = {
  startedAt,
  machine: { cpu: cpus()[0]?.model, cores: availableParallelism(), node: process.version },
  server,
  repeats,
  partSeconds: {},
};
for (const [part, measurements] of Object.entries(plan)) {
  if (!parts.has(part)) continue;
  const begun = performance.now();
  results[part] = [];
  for (const measure of measurements) results[part].push(...[await measure()].flat());
  results.partSeconds[part] = Math.round((performance.now() - begun) / 1000);
  console.log(table(part, results[part]));
}
results.endedAt = new Date().toISOString();
const file =
  output ?? fileURLToPath(new URL(`./results/${startedAt.replaceAll(":", "-")}.json`, import.meta.url));
mkdirSync(dirname(file), { recursive: true });
writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`);
console.log(`Written to ${relative(process.cwd(), file)}`);

const problemsFound = [
  ...(results.beside ?? []).flatMap(({ problem }) => problem ?? []),
  ...(quick ? grossLosses(results).map((loss) => `gross loss: ${loss}`) : []),
];
for (const problem of problemsFound) console.error(problem);
process.exitCode = problemsFound.length === 0 ? 0 : 1;

async function hasPython() {
  try {
    await pythonEnvironment();
    return true;
  } catch (error) {
    console.error(`PyPI's LoadGen binding is left out, as it does not run here: ${error.message}`);
    return false;
  }
}
