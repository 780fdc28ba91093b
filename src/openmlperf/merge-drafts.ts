import type { ColumnName } from "./columns.ts";
import { powerColumn } from "./power-rows.ts";
import { isRecomputed } from "./recomputed-columns.ts";
import { columnNames, type Draft, type PartialRow } from "./row.ts";
import { idsOf } from "./row-ids.ts";
import { figureAgrees } from "./sources/joined-logs.ts";

/** Drafts without doubles, and what the doubles completed. */
export interface MergedDrafts {
  drafts: Draft[];
  /** Rows of later tables that describe a row of an earlier one. */
  merged: number;
  /** Empty fields that they filled. */
  filled: number;
  /** Names of rows of an earlier build that no source gave anew. */
  kept: string[];
  /** Rows of an earlier build that a source gave anew. */
  renewed: number;
}

/** Columns that say where a row was read; they stay those of the row that leads. */
const ofTheLeader: ReadonlySet<ColumnName> = new Set<ColumnName>([
  "id",
  "source",
  "source_kind",
  "source_url",
  "source_commit",
  "source_licence",
  "source_file",
  "source_row",
  "published_id",
  "completed_by",
]);

/** A table of one of the sources, or of an earlier build. */
interface Table {
  drafts: readonly Draft[];
  isEarlier: boolean;
}

/**
 * The same published row may stand in several tables. The table that comes first leads, the others fill what it left
 * open. Rows of one and the same table are never merged. Tables round their figures, so a raw log is known by the folder
 * that its row names, and its figure is compared. Watts that stand as a row of their own are the power of the row of their
 * folder; so are millijoules a query. Rows of an earlier build come after every table, so that what is published now leads,
 * and before raw logs, which complete them; where they complete a row, what rules work out is left to the rules. Each row
 * tells in `completed_by` which other table filled which of its columns (`system`: the system description).
 */
export function mergeDrafts(
  tables: readonly (readonly Draft[])[],
  earlier: readonly Draft[] = [],
): MergedDrafts {
  const byKey = new Map<string, Draft>();
  const byFolder = new Map<string, Draft>();
  const done: MergedDrafts = { drafts: [], merged: 0, filled: 0, kept: [], renewed: 0 };
  let power: Draft[] = [];
  const completedBy = new Map<Draft, Record<string, string[]>>();
  const completed = (leader: Draft, by: Draft, columns: readonly string[]): void => {
    if (columns.length === 0) return;
    const tables = completedBy.get(leader) ?? {};
    const table = tableOf(by.row);
    tables[table] = [...(tables[table] ?? []), ...columns];
    completedBy.set(leader, tables);
  };
  const completeByPower = (): void => {
    const ofNoRow: Draft[] = [];
    for (const draft of power) {
      const leader = byFolder.get(folderOf(draft.row));
      if (leader === undefined) {
        ofNoRow.push(draft);
        continue;
      }
      done.merged += 1;
      const column = powerColumn(draft.row.result_unit_raw) ?? "power_w";
      if ((leader.row[column] ?? null) !== null) continue;
      leader.row[column] = draft.row.result_value ?? null;
      done.filled += 1;
      completed(leader, draft, [column]);
    }
    power = ofNoRow;
  };
  for (const { drafts, isEarlier } of inTurn(tables, earlier)) {
    // What is published now goes before what an earlier build knew.
    if (isEarlier) completeByPower();
    const news: [string, Draft][] = [];
    const byId = isEarlier ? draftsById(done.drafts) : null;
    for (const draft of drafts) {
      if (powerColumn(draft.row.result_unit_raw) !== null) {
        power.push(draft);
        continue;
      }
      const key = keyOf(draft.row);
      const leader =
        byKey.get(key) ??
        (isRawLog(draft) ? byFolder.get(folderOf(draft.row)) : undefined) ??
        byId?.get(draft.row.id ?? "");
      if (leader === undefined) {
        news.push([key, draft]);
        continue;
      }
      if (isRawLog(draft)) leader.row.log_agrees ??= agrees(leader.row, draft.row);
      const filled = complete(leader.row, draft.row, isEarlier);
      if (isEarlier) done.renewed += 1;
      else {
        done.merged += 1;
        done.filled += filled.length;
        completed(leader, draft, filled);
      }
      if (leader.system === null && draft.system !== null) {
        leader.system = draft.system;
        if (!isEarlier) completed(leader, draft, ["system"]);
      }
    }
    if (isEarlier) done.kept.push(...news.map(([, { row }]) => row.id ?? ""));
    for (const [key, draft] of news) {
      byKey.set(key, draft);
      if (!byFolder.has(folderOf(draft.row))) byFolder.set(folderOf(draft.row), draft);
      done.drafts.push(draft);
    }
  }
  completeByPower();
  done.drafts.push(...power);
  for (const [leader, tables] of completedBy) leader.row.completed_by = JSON.stringify(tables);
  return done;
}

function inTurn(tables: readonly (readonly Draft[])[], earlier: readonly Draft[]): Table[] {
  const isOfLogs = (drafts: readonly Draft[]) => drafts[0] !== undefined && isRawLog(drafts[0]);
  const ofSources = tables.map((drafts) => ({ drafts, isEarlier: false }));
  const ofEarlier = (fromLogs: boolean): Table => ({
    drafts: earlier.filter((draft) => isRawLog(draft) === fromLogs),
    isEarlier: true,
  });
  return earlier.length === 0
    ? ofSources
    : [
        ...ofSources.filter(({ drafts }) => !isOfLogs(drafts)),
        ofEarlier(false),
        ...ofSources.filter(({ drafts }) => isOfLogs(drafts)),
        ofEarlier(true),
      ];
}

/** Rules may have changed what an earlier row is known by, such as its scenario; its name is that of what was published. */
function draftsById(drafts: readonly Draft[]): ReadonlyMap<string, Draft> {
  const ids = idsOf(drafts.map(({ row }) => row));
  return new Map(drafts.map((draft, index) => [draft.row.id ?? ids[index] ?? "", draft]));
}

function keyOf(row: PartialRow): string {
  const { round, submitter_raw, division, suite, platform, benchmark_raw, scenario, result_value } = row;
  const words = [round, submitter_raw, division, suite, platform, benchmark_raw, scenario];
  return [...words.map((word) => word?.toLowerCase() ?? ""), result_value?.toPrecision(6)].join("|");
}

function tableOf({ source, source_kind, source_file }: PartialRow): string {
  return source_kind === "results-checkout" ? `${source}` : `${source}: ${source_file}`;
}

function isRawLog({ row }: Draft): boolean {
  return row.source_kind === "results-checkout";
}

function folderOf({ round, result_path }: PartialRow): string {
  return `${round}|${result_path?.toLowerCase()}`;
}

function agrees(published: PartialRow, log: PartialRow): boolean {
  const isLatency = log.scenario?.toLowerCase() === "singlestream";
  const rates = [log.log_tokens_per_second ?? null, log.samples_per_second ?? null];
  return figureAgrees(published.result_value ?? 0, isLatency ? [] : rates, log.latency_p90_ns ?? null);
}

function complete(row: PartialRow, other: PartialRow, isEarlier: boolean): ColumnName[] {
  const open = columnNames.filter(
    (name) =>
      !ofTheLeader.has(name) &&
      !(isEarlier && isRecomputed(name)) &&
      (row[name] ?? null) === null &&
      (other[name] ?? null) !== null,
  );
  Object.assign(row, Object.fromEntries(open.map((name) => [name, other[name]])));
  return open;
}
