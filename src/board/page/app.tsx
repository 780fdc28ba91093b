import { useCallback, useEffect, useState } from "preact/hooks";
import { ErrorBoundary } from "./board-error.tsx";
import type { Table } from "./data/table.ts";
import { ResultDetails } from "./details/result-details.tsx";
import { FileChooser } from "./file-chooser.tsx";
import { filterParameters } from "./filters/filter.ts";
import { costParameters } from "./prices/price-state.ts";
import { ThemeContext, useThemeChoice } from "./theme.tsx";
import { formatHash, useUrlState } from "./url-state.ts";
import { useBoardData } from "./use-board-data.ts";
import { views } from "./views.ts";
import { numberText } from "./wording.ts";

/** The frame of the board: navigation, the view that the address names, details of results. */
export function App() {
  const data = useBoardData();
  const { theme, toggle } = useThemeChoice();
  const state = useUrlState(views[0].id);
  const view = views.find(({ id }) => id === state.view) ?? views[0];
  const [opened, setOpened] = useState<{ rows: readonly number[]; title: string } | null>(null);
  const openRows = useCallback((rows: readonly number[], title: string) => setOpened({ rows, title }), []);
  useLinkedResult(data.table, state.get("result", ""), openRows);
  useEffect(() => {
    document.title = `${view.title} · FlexBoard`;
  }, [view]);
  const { table, settings } = data;
  const kept = new URLSearchParams([
    ...filterParameters(state.parameters),
    ...costParameters(state.parameters),
  ]);
  return (
    <ThemeContext.Provider value={theme}>
      <button type="button" class="skip" onClick={() => document.getElementById("main")?.focus()}>
        Skip to the view
      </button>
      <header>
        <p class="brand">FlexBoard</p>
        <nav aria-label="Views">
          {views.map(({ id, title }) => (
            <a key={id} href={formatHash(id, kept)} aria-current={id === view.id ? "page" : undefined}>
              {title}
            </a>
          ))}
        </nav>
        <div class="tools">
          <FileChooser open={data.open} />
          <button type="button" onClick={toggle}>
            {theme.name === "dark" ? "Light theme" : "Dark theme"}
          </button>
        </div>
      </header>
      <main id="main" tabIndex={-1}>
        <h1>{view.title}</h1>
        {data.failure !== null && (
          <p role="alert" class="alarm">
            {data.failure}
          </p>
        )}
        {table === null && data.failure === null && <p role="status">Reading the dataset …</p>}
        {table !== null && settings !== null && (
          <ErrorBoundary attempt={`${location.hash}${data.name}`}>
            <view.render table={table} settings={settings} state={state} openRows={openRows} />
          </ErrorBoundary>
        )}
      </main>
      <footer>
        {table !== null && (
          <p>
            {data.name}: {numberText(table.rowCount)} results. Official results were published by MLCommons;
            rows of origin “flexbench” are runs of one's own and are{" "}
            <strong>not verified by MLCommons</strong>.
          </p>
        )}
      </footer>
      {table !== null && opened !== null && (
        <ResultDetails
          table={table}
          rows={opened.rows}
          title={opened.title}
          link={(id) => state.set({ result: id })}
          close={() => {
            setOpened(null);
            state.set({ result: null });
          }}
        />
      )}
    </ThemeContext.Provider>
  );
}

/** Opens the result that an address names when the page starts with it. */
function useLinkedResult(
  table: Table | null,
  id: string,
  openRows: (rows: readonly number[], title: string) => void,
): void {
  const [first] = useState(id);
  useEffect(() => {
    if (table === null || first === "") return;
    table.load(["id"]).then(
      () => {
        const row = table.column("id").values.indexOf(first);
        if (row >= 0) openRows([row], "Result");
      },
      () => {
        // The view itself says that the data cannot be read.
      },
    );
  }, [table, first, openRows]);
}
