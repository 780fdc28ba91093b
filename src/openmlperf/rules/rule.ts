import type { ColumnName } from "../columns.ts";
import type { Draft, PartialRow } from "../row.ts";
import type { CleaningRules } from "./cleaning-rules.ts";

/** One value that a rule filled in or changed. */
export interface Change {
  rule: string;
  /** id of the row. */
  id: string;
  column: ColumnName;
  from: unknown;
  to: unknown;
}

/** A spelling that no alias table knows; the row keeps it. */
export interface UnknownSpelling {
  /** What it is a name of, such as accelerator. */
  kind: string;
  spelling: string;
  /** Rows that have it. */
  ids: string[];
}

/** One step of cleaning: reads a row, changes it, and leaves what it cannot tell. */
export interface Rule {
  id: string;
  /** One sentence. */
  meaning: string;
  apply(hand: RowInHand, rules: CleaningRules): void;
}

/** One step that looks at all rows together. */
export interface RuleForAll {
  id: string;
  meaning: string;
  apply(hands: readonly RowInHand[], rules: CleaningRules): void;
}

/** Where changes are written down. */
export interface Journal {
  changes: Change[];
  unknown: Map<string, UnknownSpelling>;
  missing: ReadonlySet<string>;
}

/** A row while rules work on it; every change is written down. */
export class RowInHand {
  readonly row: PartialRow;
  readonly system: Readonly<Record<string, string>>;
  readonly #journal: Journal;
  /** The rule at work. */
  rule = "";

  constructor(draft: Draft, journal: Journal) {
    this.row = { ...draft.row };
    this.system = draft.system ?? {};
    this.#journal = journal;
  }

  /** Sets a column; the same value again is no change. */
  set<Name extends ColumnName>(column: Name, value: PartialRow[Name]): void {
    const from = this.row[column] ?? null;
    const to = value ?? null;
    if (from === to) return;
    this.row[column] = value;
    this.#journal.changes.push({ rule: this.rule, id: this.id, column, from, to });
  }

  /** Sets a column that has no value yet. */
  fill<Name extends ColumnName>(column: Name, value: PartialRow[Name]): void {
    if ((this.row[column] ?? null) === null) this.set(column, value);
  }

  /** Adds a code to the flags, once. */
  flag(code: string): void {
    const flags = this.row.flags?.split(" ") ?? [];
    if (!flags.includes(code)) this.set("flags", [...flags, code].sort().join(" "));
  }

  /** Takes a code from the flags. */
  unflag(code: string): void {
    const flags = this.row.flags?.split(" ").filter((flag) => flag !== code) ?? [];
    this.set("flags", flags.length === 0 ? null : flags.join(" "));
  }

  /** Whether a text stands for nothing, such as N/A or UNSET. */
  isMissing(text: string): boolean {
    return this.#journal.missing.has(text.trim().toLowerCase());
  }

  /** What is published of something: the column, else the field of the system description; null where it says nothing. */
  published(column: ColumnName, field?: string): string | null {
    for (const value of [this.row[column], field === undefined ? null : this.system[field]]) {
      const text = value === null || value === undefined ? "" : String(value).trim();
      if (!this.isMissing(text)) return text;
    }
    return null;
  }

  /** Writes down that no table knows a spelling. */
  unknownSpelling(kind: string, spelling: string): void {
    this.flag("no-alias");
    const key = `${kind}\n${spelling}`;
    const known = this.#journal.unknown.get(key);
    if (known === undefined) this.#journal.unknown.set(key, { kind, spelling, ids: [this.id] });
    else known.ids.push(this.id);
  }

  get id(): string {
    return this.row.id ?? "";
  }
}
