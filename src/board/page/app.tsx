import { useCallback, useEffect, useState } from "preact/hooks";
import { AskForData } from "./ask-for-data.tsx";
import { ErrorBoundary } from "./board-error.tsx";
import { ResultDetails } from "./details/result-details.tsx";
import { FileChooser, useDroppedFile } from "./file-chooser.tsx";
import { filterParameters } from "./filters/filter.ts";
import { costParameters } from "./prices/price-state.ts";
import { ThemeContext, useThemeChoice } from "./theme.tsx";
import { formatHash, useUrlState } from "./url-state.ts";
import { type BoardData, useBoardData } from "./use-board-data.ts";
import { views } from "./views.ts";
import { numberText } from "./wording.ts";

/** The frame of the board: navigation, the view that the address names, details of results. */
export function App() {
  const data = useBoardData();
  useDroppedFile(data.open);
  const { theme, toggle } = useThemeChoice();
  const state = useUrlState(views[0].id);
  const view = views.find(({ id }) => id === state.view) ?? views[0];
  const [opened, setOpened] = useState<{ rows: readonly number[]; title: string } | null>(null);
  const openRows = useCallback((rows: readonly number[], title: string) => setOpened({ rows, title }), []);
  const missing = useLinkedResult(data, state.get("result", ""), openRows);
  useEffect(() => {
    document.title = `${view.title} · FlexBoard`;
  }, [view]);
  const { table, settings, ownRuns } = data;
  const hasData = data.name !== "" || (ownRuns?.length ?? 0) > 0;
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
          <FileChooser open={data.open} label="Open file" />
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
        {view.id !== state.view && (
          <p role="alert" class="empty">
            There is no view “{state.view}”: this is the {view.title.toLowerCase()}.
          </p>
        )}
        {missing !== null && (
          <p role="alert" class="empty">
            The address names the result “{missing}”, which is not in these data.
          </p>
        )}
        {table === null && data.failure === null && <p role="status">Reading the dataset …</p>}
        {table !== null && data.name === "" && view.needsData && <AskForData open={data.open} />}
        {table !== null && settings !== null && (hasData || !view.needsData) && (
          <ErrorBoundary attempt={`${location.hash}${data.name}`}>
            <view.render
              table={table}
              settings={settings}
              ownRuns={ownRuns}
              state={state}
              openRows={openRows}
            />
          </ErrorBoundary>
        )}
      </main>
      <footer>
        {table !== null && hasData && (
          <p>
            {[data.name, `${numberText(table.rowCount)} results`].filter((word) => word !== "").join(": ")}.
            Official results were published by MLCommons; rows of origin “flexbench” are runs of one's own and
            are <strong>not verified by MLCommons</strong>.
          </p>
        )}
        {settings !== null && settings.api !== null && (
          <p>
            Query, prediction and choice for programs:{" "}
            <a href={settings.api.replace(/\/$/, "")}>HTTP interface</a>
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

/** Opens the result that an address names when the page starts with it; gives its name where the data do not have it. */
function useLinkedResult(
  { table, isWhole }: BoardData,
  id: string,
  openRows: (rows: readonly number[], title: string) => void,
): string | null {
  const [wanted, setWanted] = useState(id);
  const [isMissing, setMissing] = useState(false);
  useEffect(() => {
    if (table === null || wanted === "") return;
    table.load(["id"]).then(
      () => {
        const row = table.column("id").values.indexOf(wanted);
        setMissing(row < 0 && isWhole);
        if (row < 0) return;
        setWanted("");
        openRows([row], "Result");
      },
      () => {
        // The view itself says that the data cannot be read.
      },
    );
  }, [table, isWhole, wanted, openRows]);
  return isMissing ? wanted : null;
}
