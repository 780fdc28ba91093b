import type { ComponentChildren } from "preact";
import type { BoardSettings } from "../board-settings.ts";
import { useAnswer } from "../use-answer.ts";
import { openPredictorAt, type PredictorClient } from "./predictor-client.ts";

/** Shows its content once the predictor is there, else why it is not. */
export function WithPredictor(props: {
  settings: BoardSettings;
  children: (predictor: PredictorClient) => ComponentChildren;
}) {
  const { settings, children } = props;
  const { predictor: url } = settings;
  const { content, failure } = useAnswer(url, () => openPredictorAt(url ?? ""));
  if (url === null || failure !== null)
    return (
      <p role="alert" class="empty">
        {failure === null
          ? "This board has no predictor."
          : `The predictor cannot be read: ${failure.message}.`}{" "}
        <code>flexbench predict train</code> makes one from a dataset;{" "}
        <code>flexbench board --predictor FILE</code> shows it.
      </p>
    );
  if (content === null) return <p role="status">Reading the predictor …</p>;
  return <>{children(content)}</>;
}
