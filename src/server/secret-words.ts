import { isSecretName } from "../config/secrets.ts";

const secretFlag =
  /^--?(?:api[-_]?key|(?:hf|hub|auth|access|bearer)?[-_]?token|pass(?:word|wd)?|[\w-]*[-_](?:password|secret))$/i;
const knownToken = /\b(?:hf_[A-Za-z0-9]{20,}|sk-[A-Za-z0-9_-]{20,})/;
/** A variable of a shell or of Kubernetes, or a word to be filled in, is no secret yet. */
const reference = /^["']?(?:\$|\{)/;

/**
 * Why a word would show a secret to everybody who reads the file or the command line that it stands in; null where it would
 * not. `word` is a flag, with its value after `=` or as the word that follows, or NAME=VALUE.
 */
export function secretProblem(word: string, following = ""): string | null {
  if (knownToken.test(word)) return "holds a token; secrets come from the environment";
  const [name = "", ...rest] = word.split("=");
  const isPair = rest.length > 0;
  const value = isPair ? rest.join("=") : following;
  if (reference.test(value)) return null;
  if (secretFlag.test(name)) return `${name} would show a secret; set it by a variable of the environment`;
  if (!isPair || value === "" || name.startsWith("-")) return null;
  return isSecretName(name) ? `${name} would show a secret; set it in the environment instead` : null;
}

/** What is wrong with the words of a command, each of which may be followed by its value. */
export function secretProblems(words: readonly string[]): string[] {
  return words.flatMap((word, index) => secretProblem(word, words[index + 1]) ?? []);
}
