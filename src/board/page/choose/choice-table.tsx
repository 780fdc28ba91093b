import { useState } from "preact/hooks";
import type { Configuration } from "../../../predict/choose.ts";
import { MeasuredLink } from "../predictor/measured-results.tsx";
import { dollars } from "../prices/dollars.ts";
import { numberText } from "../wording.ts";

/** So many are read; the rest is for those who look for one. */
const firstShown = 12;

const whole = (value: number) => numberText(Math.round(value));

/** Configurations in the order of their cost, each with the measured results that support it. */
export function ChoiceTable(props: {
  configurations: readonly Configuration[];
  rowOfResult: (id: string) => number | null;
  openRows: (rows: readonly number[], title: string) => void;
}) {
  const { configurations, rowOfResult, openRows } = props;
  const [isWhole, setWhole] = useState(false);
  const shown = isWhole ? configurations : configurations.slice(0, firstShown);
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard. */}
      <section class="scroll" tabIndex={0} aria-label="Ranking">
        <table class="stacked ranking">
          <caption>What meets the need, the cheapest first</caption>
          <thead>
            <tr>
              {[
                "",
                "system",
                "nodes",
                "tokens/s, 80 % interval",
                "$ per million tokens",
                "$ a year",
                "kW",
                "measured, nearest first",
              ].map((name) => (
                <th key={name} scope="col">
                  {name === "" ? <span class="hidden">rank</span> : name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((one, place) => (
              <tr key={`${one.accelerator} ${one.acceleratorsPerNode} ${one.dataType}`}>
                <td>{place + 1}</td>
                <th scope="row">
                  {one.acceleratorsPerNode} × {one.accelerator}
                  <small>
                    {one.dataType}, {one.framework ?? "engine unknown"}
                  </small>
                </th>
                <td class="number" data-name="nodes">
                  {numberText(one.nodes)}
                </td>
                <td class="number" data-name="tokens/s">
                  {whole(one.tokensPerSecond)}
                  <small>
                    {whole(one.low)} to {whole(one.high)}
                  </small>
                </td>
                {one.cost.state === "priced" ? (
                  <>
                    <td class="number" data-name="$ per million tokens">
                      {dollars(one.cost.perMillionTokens)}
                    </td>
                    <td class="number" data-name="$ a year">
                      {dollars(one.cost.perYear)}
                      {one.cost.purchase > 0 && (
                        <small>
                          {dollars(one.cost.purchase)} to buy, {dollars(one.cost.energyPerYear)} a year of
                          power
                        </small>
                      )}
                    </td>
                  </>
                ) : (
                  <td colSpan={2} class="soft" data-name="cost">
                    no price
                  </td>
                )}
                <td class="number" data-name="kW">
                  {one.cost.kilowatts === null ? "–" : numberText(one.cost.kilowatts)}
                </td>
                <td data-name="measured">
                  <details class="support">
                    <summary>
                      {one.support.length === 0
                        ? "nothing"
                        : `${one.support.length} results${one.perNode.warnings.length > 0 ? ", with warnings" : ""}`}
                      <span class="hidden">
                        {" "}
                        of {one.accelerator} {one.dataType}
                      </span>
                    </summary>
                    <ul class="results">
                      {one.support.map((result) => (
                        <li key={result.id}>
                          <MeasuredLink result={result} rowOfResult={rowOfResult} openRows={openRows} />
                        </li>
                      ))}
                      {one.perNode.warnings.map((warning) => (
                        <li key={warning}>{warning}</li>
                      ))}
                    </ul>
                  </details>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {configurations.length > firstShown && (
        <button type="button" class="quiet" aria-expanded={isWhole} onClick={() => setWhole(!isWhole)}>
          {isWhole ? `Show the first ${firstShown}` : `Show all ${configurations.length}`}
        </button>
      )}
    </>
  );
}
