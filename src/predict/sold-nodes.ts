import type { Catalog } from "./catalog.ts";
import type { CaseChip } from "./prediction-case.ts";

/** A number of accelerators that can be had as one machine. */
export interface SoldNode {
  accelerators: number;
  /** Part of a machine, which clouds rent and nobody sells. */
  isCloudSlice: boolean;
}

/** Chips that come on a board of several: nobody sells one of them, although results of a part of a board exist. */
const boards: readonly { names: RegExp; accelerators: number }[] = [
  { names: /-SXM-|^MI3\d\dX$|^Gaudi-/, accelerators: 8 },
  { names: /^GB[23]00$/, accelerators: 4 },
];
/** Parts of a board of eight that clouds rent. */
const slices = [1, 2, 4];
/** Cards in a server, where no result tells it. */
const usualCards = [8, 4, 2, 1];
const usualSockets = [2];

/** The sizes in which a chip is sold: whole boards, servers as measured, and parts of a board that clouds rent. */
export function soldNodes(chip: CaseChip, { perNode }: Pick<Catalog, "perNode">): SoldNode[] {
  const measured = perNode[chip.name] ?? [];
  const board = boards.find(({ names }) => names.test(chip.name))?.accelerators;
  if (board === undefined) {
    const usual = chip.isCpu ? usualSockets : usualCards;
    return (measured.length > 0 ? measured : usual).map(wholeNode);
  }
  // Boards of half the size are sold too where somebody measured one.
  const whole = [...new Set([board, ...measured.filter((size) => size >= Math.max(4, board / 2))])];
  const parts = board === 8 ? slices.filter((size) => !whole.includes(size)) : [];
  return [
    ...whole.map(wholeNode),
    ...parts.map((accelerators): SoldNode => ({ accelerators, isCloudSlice: true })),
  ];
}

const wholeNode = (accelerators: number): SoldNode => ({ accelerators, isCloudSlice: false });
