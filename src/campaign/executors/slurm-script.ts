import type { Resources } from "../matrix/cell.ts";
import type { SlurmSettings } from "./executor-settings.ts";

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
    ...(memory === null ? [] : [`--mem=${memory}`]),
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
    ...(nodes > 1 && settings.client === "own-node" ? serverElsewhere(array, own, work) : [`exec ${work}`]),
    "",
  ].join("\n");
}

/**
 * The client keeps the first node for itself; the server is a step over the others, and tells its address through the
 * campaign's folder.
 */
function serverElsewhere({ campaign, resources, list }: SlurmArray, own: string, work: string): string[] {
  const place = `${inWords(campaign)}/jobs/server-"$SLURM_JOB_ID"`;
  const others = resources.nodes - 1;
  return [
    `rm -f ${place}.address`,
    `srun --nodes=${others} --ntasks=${others} --ntasks-per-node=1 --relative=1 ${own} campaign server ${inWords(campaign)} --list ${inWords(list)} --task "$SLURM_ARRAY_TASK_ID" --address-file ${place}.address &`,
    "server=$!",
    `${work} --address-file ${place}.address`,
    "code=$?",
    "kill $server; wait $server",
    "exit $code",
  ];
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
