/** A share of the full length, 0 to 1, for people. */
export function shareWords(share: number): string {
  return `${Number((share * 100).toPrecision(2))} %`;
}
