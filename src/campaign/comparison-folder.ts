import { join } from "node:path";
import { z } from "zod";
import {
  type CampaignName,
  campaignId,
  campaignPath,
  createFolder,
  entriesOf,
  isRemainOf,
  readJson,
  refuseForeign,
  refuseOtherPlan,
  removeRemains,
  writeJson,
} from "./campaign-folder.ts";
import type { Comparison } from "./comparison.ts";
import { comparisonSchema } from "./comparison-schema.ts";

/** The file that holds a comparison. */
export const comparisonFile = "comparison.json";

const planFile = "comparison-plan.json";
const planSchemaName = "flexbench.comparison-plan/1";
const name: CampaignName = { code: "COMPARE", noun: "comparison" };

/** What a comparison of endpoints is to do; it is continued only with the same plan. */
export interface ComparisonPlan {
  /** Runs on each endpoint. */
  repeats: number;
  coolDownNs: number;
  /** The resolved options of its runs, secrets masked. */
  config: Record<string, unknown>;
}

/** What stands in `comparison-plan.json`. */
interface PlanRecord {
  schema: typeof planSchemaName;
  plan: ComparisonPlan;
  /** Folders of the runs that are finished. */
  finished: string[];
}

const planSchema: z.ZodType<PlanRecord> = z.object({
  schema: z.literal(planSchemaName),
  plan: z.object({
    repeats: z.number(),
    coolDownNs: z.number(),
    config: z.record(z.string(), z.unknown()),
  }),
  finished: z.array(z.string()),
});

/** A comparison of endpoints on disk: its plan, a folder for each run and, at the end, `comparison.json`. */
export class ComparisonFolder {
  /** Absolute. */
  readonly path: string;
  /** True when an earlier comparison goes on here. */
  readonly resumed: boolean;
  readonly #record: PlanRecord;

  private constructor(path: string, record: PlanRecord, resumed: boolean) {
    this.path = path;
    this.#record = record;
    this.resumed = resumed;
  }

  /**
   * Opens the folder of a comparison, by default a new one in `flexbench-results`. One of the same plan is continued;
   * runs that were cut off in it are removed. Throws UsageError when it holds another plan or other files.
   */
  static async open(output: string | null, plan: ComparisonPlan): Promise<ComparisonFolder> {
    const path = campaignPath(output, campaignId(name));
    const entries = await entriesOf(path);
    if (!entries.includes(planFile)) {
      // A comparison that was killed before its first write leaves its temporary file at most.
      const others = entries.filter((entry) => !isRemainOf(planFile, entry));
      refuseForeign(path, others, name);
      await createFolder(path);
      const folder = new ComparisonFolder(path, { schema: planSchemaName, plan, finished: [] }, false);
      await folder.#save();
      return folder;
    }
    const earlier = await readJson(join(path, planFile), planSchema, name);
    refuseOtherPlan(path, earlier.plan, plan, name);
    const finished = earlier.finished.filter((run) => entries.includes(run));
    await removeRemains(
      path,
      entries.filter((entry) => isOwn(entry) && !finished.includes(entry)),
    );
    return new ComparisonFolder(path, { ...earlier, finished }, true);
  }

  /** Whether the run in this folder was finished in an earlier attempt. */
  holds(run: string): boolean {
    return this.#record.finished.includes(run);
  }

  /** The run in this folder is finished: it is not made again. */
  async keep(run: string): Promise<void> {
    this.#record.finished.push(run);
    await this.#save();
  }

  /** Writes `comparison.json`. */
  async write(comparison: Comparison): Promise<void> {
    await writeJson(join(this.path, comparisonFile), comparison);
  }

  async #save(): Promise<void> {
    await writeJson(join(this.path, planFile), this.#record);
  }
}

/** Folder of a run on side `side`, counted from 0, relative to that of its comparison. */
export function comparedRunFolder(round: number, side: number): string {
  return `round-${round + 1}-${letterOf(side)}`;
}

/** Reads a comparison of endpoints; `path` is its folder. Throws UsageError when there is none or it is broken. */
export async function readComparison(path: string): Promise<Comparison> {
  return readJson(join(path, comparisonFile), comparisonSchema, name);
}

/** Runs, whole or cut off, and files that were not written to their end. */
function isOwn(entry: string): boolean {
  return (
    /^round-\d+-[a-z]+(\.partial-|$)/.test(entry) ||
    [planFile, comparisonFile].some((file) => isRemainOf(file, entry))
  );
}

/** a, b, … z, aa, … */
function letterOf(index: number): string {
  const letter = String.fromCharCode("a".charCodeAt(0) + (index % 26));
  return index < 26 ? letter : letterOf(Math.floor(index / 26) - 1) + letter;
}
