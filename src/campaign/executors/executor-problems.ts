import { type Problem, UsageError } from "../../errors.ts";
import { type Cell, titleOf } from "../matrix/cell.ts";
import { type ExecutorSettings, settingsFor } from "./executor-settings.ts";
import { podProblems } from "./kubernetes-server.ts";
import { kibibytesOf } from "./memory.ts";
import { severalNodesProblem } from "./server-settings.ts";
import { serverNodesOf } from "./slurm-script.ts";

/** Throws UsageError with all that an executor could not carry out of these cells, each told once. */
export function checkForExecutor(cells: readonly Cell[], settings: ExecutorSettings): void {
  const found = new Map<string, Problem>();
  for (const cell of cells) {
    for (const { where, message } of problemsOf(cell, settingsFor(settings, cell.executor))) {
      const key = `${where}: ${message}`;
      if (!found.has(key)) found.set(key, { where: `cell ${titleOf(cell)}: ${where}`, message });
    }
  }
  if (found.size > 0)
    throw new UsageError("CAMPAIGN_INVALID", [...found.values()], {
      hint: "docs/campaigns.md tells what each executor takes.",
    });
}

function problemsOf(cell: Cell, settings: ExecutorSettings): Problem[] {
  if (settings.kind === "local") return [];
  const { memory } = cell.resources;
  const problems: Problem[] = [];
  if (memory !== null && kibibytesOf(memory) === null)
    problems.push({ where: "memory", message: `is ${memory}, without a unit; write 64G or 512M` });
  if (settings.kind === "kubernetes") return [...problems, ...podProblems(cell, settings)];
  const isSpread = cell.resources.nodes > 1 && serverNodesOf(cell.resources, settings) > 1;
  const message = isSpread ? severalNodesProblem(cell) : null;
  return message === null ? problems : [...problems, { where: "nodes", message }];
}
