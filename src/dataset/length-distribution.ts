/** How lengths vary from sample to sample; mean and standard deviation are those of the lengths themselves. */
export type LengthDistribution =
  | { shape: "fixed"; length: number }
  | { shape: "uniform"; least: number; most: number }
  | { shape: "normal" | "lognormal"; mean: number; deviation: number }
  | { shape: "listed"; lengths: readonly number[] };

const longest = 1_000_000;
const number = String.raw`(\d+(?:\.\d+)?)`;
const fixed = /^(?:fixed:)?(\d+)$/;
const uniform = /^uniform:(\d+)-(\d+)$/;
const bell = new RegExp(`^(normal|lognormal):${number},${number}$`);

/**
 * Reads `fixed:50` (or just `50`), `uniform:20-80`, `normal:50,10` or `lognormal:50,30` (mean, standard deviation).
 * Returns null when the text is none of these or a length is outside 1..1,000,000.
 */
export function parseLengthDistribution(text: string): LengthDistribution | null {
  const distribution = parse(text);
  return distribution !== null && isWithinReach(distribution) ? distribution : null;
}

/** Draws one length: a whole number, at least one. */
export function drawLength(distribution: LengthDistribution, random: () => number): number {
  switch (distribution.shape) {
    case "fixed":
      return distribution.length;
    case "uniform":
      return distribution.least + Math.floor(random() * (distribution.most - distribution.least + 1));
    case "listed":
      return distribution.lengths[Math.floor(random() * distribution.lengths.length)] ?? 1;
    case "normal":
      return toLength(distribution.mean + distribution.deviation * standardNormal(random));
    case "lognormal": {
      const logVariance = Math.log1p((distribution.deviation / distribution.mean) ** 2);
      const logMean = Math.log(distribution.mean) - logVariance / 2;
      return toLength(Math.exp(logMean + Math.sqrt(logVariance) * standardNormal(random)));
    }
  }
}

function parse(text: string): LengthDistribution | null {
  const [, length] = fixed.exec(text) ?? [];
  if (length !== undefined) {
    return { shape: "fixed", length: Number(length) };
  }
  const [, least, most] = uniform.exec(text) ?? [];
  if (least !== undefined && most !== undefined) {
    return { shape: "uniform", least: Number(least), most: Number(most) };
  }
  const [, shape, mean, deviation] = bell.exec(text) ?? [];
  if (shape === "normal" || shape === "lognormal") {
    return { shape, mean: Number(mean), deviation: Number(deviation) };
  }
  return null;
}

function isWithinReach(distribution: LengthDistribution): boolean {
  switch (distribution.shape) {
    case "listed":
      return distribution.lengths.every((length) => length >= 1 && length <= longest);
    case "fixed":
      return distribution.length >= 1 && distribution.length <= longest;
    case "uniform":
      return (
        distribution.least >= 1 && distribution.least <= distribution.most && distribution.most <= longest
      );
    case "normal":
    case "lognormal":
      return distribution.mean >= 1 && distribution.mean <= longest && distribution.deviation <= longest;
  }
}

function toLength(value: number): number {
  return Math.min(longest, Math.max(1, Math.round(value)));
}

/** Box and Muller's method. */
function standardNormal(random: () => number): number {
  const radius = Math.sqrt(-2 * Math.log(1 - random()));
  return radius * Math.cos(2 * Math.PI * random());
}
