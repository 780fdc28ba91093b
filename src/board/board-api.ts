import { unitPrices } from "../cost/price-table.ts";
import { readPriceTable } from "../cost/read-price-table.ts";
import { type Problem, UsageError } from "../errors.ts";
import { type QueryLimits, queryDataset } from "../openmlperf/query-dataset.ts";
import type { Catalog } from "../predict/catalog.ts";
import { choose, type Need } from "../predict/choose.ts";
import { type UnitPrice, usualAssumptions } from "../predict/configuration-cost.ts";
import { knownName } from "../predict/known-name.ts";
import { openPredictor, type Predictor } from "../predict/predictor.ts";
import type { PredictorFile } from "../predict/predictor-file.ts";
import { askedCase, type Question } from "../predict/question.ts";
import { readPredictor } from "../predict/read-predictor.ts";
import { schemaProblems } from "../predict/schema-problems.ts";
import { supportOf } from "../predict/support.ts";
import { choiceSchema, querySchema } from "./api-schemas.ts";

/** What one query of somebody else may take. */
const limits: QueryLimits = { rows: 10_000, bytes: 16e6, seconds: 10, megabytes: 512, threads: 2 };

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
  // One after the other: each may take its share of this machine.
  let lastQuery: Promise<unknown> = Promise.resolve();
  const answers: Readonly<Record<string, (body: unknown) => Promise<unknown>>> = {
    "/api/predict": async (body) => {
      const { predictor, catalog, trained } = await opened();
      // It is checked there.
      const question = objectOf(body) as Question;
      const { one, work } = asRequest(() => askedCase(question, catalog, trained.known.latest));
      return { question, work, prediction: predictor.predict(one), support: supportOf(one, catalog) };
    },
    "/api/choose": async (body) => {
      const { prices: given, assumptions, ...need } = objectOf(body);
      const { predictor, catalog, trained } = await opened();
      const problems = [...formProblems(given, assumptions), ...priceNameProblems(given, need, catalog)];
      const own = problems.length === 0 ? Object.entries(Object(given) as Record<string, UnitPrice>) : [];
      const usual = Object.entries(unitPrices(await prices()));
      return asRequest(
        () =>
          choose(
            // It is checked there.
            need as Need,
            { catalog, latest: trained.known.latest, predictor },
            byLowerCase([...usual, ...own]),
            problems.length === 0 ? { ...usualAssumptions, ...Object(assumptions) } : usualAssumptions,
          ),
        problems,
      );
    },
    "/api/query": async (body) => {
      const read = querySchema.safeParse(body);
      if (!read.success) throw refused(schemaProblems(read.error));
      const { dataset } = sources;
      if (dataset === null) throw missing("BOARD_NO_DATASET", "dataset");
      const query = lastQuery.then(() => queryDataset(dataset, read.data.sql, { sealed: true, limits }));
      lastQuery = query.catch(() => undefined);
      return await query;
    },
    "/api/catalog": async () => (await opened()).catalog,
  };
  return {
    answer: async (path, body) => {
      const answer = Object.hasOwn(answers, path) ? answers[path] : undefined;
      return answer === undefined ? null : await answer(body);
    },
    takesBody: (path) => Object.hasOwn(answers, path) && path !== "/api/catalog",
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

const refused = (problems: readonly Problem[], cause?: unknown): UsageError =>
  new UsageError("BOARD_REQUEST", problems, { hint: "/openapi.json tells what is asked for.", cause });

/** Asks, and tells what is wrong as a request that is, with problems that are known before. */
function asRequest<Answer>(ask: () => Answer, known: readonly Problem[] = []): Answer {
  try {
    const answer = ask();
    if (known.length === 0) return answer;
  } catch (cause) {
    if (!(cause instanceof UsageError)) throw cause;
    throw refused([...known, ...cause.problems], cause);
  }
  throw refused(known);
}

function objectOf(body: unknown): Record<string, unknown> {
  if (typeof body === "object" && body !== null && !Array.isArray(body)) return { ...body };
  throw refused([{ where: "body", message: "must be an object" }]);
}

const givenSchema = choiceSchema.pick({ prices: true, assumptions: true });

function formProblems(prices: unknown, assumptions: unknown): Problem[] {
  const read = givenSchema.safeParse({ prices, assumptions });
  return read.success ? [] : schemaProblems(read.error);
}

/** A price for a name that nothing has would be passed over without a word. */
function priceNameProblems(given: unknown, { chips }: Record<string, unknown>, catalog: Catalog): Problem[] {
  const own = Array.isArray(chips)
    ? chips.map((chip) => String((Object(chip) as { name?: unknown }).name))
    : [];
  const names = [...catalog.chips.map(({ name }) => name), ...own];
  const problems: Problem[] = [];
  for (const name of Object.keys(Object(given))) knownName("prices", name, names, problems);
  return problems;
}

/** Later ones take the place of earlier ones of the same name in whatever case. */
function byLowerCase(prices: readonly (readonly [string, UnitPrice])[]): Record<string, UnitPrice> {
  return Object.fromEntries(prices.map(([name, price]) => [name.toLowerCase(), price]));
}
