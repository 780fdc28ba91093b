// A thread of its own: opening a predictor and a choice among all chips take longer than a picture may wait.
import { UsageError } from "../../../errors.ts";
import { choose } from "../../../predict/choose.ts";
import type { PredictionCase } from "../../../predict/prediction-case.ts";
import { openPredictor, type Prediction, type Predictor } from "../../../predict/predictor.ts";
import { type PredictorFile, predictorSchema } from "../../../predict/predictor-file.ts";
import { readJson } from "../read-json.ts";
import type {
  PredictorAnswers,
  PredictorDeed,
  PredictorQuestion,
  PredictorReply,
} from "./predictor-messages.ts";

let file: PredictorFile | null = null;
let whole: Predictor | null = null;
let throughputOnly: Predictor | null = null;
const known = new Map<string, Prediction>();

function openedFile(): PredictorFile {
  if (file === null) throw new Error("No predictor was opened.");
  return file;
}

/** For choices, which show no latencies and take many predictions: each is made once, whatever prices then change. */
function quickPredictor(): Predictor {
  const { trained } = openedFile();
  throughputOnly ??= openPredictor({ ...trained, latencies: {} });
  const { predict } = throughputOnly;
  return {
    predict: (one: PredictionCase) => {
      const key = JSON.stringify(one);
      const prediction = known.get(key) ?? predict(one);
      known.set(key, prediction);
      return prediction;
    },
  };
}

const deeds: {
  [Deed in PredictorDeed]: (
    question: PredictorAnswers[Deed]["question"],
  ) => PredictorAnswers[Deed]["answer"] | Promise<PredictorAnswers[Deed]["answer"]>;
} = {
  open: async ({ url }) => {
    const content = (await readJson(url)) as PredictorFile;
    if (content?.schema !== predictorSchema) throw new Error(`${url} is no ${predictorSchema}.`);
    file = content;
    const { catalog, trained, rows, rounds } = content;
    return { catalog, latest: trained.known.latest, rows, rounds };
  },
  predict: ({ cases }) => {
    whole ??= openPredictor(openedFile().trained);
    const { predict } = whole;
    return cases.map((one) => predict(one));
  },
  choose: ({ need, prices, assumptions }) => {
    const { catalog, trained } = openedFile();
    const predictor = quickPredictor();
    return choose(need, { catalog, latest: trained.known.latest, predictor }, prices, assumptions);
  },
};

function perform({ deed, question }: PredictorQuestion): unknown {
  // One entry of the table for each kind of question: the compiler cannot follow the pair through the table.
  const act = deeds[deed] as (question: PredictorQuestion["question"]) => unknown;
  return act(question);
}

async function replyTo(asked: PredictorQuestion): Promise<PredictorReply> {
  const { id } = asked;
  try {
    const answer = (await perform(asked)) as PredictorAnswers[PredictorDeed]["answer"];
    return { id, state: "answered", answer };
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    return { id, state: "failed", message, problems: cause instanceof UsageError ? cause.problems : [] };
  }
}

addEventListener("message", async ({ data }: MessageEvent<PredictorQuestion>) => {
  postMessage(await replyTo(data));
});
