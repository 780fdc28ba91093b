import type { Problem } from "../../errors.ts";
import { type Cell, titleOf } from "./cell.ts";
import { cellConfig } from "./cell-config.ts";
import { candidateCell } from "./search.ts";
import { planSearch } from "./search-plan.ts";
import type { SearchSettings } from "./search-settings.ts";
import { telltaleCandidates } from "./search-space.ts";

/** What stands in the way of a search over the server of a cell whose runs are right in themselves. */
export function searchProblems(cell: Cell, search: SearchSettings): Problem[] {
  if (cell.server === null)
    return [{ where: "search", message: "needs a server that is started: it has an endpoint" }];
  const problems = [...rateProblems(cell), ...priceProblems(cell, search), ...lengthProblems(cell, search)];
  if (problems.length > 0) return problems;
  const plan = planSearch(cell, search);
  if (!("least" in plan)) return [];
  const { runs, seconds } = plan.least;
  const least =
    "runs" in search.budget ? `${runs} runs` : `${Math.ceil(seconds)} s, starts of servers included`;
  return [{ where: "search.budget", message: `pays for no search: it needs ${least} at least` }];
}

/** At a rate that is given, every server that keeps up has the same tokens a second, and so the same price of one. */
function rateProblems({ run, measure }: Cell): Problem[] {
  const isPaced = run.scenario === undefined || run.scenario === "server" || run.scenario === "interactive";
  if (measure.kind !== "run" || !isPaced) return [];
  return [
    {
      where: "search.objective",
      message:
        "cannot be told at a fixed rate, which decides the tokens a second: take measure: find-max, a sweep, or scenario: offline",
    },
  ];
}

function priceProblems({ run }: Cell, { objective }: SearchSettings): Problem[] {
  const hasPrice = run.pricePerHour !== undefined || run.priceBook !== undefined;
  if (objective !== "cheapest" || hasPrice) return [];
  return [
    {
      where: "search.objective",
      message: "cheapest needs a price: price-per-hour, or price-book and accelerator",
    },
  ];
}

/** How long an official test is stands in a conf, of which nobody can take a share. */
function lengthProblems(cell: Cell, { method, rounds }: SearchSettings): Problem[] {
  const isOfficial = cell.run.benchmark !== undefined || cell.run.userConf !== undefined;
  if (!isOfficial || method === "random" || rounds === 1) return [];
  const { given } = cellConfig(cell, { endpoint: "http://127.0.0.1:1", seed: 0, output: null }, {});
  const missing = (["duration", "minQueries"] as const).filter((key) => !given.includes(key));
  if (missing.length === 0) return [];
  const message =
    "takes shares of a run: give duration and min-queries beside a benchmark or a user.conf, or take method: random";
  return [{ where: "search.method", message }];
}

/** Combinations whose candidates would be the same: a setting that is searched is none that they can differ in. */
export function sameSearches(cells: readonly Cell[], { space }: SearchSettings): Problem[] {
  const [candidate = {}] = telltaleCandidates(space);
  const first = new Map<string, Cell>();
  return cells.flatMap((cell) => {
    const { id } = candidateCell(cell, candidate, null);
    const before = first.get(id);
    if (before === undefined) first.set(id, cell);
    return before === undefined
      ? []
      : [
          {
            where: "search.space",
            message: `tries the same for ${titleOf(before)} and ${titleOf(cell)}: the setting that differs is searched`,
          },
        ];
  });
}
