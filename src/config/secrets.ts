/** Stands in the files of a run where a secret was. */
export const mask = "***";

const secretName = /authorization|cookie|secret|password|credential|token$|api[-_]?key|[-_]key$/i;

/** A copy in which the value of every name that sounds like a secret is masked. */
export function maskSecretPairs(pairs: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(pairs).map(([name, value]) => [name, secretName.test(name) ? mask : value]),
  );
}

/** The URL with the user's name and password masked; also of text that is not a URL. */
export function maskUrl(url: string): string {
  return url.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/i, `$1${mask}@`);
}
