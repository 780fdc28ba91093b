import { useMemo } from "preact/hooks";
import { supportOf } from "../../../predict/choose.ts";
import type { PredictionCase } from "../../../predict/prediction-case.ts";
import { type Question, tryQuestion } from "../../../predict/question.ts";
import { ChartFigure } from "../charts/chart-figure.tsx";
import { MeasuredLink } from "../predictor/measured-results.tsx";
import { countChart, estimateChart, stepChart } from "../predictor/prediction-charts.ts";
import { withoutNonsense } from "../predictor/prediction-sense.ts";
import { PredictionWords } from "../predictor/prediction-words.tsx";
import type { PredictorClient } from "../predictor/predictor-client.ts";
import { ProblemList, questionWords } from "../predictor/problem-list.tsx";
import { questionOfState } from "../predictor/question-of-state.ts";
import { SystemFields } from "../predictor/system-fields.tsx";
import { useRowOfResult } from "../predictor/use-row-of-result.ts";
import { WithPredictor } from "../predictor/with-predictor.tsx";
import { WorkFields } from "../predictor/work-fields.tsx";
import { useAnswer } from "../use-answer.ts";
import type { View, ViewProps } from "../view.ts";

/** Sizes that the chart over the number of accelerators shows. */
const counts = [1, 2, 4, 8, 16, 32, 64];

function Predict(props: ViewProps) {
  return (
    <WithPredictor settings={props.settings}>
      {(predictor) => <Asked {...props} predictor={predictor} />}
    </WithPredictor>
  );
}

function Asked({ state, table, openRows, predictor }: ViewProps & { predictor: PredictorClient }) {
  const { catalog, latest } = predictor;
  const question = questionOfState(state, catalog);
  const one = tryQuestion(question, catalog, latest);
  return (
    <>
      <p class="soft">
        Throughput of a system that nobody measured, from {predictor.rows.toLocaleString("en-US")} published
        results ({predictor.rounds.at(0)} to {predictor.rounds.at(-1)}).
      </p>
      <fieldset class="controls form">
        <legend>What is served</legend>
        <WorkFields state={state} catalog={catalog} work={question} />
      </fieldset>
      <fieldset class="controls form">
        <legend>On what</legend>
        <SystemFields state={state} catalog={catalog} question={question} />
      </fieldset>
      {Array.isArray(one) ? (
        <ProblemList title="This cannot be:" problems={one} words={questionWords} />
      ) : (
        <Answered one={one} question={question} predictor={predictor} table={table} openRows={openRows} />
      )}
    </>
  );
}

function Answered(
  props: Pick<ViewProps, "table" | "openRows"> & {
    one: PredictionCase;
    question: Question;
    predictor: PredictorClient;
  },
) {
  const { one, question, predictor, table, openRows } = props;
  const { catalog, latest } = predictor;
  const rowOfResult = useRowOfResult(table);
  const key = JSON.stringify(one);
  const { content, failure, isUnderWay } = useAnswer(key, async () => {
    const [prediction] = await predictor.ask("predict", { cases: [one] });
    return { one, prediction: prediction && withoutNonsense(prediction) };
  });
  const sizes = useAnswer(key, async () => {
    const wanted = [...new Set([...counts, one.accelerators])].sort((a, b) => a - b);
    const { nodes: _, ...withoutNodes } = question;
    const cases = wanted.flatMap((accelerators) => {
      const sized = tryQuestion({ ...withoutNodes, accelerators }, catalog, latest);
      return Array.isArray(sized) ? [] : [sized];
    });
    const predictions = await predictor.ask("predict", { cases });
    return { cases, predictions: predictions.map(withoutNonsense) };
  });
  const prediction = content?.prediction;
  const support = useMemo(
    () => (content === null ? [] : supportOf(content.one, catalog)),
    [content, catalog],
  );
  const charts = useMemo(() => {
    if (content === null || prediction?.state !== "predicted") return null;
    return {
      estimate: estimateChart(content.one, prediction, support, rowOfResult),
      step: stepChart(prediction),
    };
  }, [content, prediction, support, rowOfResult]);
  const overCounts = useMemo(
    () =>
      sizes.content === null || sizes.content.predictions.every(({ state }) => state === "refused")
        ? null
        : countChart(sizes.content.cases, sizes.content.predictions),
    [sizes.content],
  );
  if (failure !== null)
    return (
      <p role="alert" class="alarm">
        {failure.message}
      </p>
    );
  if (content === null || prediction === undefined) return <p role="status">Opening the predictor …</p>;
  const words = `Predicted, not verified by MLCommons. ${predictor.rows} results of ${predictor.rounds.join(", ")}.`;
  return (
    <section aria-label="Answer" aria-busy={isUnderWay}>
      {prediction.state === "refused" && (
        <ProblemList
          title="There is no prediction:"
          problems={prediction.reasons.map((message) => ({ where: "", message }))}
          words={questionWords}
        />
      )}
      {prediction.state === "predicted" && charts !== null && (
        <>
          <PredictionWords one={content.one} prediction={prediction} />
          <ChartFigure chart={charts.estimate} selection={words} openRows={openRows} />
          {charts.step !== null && <ChartFigure chart={charts.step} selection={words} openRows={openRows} />}
        </>
      )}
      {overCounts !== null && <ChartFigure chart={overCounts} selection={words} openRows={openRows} />}
      <h2>Nearest measured results</h2>
      {support.length === 0 && <p>Neither this chip nor this model was measured.</p>}
      <ul class="results">
        {support.map((result) => (
          <li key={result.id}>
            <MeasuredLink result={result} rowOfResult={rowOfResult} openRows={openRows} />
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Throughput that nobody measured, with its interval. */
export const predict: View = { id: "predict", title: "Predict", needsData: false, render: Predict };
