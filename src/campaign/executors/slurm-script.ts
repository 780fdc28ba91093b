import type { Resources } from "../matrix/cell.ts";
import type { SlurmSettings } from "./executor-settings.ts";
import { slurmMemory } from "./memory.ts";
import { jobNoteName } from "./slurm-accounting.ts";

/** One array of jobs that need the same. */
export interface SlurmArray {
  campaign: string;
  name: string;
  /** File with the cells of each task, within the campaign. */
  list: string;
  tasks: number;
  resources: Resources;
  /** The command that starts FlexBench on the nodes. */
  flexbench: readonly string[];
}

const inWords = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;

/** A path as a directive holds it: quoted, with no pattern of Slurm's in it. */
const inDirective = (path: string): string => `"${path.replaceAll(/["\\]/g, "\\$&").replaceAll("%", "%%")}"`;

/** The script that sbatch is given: one task for each server of the array. */
export function slurmScript(array: SlurmArray, settings: SlurmSettings): string {
  const { campaign, name, list, tasks, resources, flexbench } = array;
  const { gpus, nodes, cpus, memory } = resources;
  const most = settings.parallel === null ? "" : `%${settings.parallel}`;
  const directives = [
    `--job-name=${name}`,
    `--array=0-${tasks - 1}${most}`,
    `--nodes=${nodes}`,
    "--ntasks-per-node=1",
    ...(cpus === null ? [] : [`--cpus-per-task=${cpus}`]),
    ...(memory === null ? [] : [`--mem=${slurmMemory(memory)}`]),
    ...(gpus === 0 ? [] : [`--gres=${settings.gres.replaceAll("{gpus}", String(gpus))}`]),
    ...payers(settings),
    ...given("constraint", settings.constraint),
    ...given("reservation", settings.reservation),
    ...given("time", settings.time),
    settings.requeue ? "--requeue" : "--no-requeue",
    "--open-mode=append",
    `--output=${inDirective(`${campaign}/jobs/slurm-`)}%A_%a.log`,
    ...settings.arguments,
  ];
  const own = settings.flexbench ?? flexbench.map(inWords).join(" ");
  const work = `${own} campaign work ${inWords(campaign)} --list ${inWords(list)} --task "$SLURM_ARRAY_TASK_ID"`;
  return [
    "#!/bin/bash",
    ...directives.map((directive) => `#SBATCH ${directive}`),
    ...settings.setup,
    `: > ${inWords(`${campaign}/jobs/${jobNoteName}`)}"$SLURM_JOB_ID"`,
    ...(nodes === 1 ? [`exec ${work}`] : serverInStep(array, settings, own, work)),
    "",
  ].join("\n");
}

/**
 * The server is a step over all nodes of the job, or over all but the first, which the client then has for itself. Its
 * first task tells the client in a file of the campaign's folder where the server is.
 */
function serverInStep(
  { campaign, resources, list }: SlurmArray,
  settings: SlurmSettings,
  own: string,
  work: string,
): string[] {
  const outcome = `${inWords(campaign)}/jobs/server-"$SLURM_JOB_ID".json`;
  const nodes = serverNodesOf(resources, settings);
  const step = [
    `srun --nodes=${nodes} --ntasks=${nodes} --ntasks-per-node=1`,
    // A step does not ask for the processors of its job by itself.
    ...(resources.cpus === null ? [] : [`--cpus-per-task=${resources.cpus}`]),
    ...(settings.client === "own-node" ? ["--relative=1"] : []),
    "--kill-on-bad-exit=1",
    `${own} campaign server ${inWords(campaign)} --list ${inWords(list)} --task "$SLURM_ARRAY_TASK_ID"`,
    `--outcome-file ${outcome} &`,
  ];
  return [
    `rm -f ${outcome} ${outcome}.head`,
    step.join(" "),
    "server=$!",
    `${work} --outcome-file ${outcome}`,
    "code=$?",
    "kill $server; wait $server",
    "exit $code",
  ];
}

/** Nodes that the server of a job stands on. */
export function serverNodesOf(
  { nodes }: Pick<Resources, "nodes">,
  { client }: Pick<SlurmSettings, "client">,
): number {
  return client === "own-node" && nodes > 1 ? nodes - 1 : nodes;
}

/** What the job is that puts the results together after the arrays `after`. */
export interface CollectingJob {
  campaign: string;
  name: string;
  after: readonly string[];
  flexbench: readonly string[];
}

/** Its script: it waits for all tasks, those that fail too, and asks for no more than one processor. */
export function collectingScript(
  { campaign, name, after, flexbench }: CollectingJob,
  settings: SlurmSettings,
): string {
  const directives = [
    `--job-name=${name}-collect`,
    `--dependency=afterany:${after.join(":")}`,
    "--ntasks=1",
    ...payers(settings),
    `--output=${inDirective(`${campaign}/jobs/collect-`)}%j.log`,
  ];
  const own = settings.flexbench ?? flexbench.map(inWords).join(" ");
  return [
    "#!/bin/bash",
    ...directives.map((directive) => `#SBATCH ${directive}`),
    ...settings.setup,
    `exec ${own} campaign collect ${inWords(campaign)}`,
    "",
  ].join("\n");
}

const payers = ({ partition, account, qos }: SlurmSettings): string[] => [
  ...given("partition", partition),
  ...given("account", account),
  ...given("qos", qos),
];

const given = (name: string, value: string | null): string[] =>
  value === null ? [] : [`--${name}=${value}`];
