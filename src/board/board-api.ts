import type * as z from "zod";
import { unitPrices } from "../cost/price-table.ts";
import { readPriceTable } from "../cost/read-price-table.ts";
import { type Problem, UsageError } from "../errors.ts";
import { queryDataset } from "../openmlperf/query-dataset.ts";
import { choose, supportOf } from "../predict/choose.ts";
import { usualAssumptions } from "../predict/configuration-cost.ts";
import { openPredictor, type Predictor } from "../predict/predictor.ts";
import type { PredictorFile } from "../predict/predictor-file.ts";
import { caseOfQuestion } from "../predict/question.ts";
import { readPredictor } from "../predict/read-predictor.ts";
import { needSchema, querySchema, questionSchema } from "./api-schemas.ts";

/** What the interface answers from. */
export interface ApiSources {
  /** Parquet file or address; null where there is none. */
  dataset: string | null;
  predictor: string | null;
  /** Price table; that of FlexBench when left out. */
  prices?: string;
}

/** Answers of the HTTP interface. */
export interface BoardApi {
  /**
   * The answer to the body of a request; null where there is no such path.
   * Throws UsageError: `BOARD_REQUEST` for a body that is wrong, `BOARD_NO_PREDICTOR`, `BOARD_NO_DATASET`, and those of the parts.
   */
  answer(path: string, body: unknown): Promise<unknown>;
  /** Paths that take a body by POST; the others are read by GET. */
  takesBody(path: string): boolean;
}

interface Opened extends PredictorFile {
  predictor: Predictor;
}

/** Opens the interface; the predictor is read when it is first asked for. */
export function openBoardApi(sources: ApiSources): BoardApi {
  let opening: Promise<Opened> | null = null;
  const opened = (): Promise<Opened> => {
    opening ??= openFile(sources.predictor);
    return opening;
  };
  let reading: ReturnType<typeof readPriceTable> | null = null;
  const prices = (): ReturnType<typeof readPriceTable> => {
    reading ??= readPriceTable(sources.prices);
    return reading;
  };
  const answers: Readonly<Record<string, (body: unknown) => Promise<unknown>>> = {
    "/api/predict": async (body) => {
      const question = withoutUndefined(parsed(questionSchema, body));
      const { predictor, catalog, trained } = await opened();
      const one = caseOfQuestion(question, catalog, trained.known.latest);
      return { question, prediction: predictor.predict(one), support: supportOf(one, catalog) };
    },
    "/api/choose": async (body) => {
      const { prices: given, assumptions, ...need } = withoutUndefined(parsed(needSchema, body));
      const { predictor, catalog, trained } = await opened();
      const usual = unitPrices(await prices());
      return choose(
        need,
        { catalog, latest: trained.known.latest, predictor },
        { ...usual, ...given },
        { ...usualAssumptions, ...assumptions },
      );
    },
    "/api/query": async (body) => {
      const { sql } = parsed(querySchema, body);
      if (sources.dataset === null) throw missing("BOARD_NO_DATASET", "dataset");
      return await queryDataset(sources.dataset, sql, { sealed: true });
    },
    "/api/catalog": async () => (await opened()).catalog,
  };
  return {
    answer: async (path, body) => {
      const answer = answers[path];
      return answer === undefined ? null : await answer(body);
    },
    takesBody: (path) => path in answers && path !== "/api/catalog",
  };
}

async function openFile(path: string | null): Promise<Opened> {
  if (path === null) throw missing("BOARD_NO_PREDICTOR", "predictor");
  const file = await readPredictor(path);
  return { ...file, predictor: openPredictor(file.trained) };
}

function missing(code: string, what: string): UsageError {
  return new UsageError(code, [{ where: "board", message: `has no ${what}` }], {
    hint: "Start it with --dataset, and train a predictor by `flexbench predict train`.",
  });
}

function parsed<Schema extends z.ZodType>(schema: Schema, body: unknown): z.output<Schema> {
  const outcome = schema.safeParse(body);
  if (outcome.success) return outcome.data;
  const problems: Problem[] = outcome.error.issues.map(({ path, message }) => ({
    where: path.join(".") || "body",
    message,
  }));
  throw new UsageError("BOARD_REQUEST", problems, { hint: "/openapi.json tells what is asked for." });
}

type Defined<Value> = Value extends readonly (infer Item)[]
  ? Item[]
  : Value extends object
    ? { [Key in keyof Value]: Defined<Exclude<Value[Key], undefined>> }
    : Value;

/** The same without keys whose value is undefined. */
function withoutUndefined<Value extends object>(value: Value): Defined<Value> {
  return JSON.parse(JSON.stringify(value)) as Defined<Value>;
}
