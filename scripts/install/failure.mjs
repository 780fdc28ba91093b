/** Why the installation cannot go on: one sentence that ends with the fix, and where its log is, if there is one. */
export class InstallFailure extends Error {
  /**
   * @param {string} sentence
   * @param {{ lines?: string[] }} [details] The decisive lines of a tool's output.
   */
  constructor(sentence, { lines = [] } = {}) {
    super(sentence);
    this.name = "InstallFailure";
    this.lines = lines;
  }
}
