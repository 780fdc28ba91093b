import type { RunRecord } from "../../../results/record.ts";
import type { Table } from "../data/table.ts";

/** Columns by which a chip is recognised. */
export const chipColumns = ["accelerator", "accelerator_raw", "accelerator_family", "accelerator_vendor"];

/** A chip of the dataset. */
export interface KnownChip {
  name: string;
  family: string | null;
  vendor: string | null;
  /** How results of it spell it, in small letters. */
  spellings: ReadonlySet<string>;
}

/** What a run tells of the accelerators that served it; null for what it does not tell. */
export interface RunChips {
  /** As the dataset calls it, where it is one of its chips beyond doubt, else as the server told. */
  accelerator: string | null;
  family: string | null;
  vendor: string | null;
  count: number | null;
}

/** Chips of a dataset, whose `chipColumns` must be loaded. */
export function knownChips(table: Table): KnownChip[] {
  const text = (name: string, row: number) => {
    const value = table.column(name).values[row] ?? null;
    return value === null ? null : String(value);
  };
  const chips = new Map<string, { family: string | null; vendor: string | null; spellings: Set<string> }>();
  for (let row = 0; row < table.rowCount; row++) {
    const name = text("accelerator", row);
    if (name === null) continue;
    const chip = chips.get(name) ?? {
      family: text("accelerator_family", row),
      vendor: text("accelerator_vendor", row),
      spellings: new Set([name.toLowerCase()]),
    };
    const raw = text("accelerator_raw", row);
    if (raw !== null) chip.spellings.add(raw.toLowerCase());
    chips.set(name, chip);
  }
  return [...chips].map(([name, chip]) => ({ name, ...chip }));
}

/** The accelerators of a run whose server FlexBench started; other runs tell of none. */
export function chipsOfRun({ server }: RunRecord, known: readonly KnownChip[]): RunChips {
  const accelerators = server.launch?.accelerators ?? [];
  const told = [...new Set(accelerators.map(({ name }) => name))];
  const [name = null] = told;
  const count = accelerators.length === 0 ? null : accelerators.length;
  if (name === null || told.length > 1) return { accelerator: null, family: null, vendor: null, count };
  const like = chipsLike(name, known);
  const [first] = like;
  const onlyOne = <Value>(values: readonly Value[]): Value | null => {
    const [value, ...others] = new Set(values);
    return value === undefined || others.length > 0 ? null : value;
  };
  return {
    accelerator: first !== undefined && like.length === 1 ? first.name : name,
    family: onlyOne(like.map(({ family }) => family)),
    vendor: onlyOne(like.map(({ vendor }) => vendor)),
    count,
  };
}

/** Chips that a name may stand for: the one that is spelt so, else those that share the most words with it. */
function chipsLike(name: string, known: readonly KnownChip[]): KnownChip[] {
  const spelt = known.filter(({ spellings }) => spellings.has(name.toLowerCase()));
  if (spelt.length > 0) return spelt;
  const words = new Set(name.toLowerCase().split(/[^a-z0-9]+/));
  const shared = known.map((chip) => {
    const [model = "", ...others] = chip.name.toLowerCase().split("-");
    return { chip, count: words.has(model) ? 1 + others.filter((word) => words.has(word)).length : 0 };
  });
  const most = Math.max(1, ...shared.map(({ count }) => count));
  const alike = shared.flatMap(({ chip, count }) => (count === most ? [chip] : []));
  // Drivers name these forms of a card; the name without one is the module on the board.
  const asNamed = alike.filter(({ name: full }) =>
    ["pcie", "nvl"].every((form) => words.has(form) || !full.toLowerCase().split("-").includes(form)),
  );
  return asNamed.length === 1 ? asNamed : alike;
}
