import { type ColumnName, columns } from "../columns.ts";
import { textFieldsOfSystem, wholeFieldsOfSystem } from "../system-fields.ts";
import type { RowInHand, Rule } from "./rule.ts";

function fillTexts(hand: RowInHand): void {
  for (const [column, field] of Object.entries(textFieldsOfSystem) as [
    keyof typeof textFieldsOfSystem,
    string,
  ][])
    if (hand.published(column) === null) {
      const text = hand.published(column, field);
      if (text !== null) hand.set(column, text);
    }
  const notes = ["hw_notes", "sw_notes"]
    .map((field) => hand.system[field]?.trim() ?? "")
    .filter((note) => !hand.isMissing(note));
  if (notes.length > 0) hand.fill("system_notes", notes.join(" "));
}

function fillNumbers(hand: RowInHand): void {
  for (const [column, field] of Object.entries(wholeFieldsOfSystem) as [
    keyof typeof wholeFieldsOfSystem,
    string,
  ][]) {
    const text = hand.system[field]?.trim() ?? "";
    if (/^\d+(?:\.0)?$/u.test(text)) hand.fill(column, Number(text));
  }
}

/** Takes from the system description what the table of results leaves out. */
export const publishedFields: Rule = {
  id: "published-fields",
  meaning: "Columns that the table of results leaves empty are taken from the system description.",
  apply(hand) {
    fillTexts(hand);
    fillNumbers(hand);
  },
};

/** Place-holders are no values; the raw columns keep them. */
export const missingValues: Rule = {
  id: "missing-values",
  meaning: "N/A, UNSET, undefined, - and other place-holders are null; the raw columns keep them.",
  apply(hand) {
    for (const column of Object.keys(hand.row) as ColumnName[]) {
      const value = hand.row[column];
      if (columns[column].type === "text" && !column.endsWith("_raw") && typeof value === "string")
        if (hand.isMissing(value)) hand.set(column, null);
    }
  },
};
