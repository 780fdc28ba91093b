// A dataset of your own: flexbench run --dataset ./examples/custom-dataset.mjs:12
// The part after the colon is this dataset's own argument: the largest factor of its multiplication tables.
import { defineDataset } from "flexbench";

export default defineDataset({
  name: "multiplication",
  description: "Multiplication tables, with the product as the reference.",
  load({ argument, options }) {
    const largest = Number(argument || 10);
    if (!Number.isInteger(largest) || largest < 1) {
      throw new Error(`the largest factor must be a whole number above 0, not "${argument}"`);
    }
    // Set on the command line: --dataset-option language=German
    const language = options.language ?? "English";
    return {
      name: `multiplication up to ${largest}`,
      size: largest ** 2,
      performanceSampleCount: largest ** 2,
      source: "examples/custom-dataset.mjs",
      // Generated, so there is no file to hash.
      sha256: null,
      // Called once for each sample; it may also return a promise.
      sample(index) {
        const [a, b] = [Math.floor(index / largest) + 1, (index % largest) + 1];
        return { prompt: `What is ${a} times ${b}? Answer in ${language}.`, reference: String(a * b) };
      },
    };
  },
});
