import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { RunRecord } from "../results/record.ts";
import { runFiles } from "../results/store.ts";
import type { Timeline } from "../sut/timeline.ts";
import { runPageSource } from "./read-run.ts";
import { runPage } from "./run-page.ts";

/** Writes `report.html` into the folder of a run that was just made; it is whole or absent. */
export async function writeRunPage(
  folder: string,
  record: RunRecord,
  timeline: Timeline | null,
): Promise<void> {
  const page = runPage(await runPageSource(folder, record, timeline));
  const file = join(folder, runFiles.report);
  await writeFile(`${file}.partial`, page);
  await rename(`${file}.partial`, file);
}
