import { useMemo } from "preact/hooks";
import type { PriceTable } from "../../../cost/price-table.ts";
import { UsageError } from "../../../errors.ts";
import type { Need } from "../../../predict/choose.ts";
import type { CostAssumptions } from "../../../predict/configuration-cost.ts";
import { ChartFigure } from "../charts/chart-figure.tsx";
import { choiceChart } from "../choose/choice-chart.ts";
import { ChoiceTable } from "../choose/choice-table.tsx";
import { decisionSentences } from "../choose/decision.ts";
import { AvailableFields, NeedFields } from "../choose/need-fields.tsx";
import { needOfState } from "../choose/need-of-state.ts";
import { saveChoice } from "../choose/save-choice.ts";
import type { PredictorClient } from "../predictor/predictor-client.ts";
import { needWords, ProblemList } from "../predictor/problem-list.tsx";
import { useRowOfResult } from "../predictor/use-row-of-result.ts";
import { WithPredictor } from "../predictor/with-predictor.tsx";
import { WorkFields } from "../predictor/work-fields.tsx";
import { AssumptionFields, assumptionsOfState } from "../prices/assumptions.tsx";
import { PriceEditor } from "../prices/price-editor.tsx";
import { pricesOfState } from "../prices/price-state.ts";
import { usePriceTable } from "../prices/use-price-table.ts";
import { useAnswer } from "../use-answer.ts";
import type { View, ViewProps } from "../view.ts";

function Choose(props: ViewProps) {
  const { settings } = props;
  const { table: prices, failure } = usePriceTable(settings);
  return (
    <WithPredictor settings={settings}>
      {(predictor) => (
        <>
          {failure !== null && (
            <p role="alert" class="alarm">
              Prices: {failure}
            </p>
          )}
          {prices !== null && <Needed {...props} predictor={predictor} prices={prices} />}
        </>
      )}
    </WithPredictor>
  );
}

function Needed(props: ViewProps & { predictor: PredictorClient; prices: PriceTable }) {
  const { state, predictor, prices } = props;
  const { catalog } = predictor;
  const need = needOfState(state, catalog);
  const assumptions = assumptionsOfState(state);
  return (
    <>
      <fieldset class="controls form">
        <legend>What is served</legend>
        <WorkFields state={state} catalog={catalog} work={need} />
      </fieldset>
      <fieldset class="controls form">
        <legend>What is needed</legend>
        <NeedFields state={state} need={need} />
        <AssumptionFields state={state} />
      </fieldset>
      <AvailableFields state={state} catalog={catalog} need={need} />
      <PriceEditor
        table={prices}
        state={state}
        accelerators={need.accelerators ?? catalog.chips.map(({ name }) => name)}
      />
      <Chosen {...props} need={need} assumptions={assumptions} />
    </>
  );
}

function Chosen(
  props: ViewProps & {
    predictor: PredictorClient;
    prices: PriceTable;
    need: Need;
    assumptions: CostAssumptions;
  },
) {
  const { table, state, openRows, predictor, need, assumptions } = props;
  const rowOfResult = useRowOfResult(table);
  const prices = pricesOfState(state, props.prices);
  const question = { need, prices, assumptions };
  const { content, failure, isUnderWay } = useAnswer(JSON.stringify(question), async () => ({
    ...question,
    choice: await predictor.ask("choose", question),
  }));
  const chart = useMemo(
    () =>
      content === null ? null : choiceChart(content.choice.configurations, content.need.tokensPerSecond),
    [content],
  );
  if (failure instanceof UsageError)
    return <ProblemList title="This cannot be:" problems={failure.problems} words={needWords} />;
  if (failure !== null)
    return (
      <p role="alert" class="alarm">
        {failure.message}
      </p>
    );
  if (content === null || chart === null) return <p role="status">Comparing all accelerators …</p>;
  const { choice } = content;
  const sentences = decisionSentences(content.need, choice, content.assumptions);
  const left = Object.entries(choice.leftOut);
  return (
    <section aria-label="Answer" aria-busy={isUnderWay}>
      <div class="decision" role="status">
        {sentences.map((sentence) => (
          <p key={sentence}>{sentence}</p>
        ))}
      </div>
      {choice.configurations.length > 0 && (
        <>
          <ChoiceTable configurations={choice.configurations} rowOfResult={rowOfResult} openRows={openRows} />
          <p class="actions after">
            <button type="button" onClick={() => saveChoice(choice)}>
              Download CSV
            </button>
          </p>
          <ChartFigure chart={chart} selection={sentences.join(" ")} openRows={openRows} />
        </>
      )}
      {left.length > 0 && (
        <>
          <h2>What was left out</h2>
          <ul>
            {left.map(([why, count]) => (
              <li key={why}>
                {count}: {why}
              </li>
            ))}
          </ul>
        </>
      )}
      <p class="note">
        A node serves the model on its own, and nodes are added until the need is met. Cost counts the tokens
        that are needed, not those that could be given. Predictions are not verified by MLCommons.
      </p>
    </section>
  );
}

/** Hardware for a need, the cheapest first. */
export const choose: View = { id: "choose", title: "Choose", needsData: false, render: Choose };
