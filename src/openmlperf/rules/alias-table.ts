import { expressionOf } from "./pattern.ts";

/** A pattern, searched for without regard to case; `platform` must be found in the folder name of the system as well. */
export interface AliasPattern {
  pattern: string;
  platform?: string | undefined;
}

/** What an entry of any alias table has. `$1` in the name is what the first group of the pattern matched. */
export interface Alias {
  name: string;
  spellings?: readonly string[] | undefined;
  patterns?: readonly (string | AliasPattern)[] | undefined;
}

/** What was found for a spelling. */
export interface AliasMatch<Entry extends Alias> {
  entry: Entry;
  /** Canonical name with its groups filled in. */
  name: string;
  /** What the first group of the pattern matched, as written; null where it has none. */
  group: string | null;
}

interface CompiledPattern<Entry> {
  entry: Entry;
  expression: RegExp;
  platform: RegExp | null;
}

/** Trademark signs and repeated spaces say nothing: they go before a spelling is looked up. */
export function plainSpelling(text: string): string {
  return text
    .replaceAll(/\((?:r|tm)\)|[®™]/giu, "")
    .replaceAll(/\s+/gu, " ")
    .trim();
}

/** Finds the canonical name for a spelling: whole spellings first, then patterns in the order of the file. */
export class AliasTable<Entry extends Alias> {
  readonly #bySpelling = new Map<string, Entry>();
  readonly #patterns: CompiledPattern<Entry>[] = [];

  constructor(entries: readonly Entry[]) {
    for (const entry of entries) {
      this.#bySpelling.set(entry.name.toLowerCase(), entry);
      for (const spelling of entry.spellings ?? [])
        this.#bySpelling.set(plainSpelling(spelling).toLowerCase(), entry);
      for (const given of entry.patterns ?? []) {
        const { pattern, platform } =
          typeof given === "string" ? { pattern: given, platform: undefined } : given;
        this.#patterns.push({
          entry,
          expression: expressionOf(pattern),
          platform: platform === undefined ? null : expressionOf(platform),
        });
      }
    }
  }

  /** The entry for a spelling, or null where the table has none. */
  find(spelling: string, platform = ""): AliasMatch<Entry> | null {
    const plain = plainSpelling(spelling);
    const exact = this.#bySpelling.get(plain.toLowerCase());
    if (exact !== undefined) return { entry: exact, name: exact.name, group: null };
    for (const { entry, expression, platform: onPlatform } of this.#patterns) {
      if (onPlatform !== null && !onPlatform.test(platform)) continue;
      const match = expression.exec(plain);
      if (match === null) continue;
      const group = match[1] ?? null;
      return { entry, name: entry.name.replace("$1", (group ?? "").toUpperCase()), group };
    }
    return null;
  }

  /** The entries for each part of a list such as "EPYC 9534 (node A), EPYC 9655 (node B)", each once. */
  findAll(spelling: string): AliasMatch<Entry>[] {
    const matches = spelling
      .split(/,| and | \+ /u)
      .map((part) => this.find(part))
      .filter((match) => match !== null);
    return matches.filter(
      (match, position) => matches.findIndex(({ name }) => name === match.name) === position,
    );
  }
}
