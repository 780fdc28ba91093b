import type { Axis, AxisValue, CampaignFile, Match } from "./campaign-file.ts";
import { type Cell, groupKeyOf, named, type RunWish, type UnnamedCell } from "./cell.ts";
import { merged } from "./cell-settings.ts";

/** Each run draws three streams of numbers from consecutive seeds. */
const seedsPerRun = 3;
const firstSeed = 42;

/** What is started where neither an endpoint nor a server is named: what `flexbench run` starts then. */
const embeddedServer = { kind: "llamacpp", command: null, options: {}, startLimitNs: 600e9 } as const;

/**
 * The cells of a campaign: the product of its axes without what is excluded, and what is included. Cells with the same
 * server follow each other, in the order in which the servers first appear.
 */
export function cellsOf(file: CampaignFile): Cell[] {
  const product = combinations(file.axes).filter(
    (values) => !file.exclude.some((match) => matches(match, values)),
  );
  const all = [...product, ...file.include.flatMap((axes) => combinations(axes))];
  const cells = new Map<string, Cell>();
  for (const values of all) {
    const cell = named(cellOf(file, values));
    if (!cells.has(cell.id)) cells.set(cell.id, cell);
  }
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

function cellOf(file: CampaignFile, combination: Combination): UnnamedCell {
  const settings = merged([file.defaults, ...combination.map(({ value }) => value.settings)]);
  const { accelerator, ...options } = settings.run;
  // Without a price book the accelerator is a name and no option of a run.
  const run = options.priceBook === undefined || accelerator === undefined ? options : settings.run;
  const server = settings.server ?? (run.endpoint === undefined ? embeddedServer : null);
  return {
    labels: Object.fromEntries(combination.map(({ axis, value }) => [axis, value.label])),
    run,
    server: server && { ...server, options: { ...server.options, ...settings.serverOptions } },
    resources: { gpus: 0, nodes: 1, cpus: null, memory: null, ...settings.resources },
    measure: file.measure,
    wishes: wishesOf(file),
    told: settings.told,
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
