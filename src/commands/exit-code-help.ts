/** What the exit codes mean, for the end of a help text. */
export const exitCodeHelp = `Exit codes:
  0  done and VALID, or accuracy reached   4  endpoint unreachable or refused
  1  internal error                        5  failed run
  2  usage or configuration                6  accuracy below target
  3  INVALID                             130  interrupted`;
