import { type Problem, UsageError } from "../../errors.ts";
import type { Axis, AxisValue, CampaignFile, Match } from "./campaign-file.ts";
import { type Cell, groupKeyOf, named, type RunWish, titleOf, type UnnamedCell } from "./cell.ts";
import { merged } from "./cell-settings.ts";

/** Each run draws three streams of numbers from consecutive seeds. */
const seedsPerRun = 3;
const firstSeed = 42;

/** What is started where neither an endpoint nor a server is named: what `flexbench run` starts then. */
const embeddedServer = { kind: "llamacpp", command: null, options: {} } as const;

/**
 * The cells of a campaign: the product of its axes without what is excluded, and what is included. Cells with the same
 * server follow each other, in the order in which the servers first appear. Throws UsageError `CAMPAIGN_INVALID` for
 * combinations of other values that would be the same measurement, and for settings of a server where none is started.
 */
export function cellsOf(file: CampaignFile): Cell[] {
  const product = combinations(file.axes).filter(
    (values) => !file.exclude.some((match) => matches(match, values)),
  );
  const all = [...product, ...file.include.flatMap((axes) => combinations(axes))];
  const cells = new Map<string, Cell>();
  const problems = new Map<string, Problem>();
  for (const values of all) {
    const { cell: unnamed, lost } = cellOf(file, values);
    const cell = named(unnamed);
    const before = cells.get(cell.id);
    if (lost.length > 0)
      problems.set(lost.join(), {
        where: `cell ${titleOf(cell)}`,
        message: `sets ${lost.join(", ")} of a server, and starts none: it has an endpoint`,
      });
    else if (before === undefined) cells.set(cell.id, cell);
    else if (titleOf(before) !== titleOf(cell))
      problems.set(cell.id, {
        where: `cell ${titleOf(cell)}`,
        message: `would measure the same as ${titleOf(before)}: nothing that differs between them is used`,
      });
  }
  if (problems.size > 0)
    throw new UsageError("CAMPAIGN_INVALID", [...problems.values()], {
      hint: "Give each value a setting of its own, or leave it out of the axis.",
    });
  return inOrderOfServers([...cells.values()]);
}

/** Groups of cells that share a server, in order. */
export function groupsOf(cells: readonly Cell[]): Map<string, Cell[]> {
  const groups = new Map<string, Cell[]>();
  for (const cell of cells) {
    const key = groupKeyOf(cell);
    groups.set(key, [...(groups.get(key) ?? []), cell]);
  }
  return groups;
}

/** The cells, so that each server is started once. */
export function inOrderOfServers(cells: readonly Cell[]): Cell[] {
  return [...groupsOf(cells).values()].flat();
}

type Combination = { axis: string; value: AxisValue }[];

function combinations(axes: readonly Axis[]): Combination[] {
  return axes.reduce<Combination[]>(
    (before, { name, values }) =>
      before.flatMap((combination) => values.map((value) => [...combination, { axis: name, value }])),
    [[]],
  );
}

function matches(match: Match, combination: Combination): boolean {
  return [...match].every(([axis, labels]) =>
    combination.some((one) => one.axis === axis && labels.includes(one.value.label)),
  );
}

/** A cell, and the settings of a server that it has no server for. */
function cellOf(file: CampaignFile, combination: Combination): { cell: UnnamedCell; lost: string[] } {
  const settings = merged([file.defaults, ...combination.map(({ value }) => value.settings)]);
  const { accelerator, ...options } = settings.run;
  // Without a price book the accelerator is a name and no option of a run.
  const run = options.priceBook === undefined || accelerator === undefined ? options : settings.run;
  const server = settings.server ?? (run.endpoint === undefined ? embeddedServer : null);
  const cell: UnnamedCell = {
    labels: Object.fromEntries(combination.map(({ axis, value }) => [axis, value.label])),
    run,
    server: server && { ...server, options: { ...server.options, ...settings.serverOptions } },
    resources: { gpus: 0, nodes: 1, cpus: null, memory: null, ...settings.resources },
    accelerator: accelerator === undefined ? null : String(accelerator),
    executor: settings.executor,
    measure: file.measure,
    wishes: wishesOf(file),
    told: settings.told,
    search: null,
  };
  return {
    cell,
    lost: server === null ? Object.keys(settings.serverOptions).map((name) => `serve.${name}`) : [],
  };
}

/** Every seed as often as it is repeated; without seeds each repeat has its own. */
function wishesOf({ seeds, repeats }: CampaignFile): RunWish[] {
  const counts = Array.from({ length: repeats }, (_, index) => index);
  if (seeds === null)
    return counts.map((index) => ({
      name: `seed-${firstSeed + seedsPerRun * index}`,
      seed: firstSeed + seedsPerRun * index,
    }));
  return counts.flatMap((index) =>
    seeds.map((seed) => ({ name: index === 0 ? `seed-${seed}` : `seed-${seed}-repeat-${index + 1}`, seed })),
  );
}
