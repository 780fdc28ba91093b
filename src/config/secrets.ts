/** Stands in the files of a run where a secret was. */
export const mask = "***";

const secretName = /authorization|cookie|secret|password|credential|token$|api[-_]?key|[-_]key$/i;

/** Whether a variable, header or option of this name holds a secret. */
export function isSecretName(name: string): boolean {
  return secretName.test(name);
}

/** A copy in which the value of every name that sounds like a secret is masked. */
export function maskSecretPairs(pairs: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(pairs).map(([name, value]) => [name, isSecretName(name) ? mask : value]),
  );
}

/** A command line with its passwords masked: after `-P`, `--password` and the like, after NAME= of such a name, in URLs. */
export function maskCommand(command: string): string {
  return command
    .replaceAll(
      /(\s(?:-P|--?(?:[\w-]*[-_])?(?:pass(?:word|wd)?|token|api[-_]?key|secret))(?:\s+|=))("[^"]*"|'[^']*'|\S+)/g,
      `$1${mask}`,
    )
    .replaceAll(/(\b\w*(?:password|passwd|secret|token)\w*=)("[^"]*"|'[^']*'|\S+)/gi, `$1${mask}`)
    .replaceAll(/(\s-u\s+\S+?:)\S+/g, `$1${mask}`)
    .replaceAll(/([a-z][a-z0-9+.-]*:\/\/)[^/?#\s]*@/gi, `$1${mask}@`);
}

/** The URL with the user's name and password masked, and secrets in its query; also of text that is not a URL. */
export function maskUrl(url: string): string {
  return url
    .replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/i, `$1${mask}@`)
    .replaceAll(/([?&][^=&#]*(?:token|key|secret|password)[^=&#]*=)[^&#]*/gi, `$1${mask}`);
}
