/** What an official checker printed, read. */
export interface OfficialReading {
  /** Its verdict on each result, by the result's folder from the root of the submission. */
  verdicts: ReadonlyMap<string, boolean>;
  /** What else it refused, such as a submitter's folder as a whole. */
  refused: readonly string[];
  /** Results that it counted; null when it printed no count. */
  counted: number | null;
  /** Its last word; null when it printed none. */
  isContent: boolean | null;
  /** Last line of a traceback; null when there was none. */
  traceback: string | null;
  /** Its complaints, in its own words. */
  complaints: readonly string[];
}

const resultFolder = /^(closed|open|network)\/[^/]+\/results\/[^/]+\/[^/]+\/[^/]+$/;
const mostComplaints = 100;

/** Reads the log of either checker; `tree` is the folder that it was given. */
export function readOfficialOutput(output: string, tree: string): OfficialReading {
  const verdicts = new Map<string, boolean>();
  const refused: string[] = [];
  const complaints: string[] = [];
  const lines = output.split(/\r?\n/);
  for (const line of lines) {
    const passed = /(?:^|[\s:])Results (\S.*) \S+$/.exec(line)?.[1];
    const failed = /(?:^|[\s:])NoResults (\S.*)$/.exec(line)?.[1];
    if (passed !== undefined) verdicts.set(folderOf(passed, tree), true);
    else if (failed !== undefined) {
      const folder = folderOf(failed, tree);
      if (resultFolder.test(folder)) verdicts.set(folder, false);
      else refused.push(folder);
    } else if (/\b(ERROR|WARNING)\b/.test(line) && complaints.length < mostComplaints) {
      complaints.push(line.replaceAll(`${tree}/`, ""));
    }
  }
  return {
    verdicts,
    refused,
    counted: numberAfter(/\bResults=(\d+), NoResults=/.exec(output)?.[1]),
    isContent: /SUMMARY: submission (looks OK|has errors)/.exec(output)?.[1]?.startsWith("looks") ?? null,
    traceback: tracebackOf(lines),
    complaints,
  };
}

function folderOf(path: string, tree: string): string {
  const inner = path.startsWith(`${tree}/`) ? path.slice(tree.length + 1) : path.replace(/^\.\//, "");
  return inner.replace(/\/performance\/run_1\/mlperf_log_detail\.txt$/, "").replace(/\/+$/, "");
}

function numberAfter(digits: string | undefined): number | null {
  return digits === undefined ? null : Number(digits);
}

function tracebackOf(lines: readonly string[]): string | null {
  const start = lines.findLastIndex((line) => line.startsWith("Traceback (most recent call last)"));
  if (start < 0) return null;
  return lines.slice(start + 1).find((line) => /^\S/.test(line)) ?? "a traceback without an end";
}
