/** What stands in an accuracy.txt: the output of an evaluation and the hash of the log that it read. */
export interface AccuracyText {
  /** Every value of each figure, in order. */
  figures: ReadonlyMap<string, readonly number[]>;
  /** Figures that are named but that the official checkers cannot read. */
  unreadable: readonly string[];
  /** Values of all lines `hash=…`. */
  hashes: readonly string[];
}

/** The official checkers take quotes around the scores of ROUGE and around no other figure. */
function readable(name: string): RegExp {
  return name.startsWith("rouge")
    ? new RegExp(`'${name}':\\s+'?([\\d.]+)`)
    : new RegExp(`'${name}':\\s([\\d.]+)`);
}

/** Reads the figures of these names line by line, as the official checkers do. */
export function readAccuracyText(text: string, names: Iterable<string>): AccuracyText {
  const lines = text.split(/\r?\n/);
  const figures = new Map<string, number[]>();
  const unreadable: string[] = [];
  for (const name of names) {
    const values: number[] = [];
    for (const line of lines) {
      const value = Number(readable(name).exec(line)?.[1] ?? Number.NaN);
      if (!Number.isNaN(value)) values.push(value);
      else if (line.includes(`'${name}'`)) unreadable.push(name);
    }
    if (values.length > 0) figures.set(name, values);
  }
  const hashes = lines.flatMap((line) => /^hash=(\w+)$/.exec(line)?.[1] ?? []);
  return { figures, unreadable, hashes };
}
