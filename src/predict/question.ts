import { type Problem, UsageError } from "../errors.ts";
import { askedChip } from "./asked-chip.ts";
import { type AnsweredWork, answeredWork, askedWork, caseOn } from "./asked-work.ts";
import type { Catalog } from "./catalog.ts";
import { knownName } from "./known-name.ts";
import { nameProblems } from "./name-problems.ts";
import { type CaseChip, caseDataTypes, type PredictionCase } from "./prediction-case.ts";
import { type Question, questionSchema } from "./question-schema.ts";
import { schemaProblems, soundFields } from "./schema-problems.ts";

export type { Question };

/** A case with what was assumed to make one of a question. */
export interface AskedCase {
  one: PredictionCase;
  work: AnsweredWork;
}

/**
 * The case of a question, with the lengths and limits that it takes. What comes from outside need not be checked before.
 * Throws UsageError `PREDICT_QUESTION` with everything that is wrong or impossible.
 */
export function askedCase(question: Question, catalog: Catalog, latest: number): AskedCase {
  const outcome = readQuestion(question, catalog, latest);
  if (Array.isArray(outcome)) throw new UsageError("PREDICT_QUESTION", outcome);
  return outcome;
}

/** Throws UsageError `PREDICT_QUESTION` with everything that is wrong with a question whatever the catalog holds. */
export function checkForm(question: Question): void {
  const read = questionSchema.safeParse(question);
  if (!read.success) throw new UsageError("PREDICT_QUESTION", schemaProblems(read.error));
}

/** The case of a question. Throws UsageError `PREDICT_QUESTION` with everything that is wrong or impossible. */
export function caseOfQuestion(question: Question, catalog: Catalog, latest: number): PredictionCase {
  return askedCase(question, catalog, latest).one;
}

/** The case of a question, or all problems of it. */
export function tryQuestion(
  question: Question,
  catalog: Catalog,
  latest: number,
): PredictionCase | Problem[] {
  const outcome = readQuestion(question, catalog, latest);
  return Array.isArray(outcome) ? outcome : outcome.one;
}

function readQuestion(question: Question, catalog: Catalog, latest: number): AskedCase | Problem[] {
  const read = questionSchema.safeParse(question);
  const problems = read.success ? [] : schemaProblems(read.error);
  // What has the right form is looked up in any case, so that one answer tells everything.
  const sound: Partial<Question> = soundFields(question, problems);
  const work = hasWork(sound) ? askedWork(sound, catalog, latest, problems) : null;
  if (!hasWork(sound)) problems.push(...nameProblems(sound, catalog));
  const chip =
    sound.accelerator === undefined ? null : askedChip("accelerator", sound.accelerator, catalog, problems);
  const dataType =
    sound.dataType === undefined ? null : knownName("dataType", sound.dataType, caseDataTypes, problems);
  const counts = countsOf(sound, chip, catalog);
  if (counts.nodes > counts.accelerators)
    problems.push({ where: "nodes", message: "cannot be more than accelerators" });
  if (chip !== null && dataType !== null)
    problems.push(...impossibilities(chip, dataType, work?.framework ?? undefined, catalog));
  if (work === null || chip === null || dataType === null || problems.length > 0) return problems;
  return { one: caseOn(work, { chip, dataType, ...counts }, catalog), work: answeredWork(work) };
}

const hasWork = (sound: Partial<Question>): sound is Question =>
  sound.model !== undefined && sound.scenario !== undefined;

function countsOf(
  { accelerators = 1, nodes }: Partial<Question>,
  chip: CaseChip | null,
  catalog: Catalog,
): { accelerators: number; nodes: number } {
  const most = Math.max(1, ...(catalog.perNode[chip?.name ?? ""] ?? [8]));
  return { accelerators, nodes: nodes ?? Math.max(1, Math.ceil(accelerators / most)) };
}

/** What no machine does: a type that the chip does not compute, an engine that does not run on it. */
export function impossibilities(
  chip: CaseChip,
  dataType: string,
  framework: string | undefined,
  catalog: Catalog,
): Problem[] {
  const problems: Problem[] = [];
  const peaks = { fp8: chip.peak_fp8_tflops, fp4: chip.peak_fp4_tflops, int8: chip.peak_int8_tops };
  if (dataType in peaks && peaks[dataType as keyof typeof peaks] === undefined)
    problems.push({ where: "dataType", message: `${chip.name} does not compute in ${dataType}` });
  const engines = catalog.frameworks[chip.vendor];
  if (framework !== undefined && engines !== undefined && !engines.includes(framework))
    problems.push({
      where: "framework",
      message: `${framework} was never seen on chips of ${chip.vendor}; there are ${engines.join(", ")}`,
    });
  return problems;
}
