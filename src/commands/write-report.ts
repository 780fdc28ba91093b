import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { EnvironmentError, UsageError } from "../errors.ts";
import { buildPage } from "../report/build-page.ts";
import { type ReportFormat, renderReport } from "../report/formats.ts";
import { runFiles } from "../results/store.ts";

/** What is to be written, and where. */
export interface ReportRequest {
  folders: readonly string[];
  format: ReportFormat;
  /** Null: report.html in the folder for a page, stdout for the rest. */
  output: string | null;
}

/** Where a report and what is said about it go. */
export interface ReportStreams {
  stdout: { write(content: string | Uint8Array): unknown; isTTY?: boolean | undefined };
  stderr: { write(text: string): unknown };
}

/** Writes a report. Throws UsageError for what cannot be read or has no place to go, EnvironmentError when it cannot be written. */
export async function writeReport(
  { folders, format, output }: ReportRequest,
  { stdout, stderr }: ReportStreams,
): Promise<void> {
  const content = format === "html" ? await buildPage(folders) : await renderReport(folders, format);
  const file = output ?? (format === "html" ? pagePath(folders) : null);
  if (file === null) {
    if (typeof content !== "string" && stdout.isTTY === true) {
      throw new UsageError("REPORT_NOT_TEXT", [{ where: "--format", message: `${format} is not text` }], {
        hint: "Give --output FILE or send stdout to a file.",
      });
    }
    stdout.write(content);
    return;
  }
  try {
    await writeFile(file, content);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new EnvironmentError("REPORT_NOT_WRITTEN", `${file} cannot be written (${reason}).`, {
      hint: "Give --output FILE in a folder that you may write to.",
      cause,
    });
  }
  stderr.write(`${file}\n`);
}

/** A page of one folder stands in it; a page of several where the command is. */
function pagePath([first = ".", ...others]: readonly string[]): string {
  return others.length === 0 ? join(first, runFiles.report) : runFiles.report;
}
