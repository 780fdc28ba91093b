import { join } from "node:path";
import { runFiles } from "../results/store.ts";
import type { Progress } from "./progress.ts";

/** Writes the page of a sweep or a comparison into its folder; null where that failed: without it the rest is still whole. */
export async function leavePage(
  noun: "sweep" | "comparison",
  folder: string,
  progress: Progress | null,
): Promise<string | null> {
  try {
    // Read only now: nothing that is measured has to wait for the code of its page.
    const { writeFolderPage } = await import("../report/write-page.ts");
    await writeFolderPage(folder);
    return join(folder, runFiles.report);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    progress?.say(`The ${noun}'s page could not be written: ${reason}`);
    return null;
  }
}
