import { StringDecoder } from "node:string_decoder";
import { mask } from "../config/secrets.ts";

/** Longest line that is held back until its end is there. */
const longestLine = 65_536;

/** Masks secrets in a stream of output. Works by lines, so that no secret is split between two pieces. */
export class SecretFilter {
  readonly #secrets: readonly string[];
  readonly #decoder = new StringDecoder("utf8");
  #held = "";

  constructor(secrets: readonly string[]) {
    this.#secrets = secrets;
  }

  /** The part of the output so far that can be shown. */
  push(piece: Buffer): string {
    this.#held += this.#decoder.write(piece);
    const end = Math.max(this.#held.lastIndexOf("\n"), this.#held.lastIndexOf("\r")) + 1;
    if (end === 0 && this.#held.length < longestLine) return "";
    const shown = this.#held.slice(0, end === 0 ? undefined : end);
    this.#held = this.#held.slice(shown.length);
    return maskValues(shown, this.#secrets);
  }

  /** The rest. */
  end(): string {
    const shown = this.#held + this.#decoder.end();
    this.#held = "";
    return maskValues(shown, this.#secrets);
  }
}

/** Shorter values are no secrets, and stand in too many words. */
const shortestSecret = 4;

/** The text with every one of these values masked. */
export function maskValues(text: string, secrets: readonly string[]): string {
  const worthMasking = secrets.filter(({ length }) => length >= shortestSecret);
  return worthMasking.reduce((masked, secret) => masked.replaceAll(secret, mask), text);
}
