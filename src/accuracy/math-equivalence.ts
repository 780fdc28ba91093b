import { boxedContent } from "./boxed-content.ts";
import { defineMetric } from "./define-metric.ts";

/**
 * Whether two answers in LaTeX are the same: equal once written alike, equal as numbers (fractions, decimals, percent,
 * thousands), or equal part by part (tuples and intervals in order, sets and lists in any). No algebra is done: `x+1`
 * is not `1+x`, and `2\sqrt{2}` is not `\sqrt{8}`.
 */
export function mathEquals(first: string, second: string): boolean {
  const [left, right] = [writtenAlike(first), writtenAlike(second)];
  if (left === right) return left !== "";
  const [leftValue, rightValue] = [numberOf(left), numberOf(right)];
  if (leftValue !== null && rightValue !== null) return areClose(leftValue, rightValue);
  return samePart(left, right);
}

/** The answer of a text: the last box, else what follows the last "answer is", else the last formula, else all. */
export function finalAnswer(text: string): string {
  const boxed = boxedContent(text);
  if (boxed !== null) return boxed;
  const stated = [...text.matchAll(/answer\s*(?:is|:)\s*:?\s*([^\n]+)/gi)].at(-1)?.[1];
  const source = stated ?? text;
  const formula = [...source.matchAll(/\$\$?([^$]+)\$\$?|\\\((.+?)\\\)|\\\[(.+?)\\\]/gs)].at(-1);
  return formula?.slice(1).find((part) => part !== undefined) ?? source.trim();
}

/** MATH: the final answer equals the reference's. */
export const math = defineMetric({
  name: "math",
  description: "The final answer, in LaTeX or plain, equals that of the reference.",
  perSample: ({ answer, reference }) => ({
    exact_match: mathEquals(finalAnswer(answer), finalAnswer(reference ?? "")),
  }),
});

const rewritings: readonly (readonly [RegExp, string])[] = [
  [/\\(?:left|right|displaystyle|limits|,|;|:|!| |quad|qquad)(?![a-zA-Z])/g, ""],
  [/[~\s]+/g, " "],
  [/\\(?:d|t|c)frac/g, "\\frac"],
  [/\\(?:text|textbf|textit|textrm|mathrm|mathbf|mbox)\s*\{([^{}]*)\}/g, " $1 "],
  [/\\(?:degree\b|circ\b)|°/g, ""],
  [/\^\s*\{\s*\}|\^(?=\s|$)/g, ""],
  [/\\?[$]/g, ""],
  [/\\%/g, "%"],
  [/\\(?:cdot|times)(?![a-zA-Z])/g, "*"],
  [/\\(?:leq|le)(?![a-zA-Z])|≤/g, "<="],
  [/\\(?:geq|ge)(?![a-zA-Z])|≥/g, ">="],
  [/\\pi(?![a-zA-Z])|π/g, "pi"],
  [/\\infty(?![a-zA-Z])|∞/g, "infinity"],
  [/−/g, "-"],
  [/\\\{/g, "⦃"],
  [/\\\}/g, "⦄"],
  [/\\frac\s*(\d)\s*(\d)/g, "\\frac{$1}{$2}"],
  [/\\frac\s*(\d)\s*\{/g, "\\frac{$1}{"],
  [/(\\frac\s*\{[^{}]*\})\s*(\d)/g, "$1{$2}"],
  [/\\sqrt\s*(\w)/g, "\\sqrt{$1}"],
  [/\{,\}/g, ","],
  [/(\d),(?=\d{3}(?!\d))/g, "$1"],
  [
    /\b(?:degrees?|dollars?|cents?|units?|square|cubic|feet|foot|inch(?:es)?|cm|km|meters?|miles?|hours?|minutes?|seconds?|people|ways)\b(?:\s*\^\s*\{?\d\}?)?/gi,
    "",
  ],
  [/\s+/g, ""],
  [/^[a-zA-Z]\w?=(?!=)/, ""],
  [/(?<!\d)\.(?=\d)/g, "0."],
  [/(\.\d*?)0+(?!\d)/g, "$1"],
  [/\.(?!\d)/g, ""],
];

function writtenAlike(text: string): string {
  let written = text.trim();
  for (const [pattern, replacement] of rewritings) written = written.replaceAll(global(pattern), replacement);
  return /^\{[^{}]*\}$/.test(written) ? written.slice(1, -1) : written;
}

function global(pattern: RegExp): RegExp {
  return pattern.global ? pattern : new RegExp(pattern, `${pattern.flags}g`);
}

/** The number that is written, or null: integers, decimals, percent, fractions and mixed numbers. */
function numberOf(written: string): number | null {
  if (/^[+-]?\d+(\.\d+)?$/.test(written)) return Number(written);
  const percent = /^([+-]?\d+(?:\.\d+)?)%$/.exec(written)?.[1];
  if (percent !== undefined) return Number(percent);
  const decimal = String.raw`(-?\d+(?:\.\d+)?)`;
  const forms = [
    new RegExp(String.raw`^([+-]?)(\d*)\\frac\{${decimal}\}\{${decimal}\}$`),
    new RegExp(`^([+-]?)()${decimal}/${decimal}$`),
  ];
  for (const form of forms) {
    const parts = form.exec(written);
    if (parts === null) continue;
    const [, sign, whole, top, bottom] = parts;
    const size = Number(whole === "" ? 0 : whole) + Number(top) / Number(bottom);
    return sign === "-" ? -size : size;
  }
  return null;
}

function areClose(left: number, right: number): boolean {
  return Math.abs(left - right) <= 1e-9 * Math.max(1, Math.abs(left), Math.abs(right));
}

/** Lists, tuples, intervals and sets, part by part. */
function samePart(left: string, right: string): boolean {
  const [leftParts, rightParts] = [partsOf(left), partsOf(right)];
  if (leftParts === null || rightParts === null || leftParts.brackets !== rightParts.brackets) return false;
  const { parts, isOrdered } = leftParts;
  if (parts.length !== rightParts.parts.length) return false;
  if (isOrdered) return parts.every((part, index) => mathEquals(part, rightParts.parts[index] ?? ""));
  const unmatched = [...rightParts.parts];
  return parts.every((part) => {
    const found = unmatched.findIndex((other) => mathEquals(part, other));
    if (found >= 0) unmatched.splice(found, 1);
    return found >= 0;
  });
}

function partsOf(written: string): { brackets: string; isOrdered: boolean; parts: string[] } | null {
  const enclosed = /^([⦃([])(.*)([⦄)\]])$/s.exec(written);
  const [, opening = "", inner = written, end = ""] = enclosed ?? [];
  const parts = splitAtCommas(inner);
  if (parts.length < 2 && enclosed === null) return null;
  return { brackets: opening + end, isOrdered: opening === "(" || opening === "[", parts };
}

function splitAtCommas(text: string): string[] {
  const parts = [""];
  let depth = 0;
  for (const letter of text) {
    if ("([{⦃".includes(letter)) depth += 1;
    if (")]}⦄".includes(letter)) depth -= 1;
    if (letter === "," && depth === 0) parts.push("");
    else parts.push((parts.pop() ?? "") + letter);
  }
  return parts;
}
