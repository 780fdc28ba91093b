import { currentRound } from "../round.ts";

/** Stands in a document as long as a person still has to write a part of it. */
export const fillInMark = "FILL IN:";

interface Software {
  version: string;
  commit: string | null;
}

/** `0.1.0 (commit 1a2b3c)`. */
export function softwareName({ version, commit }: Software): string {
  return commit === null ? version : `${version} (commit ${commit})`;
}

/** The README of `src/`: what code made the results, as the rules want it to be found. */
export function sourceReadme(flexbench: Software): string {
  return `# Code of this submission

The results were made by FlexBench ${softwareName(flexbench)}, which drives unaltered MLPerf LoadGen
${currentRound.loadgenVersion} (round ${currentRound.name}), fetched by name from the Python package index, checked by hash and compiled
on installation. Each result's own README.md holds the commands that make it again; \`systems/\` says which server they
were run against, and with what flags.

To run one of them:

1. Install Node.js 20.19 or newer, a C++ compiler and Python 3.
2. Install this version of FlexBench: \`npm install flexbench@${flexbench.version}\`. \`npx flexbench doctor\` says whether the machine is fit.
3. Start the server as \`systems/\` describes it.
4. Run the commands of the result's README.md.
`;
}

/** The calibration document when no weights were quantised. */
export const unquantisedCalibration = `# Calibration

No calibration was needed: the weights run in the data types in which they were published, and nothing was quantised.
`;

/** The calibration document as a person has to complete it. */
export const calibrationTemplate = `# Calibration

${fillInMark} say below how the weights were quantised, then delete this line. Where nothing was quantised, write that no
calibration was needed.

- Which tensors were quantised (weights, activations, key-value cache), and to which data types:
- Which samples were used; the rules allow those of the benchmark's calibration list alone:
- How scales were found (such as the largest magnitude, a percentile, entropy), and per tensor, channel or group:
- What was left in its first data type, such as the last layer:
- The tool and its version, with the command:
`;
