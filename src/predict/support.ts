import type { Catalog, MeasuredResult } from "./catalog.ts";
import type { PredictionCase } from "./prediction-case.ts";

/** A measured result beside a prediction, with what sets the two apart. */
export interface SupportingResult extends MeasuredResult {
  /** In words, such as `prompts of 294 tokens, not 1,000`; empty for a like one. */
  differs: string[];
}

const supportShown = 3;
/** Figures that are nearer than this are the same, share. */
const sameWithin = 0.05;

/** Results of the same chip and model before those of one of them alone; like lengths, limits, scenario and type first. */
export function supportOf(one: PredictionCase, { results }: Catalog): SupportingResult[] {
  return results
    .filter((result) => result.accelerator === one.chip.name || result.model === one.model.name)
    .map((result) => ({ result, likeness: likenessOf(result, one) }))
    .toSorted(
      (first, second) =>
        second.likeness - first.likeness ||
        ((first.result.round ?? "") > (second.result.round ?? "") ? -1 : 1),
    )
    .slice(0, supportShown)
    .map(({ result }) => ({ ...result, differs: differencesOf(result, one) }));
}

function likenessOf(result: MeasuredResult, one: PredictionCase): number {
  const apart = (measured: number | null, asked: number | null): number =>
    measured === null || asked === null ? 0 : Math.min(3, Math.abs(Math.log2(measured / asked)));
  return (
    (result.accelerator === one.chip.name ? 8 : 0) +
    (result.model === one.model.name ? 8 : 0) +
    (result.scenario === one.scenario ? 3 : 0) +
    (result.dataType === one.dataType ? 3 : 0) +
    (result.framework === one.framework ? 1 : 0) +
    (result.division === "closed" ? 0.5 : 0) -
    Math.abs(Math.log2(result.accelerators / one.accelerators)) / 4 -
    (apart(result.promptTokens, one.promptTokens) + apart(result.outputTokens, one.outputTokens)) / 2 -
    apart(result.tpotLimitMs, one.tpotLimitMs) / 2
  );
}

/** What a measured result was of, where that is not what was asked. */
export function differencesOf(result: MeasuredResult, one: PredictionCase): string[] {
  const words: string[] = [];
  const unlike = (measured: string | null, asked: string | null): void => {
    if (measured !== asked) words.push(`${measured ?? "unknown engine"}, not ${asked ?? "a known engine"}`);
  };
  unlike(result.accelerator, one.chip.name);
  unlike(result.model, one.model.name);
  unlike(result.dataType, one.dataType);
  unlike(result.scenario, one.scenario);
  unlike(result.framework, one.framework);
  if (result.accelerators !== one.accelerators)
    words.push(`${result.accelerators} accelerators, not ${one.accelerators}`);
  const apart = (measured: number, asked: number): boolean => Math.abs(measured / asked - 1) > sameWithin;
  const lengths = [
    ["prompts", result.promptTokens, one.promptTokens],
    ["answers", result.outputTokens, one.outputTokens],
  ] as const;
  for (const [what, measured, asked] of lengths)
    if (apart(measured, asked)) words.push(`${what} of ${whole(measured)} tokens, not ${whole(asked)}`);
  const limits = [
    ["TTFT", result.ttftLimitMs, one.ttftLimitMs],
    ["TPOT", result.tpotLimitMs, one.tpotLimitMs],
  ] as const;
  // Of another scenario other limits go without saying.
  if (result.scenario === one.scenario)
    for (const [what, measured, asked] of limits) {
      const isAlike = measured === null || asked === null ? measured === asked : !apart(measured, asked);
      if (!isAlike) words.push(`${what} limit ${limitWord(measured)}, not ${limitWord(asked)}`);
    }
  return words;
}

const whole = (value: number): string => Math.round(value).toLocaleString("en-US");
const limitWord = (ms: number | null): string => (ms === null ? "none" : `${whole(ms)} ms`);
