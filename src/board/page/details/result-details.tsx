import { useEffect, useRef, useState } from "preact/hooks";
import type { Table, Value } from "../data/table.ts";
import { useColumns } from "../data/use-columns.ts";
import { resultCount, valueText } from "../wording.ts";
import { ResultFacts } from "./result-facts.tsx";

const mostListed = 100;
const listed = [
  "origin",
  "round",
  "submitter",
  "system_name",
  "accelerator",
  "accelerators_total",
  "benchmark",
  "scenario",
  "division",
  "tokens_per_second",
];

/** A dialog with everything known of a result; of several results first a list to choose from. */
export function ResultDetails(props: {
  table: Table;
  rows: readonly number[];
  title: string;
  /** Says which single result is open, for the address; null: none. */
  link: (id: string | null) => void;
  close: () => void;
}) {
  const { table, rows, title, link, close } = props;
  const dialog = useRef<HTMLDialogElement>(null);
  const [chosen, setChosen] = useState<number | null>(null);
  useEffect(() => {
    setChosen(null);
    if (dialog.current?.open === false) dialog.current.showModal();
    dialog.current?.scrollTo(0, 0);
  }, [rows]);
  const row = chosen ?? (rows.length === 1 ? (rows[0] ?? null) : null);
  useEffect(() => {
    if (row === null) return link(null);
    void table.load(["id"]).then(() => link(String(table.column("id").values[row])));
    // A new function at each render is the same deed.
  }, [table, row]);
  return (
    <dialog ref={dialog} onClose={close} aria-labelledby="details-title">
      <div class="dialog-head">
        <h2 id="details-title">{row === null ? title : "Result"}</h2>
        {chosen !== null && (
          <button type="button" onClick={() => setChosen(null)}>
            Back to the list
          </button>
        )}
        <button type="button" onClick={() => dialog.current?.close()}>
          Close
        </button>
      </div>
      {row === null ? (
        <ResultList table={table} rows={rows} choose={setChosen} />
      ) : (
        <ResultFacts table={table} row={row} />
      )}
    </dialog>
  );
}

function ResultList(props: { table: Table; rows: readonly number[]; choose: (row: number) => void }) {
  const { table, rows, choose } = props;
  if (!useColumns(table, listed)) return <p role="status">Reading …</p>;
  const at = (name: string, row: number): Value => table.column(name).values[row] ?? null;
  return (
    <>
      <p class="note">
        {resultCount(rows.length)}
        {rows.length > mostListed ? `; the first ${mostListed} are listed` : ""}.
      </p>
      <ul class="results">
        {rows.slice(0, mostListed).map((row) => (
          <li key={row}>
            <button type="button" class="link" onClick={() => choose(row)}>
              {valueText(at("system_name", row), "system_name")}
            </button>{" "}
            <span class="soft">
              {[
                at("submitter", row),
                at("round", row),
                at("benchmark", row),
                at("scenario", row),
                at("division", row),
                at("origin", row) === "official" ? null : "not verified by MLCommons",
              ]
                .filter((word) => word !== null)
                .join(" · ")}
            </span>{" "}
            <strong>{valueText(at("tokens_per_second", row), "tokens_per_second")} tokens/s</strong>
          </li>
        ))}
      </ul>
    </>
  );
}
