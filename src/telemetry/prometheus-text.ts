/** One sample of Prometheus' text format. */
export interface PrometheusSample {
  name: string;
  labels: Readonly<Record<string, string>>;
  /** May be NaN or infinite. */
  value: number;
}

/** Name, labels between braces, value; then perhaps a time and, in OpenMetrics, an exemplar. */
const sampleLine =
  /^[ \t]*([a-zA-Z_:][\w:]*)(?:[ \t]*\{((?:[^"}]|"(?:\\.|[^"\\])*")*)\}[ \t]*|[ \t]+)([^\s{}]+)(?:[ \t]+[\d.eE+-]+)?(?:[ \t]+#.*)?[ \t\r]*$/;

const labelPair = /([a-zA-Z_]\w*)[ \t]*=[ \t]*"((?:\\.|[^"\\])*)"/g;

/**
 * Reads Prometheus' text format, and OpenMetrics as far as both agree. Lines that are no sample are skipped: comments,
 * blank lines, and whatever a proxy may have put there. `isWanted` spares the work for other metrics.
 */
export function parsePrometheusText(
  text: string,
  isWanted: (name: string) => boolean = () => true,
): PrometheusSample[] {
  return text.split("\n").flatMap((line) => {
    if (!isWanted(/^[ \t]*([\w:]+)/.exec(line)?.[1] ?? "")) return [];
    const [, name, labels, written] = sampleLine.exec(line) ?? [];
    const value = written === undefined ? null : readValue(written);
    return name === undefined || value === null ? [] : [{ name, labels: readLabels(labels ?? ""), value }];
  });
}

function readLabels(text: string): Record<string, string> {
  const pairs = [...text.matchAll(labelPair)];
  return Object.fromEntries(pairs.map(([, name = "", value = ""]) => [name, unescaped(value)]));
}

function unescaped(value: string): string {
  return value.replaceAll(/\\(.)/g, (_, letter: string) => (letter === "n" ? "\n" : letter));
}

function readValue(written: string): number | null {
  if (/^nan$/i.test(written)) return Number.NaN;
  const infinite = /^([+-]?)inf(?:inity)?$/i.exec(written);
  if (infinite !== null) return infinite[1] === "-" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  const value = Number(written);
  return Number.isNaN(value) ? null : value;
}
