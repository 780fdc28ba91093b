import { formatTime, notMeasured } from "../../../results/quantities.ts";
import { numberText } from "../wording.ts";
import { type OwnRun, scenarioOfRun } from "./own-run.ts";

/** Verdict of a run in words that do not rest on colour. */
export function VerdictTag({ state, simulated }: { state: string; simulated: boolean }) {
  return (
    <>
      <strong class={`verdict ${state}`}>{state.toUpperCase()}</strong>
      {simulated && <span class="tag">simulated</span>}
    </>
  );
}

/** All runs of one's own with their figures; those that are ticked are shown. */
export function RunList(props: {
  runs: readonly OwnRun[];
  picked: readonly string[];
  pick: (ids: readonly string[]) => void;
}) {
  const { runs, picked, pick } = props;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard.
    <section class="scroll tall" tabIndex={0} aria-label="Own runs">
      <table class="own-runs">
        <thead>
          <tr>
            {["run", "verdict", "model", "scenario", "tokens/s", "TTFT p99", "TPOT p99", "started"].map(
              (name) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ),
            )}
          </tr>
        </thead>
        <tbody>
          {runs.map(({ address: { id }, record, failure }) => (
            <tr key={id}>
              <th scope="row">
                <label>
                  <input
                    type="checkbox"
                    checked={picked.includes(id)}
                    disabled={record === null}
                    onChange={({ currentTarget }) =>
                      pick(currentTarget.checked ? [...picked, id] : picked.filter((each) => each !== id))
                    }
                  />{" "}
                  {id}
                </label>
              </th>
              {record === null ? (
                <td colSpan={7} class="alarm">
                  {failure}
                </td>
              ) : (
                <>
                  <td>
                    <VerdictTag state={record.state} simulated={record.simulated} />
                  </td>
                  <td>{record.model.name}</td>
                  <td>{scenarioOfRun(record)}</td>
                  <td>{figureText(record.metrics.tokensPerSecond)}</td>
                  <td>{timeText(record.metrics.ttftNs?.p99)}</td>
                  <td>{timeText(record.metrics.tpotNs?.p99)}</td>
                  <td>{record.startedAt.slice(0, 16).replace("T", " ")}</td>
                </>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** A figure, or the sign for what was not measured. */
export function figureText(value: number | null | undefined): string {
  return value === null || value === undefined ? notMeasured : numberText(value);
}

/** A time with its unit, or the sign for what was not measured. */
export function timeText(ns: number | null | undefined): string {
  return ns === null || ns === undefined ? notMeasured : formatTime(ns);
}
