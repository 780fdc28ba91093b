import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";

/** What the sentence splitter knows about a language. Words are in lower case and without a final period. */
export interface PunktParameters {
  /** Where they come from, for reports: "built-in", or a folder. */
  source: string;
  abbreviations: ReadonlySet<string>;
  /** Pairs `word next` between which a period does not end a sentence. */
  collocations: ReadonlySet<string>;
  sentenceStarters: ReadonlySet<string>;
  /** By word, bits: seen with a capital at the beginning (2), within (4) or anywhere (8) of a sentence; small: 16, 32, 64. */
  orthography: ReadonlyMap<string, number>;
}

/** Without e.g., i.e. and etc., after which nltk's trained model ends a sentence. */
const ownAbbreviations =
  "mr mrs dr prof sr jr st rev hon gen col lt sgt capt gov sen rep pres " +
  "jan feb mar apr jun jul aug sep sept oct nov dec mon tue wed thu fri sat sun " +
  "inc corp co ltd bros assn dept est vs fig vol ed eds pp approx ave blvd mt ft " +
  "a.m p.m u.s u.k u.n d.c u.s.a n.y l.a ph.d m.d b.a m.a";

/** English without nltk's trained model: common abbreviations alone. */
export const ownParameters: PunktParameters = {
  source: "built-in",
  abbreviations: new Set(ownAbbreviations.split(" ")),
  collocations: new Set(),
  sentenceStarters: new Set(),
  orthography: new Map(),
};

/** Folders where nltk keeps its data, in its order. */
function dataFolders(environment: NodeJS.ProcessEnv): string[] {
  const named = (environment.NLTK_DATA ?? "").split(delimiter).filter((folder) => folder !== "");
  return [...named, join(homedir(), "nltk_data"), "/usr/share/nltk_data", "/usr/local/share/nltk_data"];
}

/**
 * nltk's own trained English model where it is installed (`punkt_tab` below NLTK_DATA or in nltk's usual folders), so
 * that sentences are split exactly as in the official accuracy scripts; else `ownParameters`.
 */
export function englishParameters(environment: NodeJS.ProcessEnv = process.env): PunktParameters {
  for (const folder of dataFolders(environment)) {
    const model = join(folder, "tokenizers", "punkt_tab", "english");
    try {
      return readParameters(model);
    } catch {
      // Not there, or not whole: the next folder may have it.
    }
  }
  return ownParameters;
}

/** Reads a `punkt_tab` model of nltk: four files of text. */
function readParameters(folder: string): PunktParameters {
  const lines = (file: string) =>
    readFileSync(join(folder, file), "utf8")
      .split("\n")
      .filter((line) => line !== "");
  const tabbed = (file: string) =>
    lines(file).map((line): [string, string] => {
      const [first = "", second = ""] = line.split("\t");
      return [first, second];
    });
  return {
    source: folder,
    abbreviations: new Set(lines("abbrev_types.txt")),
    collocations: new Set(tabbed("collocations.tab").map((pair) => pair.join(" "))),
    sentenceStarters: new Set(lines("sent_starters.txt")),
    orthography: new Map(tabbed("ortho_context.tab").map(([word, bits]) => [word, Number(bits)])),
  };
}
