import type { MetricModule } from "./define-metric.ts";
import { contains, exactMatch } from "./exact-match.ts";
import { math } from "./math-equivalence.ts";
import { multipleChoice } from "./multiple-choice.ts";
import { gsm8k } from "./number-answer.ts";
import { outputLength } from "./output-length.ts";
import { rouge } from "./rouge.ts";

/** Every metric that FlexBench brings, by the name that `--metric` takes. */
export const builtinMetrics: readonly MetricModule[] = [
  exactMatch,
  contains,
  rouge,
  gsm8k,
  multipleChoice,
  math,
  outputLength,
];
