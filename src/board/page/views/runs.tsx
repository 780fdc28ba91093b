import { OwnDistributions } from "../runs/own-distributions.tsx";
import type { OwnRun } from "../runs/own-run.ts";
import { OwnSweeps } from "../runs/own-sweeps.tsx";
import { PublishedBeside } from "../runs/published-beside.tsx";
import { RunFigures } from "../runs/run-figures.tsx";
import { RunList } from "../runs/run-list.tsx";
import { formatHash } from "../url-state.ts";
import type { View, ViewProps } from "../view.ts";

function Runs(props: ViewProps) {
  const { settings, ownRuns } = props;
  if (settings.runs.length === 0 && settings.sweeps.length === 0)
    return (
      <p role="alert" class="empty">
        There are no runs of your own here. <code>flexbench board --runs FOLDER</code> shows those below a
        folder.
      </p>
    );
  if (ownRuns === null) return <p role="status">Reading the records …</p>;
  return <KnownRuns {...props} runs={ownRuns} />;
}

function KnownRuns({ table, settings, state, openRows, runs }: ViewProps & { runs: readonly OwnRun[] }) {
  const wanted = state.getAll("run");
  const readable = runs.filter(({ record }) => record !== null);
  const found = readable.filter(({ address }) => wanted.includes(address.id));
  const missing = wanted.filter((id) => !readable.some(({ address }) => address.id === id));
  const picked = found.length > 0 ? found : readable.slice(0, 1);
  const records = picked.flatMap(({ record }) => record ?? []);
  const [first, ...others] = records;
  const side = new URLSearchParams(records.map(({ id }) => ["system", id]));
  return (
    <>
      <p class="mixed">
        Runs of your own: <strong>not verified by MLCommons</strong>.
        {records.some(({ simulated }) => simulated) &&
          " A simulated server answered some of them: their figures say nothing of any hardware."}
      </p>
      {missing.length > 0 && (
        <p role="alert" class="empty">
          {missing.length === 1
            ? `The run ${missing[0]} of the address is not here or cannot be read`
            : `The runs ${missing.join(", ")} of the address are not here or cannot be read`}
          {found.length === 0 && picked.length > 0 ? "; the newest is shown in place of it" : ""}.
        </p>
      )}
      <RunList
        runs={runs}
        picked={picked.map(({ address }) => address.id)}
        pick={(ids) => state.set({ run: ids })}
      />
      {first !== undefined && (
        <>
          <RunFigures records={records} />
          <p class="after">
            <a href={formatHash("compare", side)}>
              {others.length === 0 ? "Compare this run with others" : "Compare these runs side by side"}
            </a>
            <span class="soft"> or with published systems, with what differs marked.</span>
          </p>
          <OwnDistributions runs={picked} state={state} />
          <PublishedBeside table={table} state={state} openRows={openRows} records={[first, ...others]} />
        </>
      )}
      <OwnSweeps settings={settings} state={state} />
    </>
  );
}

/** The user's runs and sweeps, beside published results of like systems. */
export const runs: View = { id: "runs", title: "Runs", needsData: false, render: Runs };
