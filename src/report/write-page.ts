import { join } from "node:path";
import type { RunRecord } from "../results/record.ts";
import { runFiles } from "../results/store.ts";
import { writeWhole } from "../results/write-whole.ts";
import type { Timeline } from "../sut/timeline.ts";
import { buildPage } from "./build-page.ts";
import { runPageSource } from "./read-run.ts";
import { runPage } from "./run-page.ts";

/** Writes `report.html` into the folder of a run that was just made; it is whole or absent. */
export async function writeRunPage(
  folder: string,
  record: RunRecord,
  timeline: Timeline | null,
): Promise<void> {
  await keepPage(folder, runPage(await runPageSource(folder, record, timeline)));
}

/** Writes the page of a finished folder, of a run, a sweep or a comparison, into it. Throws what `buildPage` throws. */
export async function writeFolderPage(folder: string): Promise<void> {
  await keepPage(folder, await buildPage([folder]));
}

async function keepPage(folder: string, page: string): Promise<void> {
  await writeWhole(join(folder, runFiles.report), page);
}
