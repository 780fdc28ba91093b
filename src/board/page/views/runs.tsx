import { OwnDistributions } from "../runs/own-distributions.tsx";
import { type OwnRun, readOwnRun } from "../runs/own-run.ts";
import { OwnSweeps } from "../runs/own-sweeps.tsx";
import { PublishedBeside } from "../runs/published-beside.tsx";
import { RunFigures } from "../runs/run-figures.tsx";
import { RunList } from "../runs/run-list.tsx";
import { useAnswer } from "../use-answer.ts";
import type { View, ViewProps } from "../view.ts";

function Runs(props: ViewProps) {
  const { settings } = props;
  const { content } = useAnswer(settings.runs.map(({ record }) => record).join("\n"), () =>
    Promise.all(settings.runs.map(readOwnRun)),
  );
  if (settings.runs.length === 0 && settings.sweeps.length === 0)
    return (
      <p role="alert" class="empty">
        There are no runs of your own here. <code>flexbench board --runs FOLDER</code> shows those below a
        folder.
      </p>
    );
  if (content === null) return <p role="status">Reading the records …</p>;
  return <KnownRuns {...props} runs={content} />;
}

function KnownRuns({ table, settings, state, openRows, runs }: ViewProps & { runs: readonly OwnRun[] }) {
  const wanted = state.getAll("run");
  const readable = runs.filter(({ record }) => record !== null);
  const found = readable.filter(({ address }) => wanted.includes(address.id));
  const picked = found.length > 0 ? found : readable.slice(0, 1);
  const records = picked.flatMap(({ record }) => record ?? []);
  return (
    <>
      <p class="mixed">
        Runs of your own: <strong>not verified by MLCommons</strong>.
        {records.some(({ simulated }) => simulated) &&
          " A simulated server answered some of them: their figures say nothing of any hardware."}
      </p>
      <RunList
        runs={runs}
        picked={picked.map(({ address }) => address.id)}
        pick={(ids) => state.set({ run: ids })}
      />
      {records.length > 0 && (
        <>
          <RunFigures records={records} />
          <OwnDistributions runs={picked} state={state} />
          <PublishedBeside table={table} state={state} openRows={openRows} records={records} />
        </>
      )}
      <OwnSweeps settings={settings} state={state} />
    </>
  );
}

/** The user's runs and sweeps, beside published results of like systems. */
export const runs: View = { id: "runs", title: "Runs", render: Runs };
