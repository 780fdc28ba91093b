import { UsageError } from "../../errors.ts";
import { type Answers, type Ask, askFor } from "../system/answer-fields.ts";
import { isAnswered } from "../system/system-fields.ts";

/** Fields of measurements.json; none may be empty. */
export const measurementFields = [
  { name: "weight_data_types", question: "such as fp8, bf16" },
  {
    name: "starting_weights_filename",
    question: "where the weights came from, such as their name on the Hub",
  },
  { name: "weight_transformations", question: "such as quantization to fp8; none" },
  { name: "retraining", question: "yes or no; the closed division allows none" },
  { name: "input_data_types", question: "such as int32: token ids" },
] as const;

/**
 * The answers of measurements.json: those given now over those kept, the rest from `ask`. Throws a UsageError
 * `MEASUREMENTS_OPEN` with every field that is still open, or that no measurements.json has.
 */
export async function completeMeasurements(
  kept: Answers,
  given: Answers,
  { ask, benchmark }: { ask: Ask | null; benchmark: string },
): Promise<Answers> {
  const known = measurementFields.map(({ name }) => name as string);
  const answers: Record<string, string | number> = { ...kept, ...given };
  const unknown = Object.keys(given).filter((name) => !known.includes(name));
  const open = () => measurementFields.filter(({ name }) => !isAnswered(answers[name]));
  if (ask !== null && unknown.length === 0) Object.assign(answers, await askFor(open(), ask));
  const problems = [
    ...unknown.map((name) => ({
      where: name,
      message: `is no field of measurements.json: ${known.join(", ")}`,
    })),
    ...open().map(({ name, question }) => ({
      where: name,
      message: `is not known of ${benchmark}: ${question}`,
    })),
  ];
  if (problems.length > 0)
    throw new UsageError("MEASUREMENTS_OPEN", problems, {
      hint: "Answer with --answer FIELD=VALUE or with --measurements FILE; answers are kept for the benchmark.",
    });
  return Object.fromEntries(measurementFields.map(({ name }) => [name, answers[name] ?? ""]));
}
