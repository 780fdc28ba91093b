import { parseArgs } from "node:util";
import { peerClients } from "./peers/all.mjs";

const knownParts = ["cpu", "requests", "open", "truth", "streams", "workers", "handover", "beside"];

const options = {
  quick: { type: "boolean" },
  repeats: { type: "string" },
  only: { type: "string" },
  with: { type: "string" },
  output: { type: "string" },
};

/** The flags of `npm run bench`, with all their problems at once. */
export function readFlags(args) {
  const { values, positionals } = parseArgs({ args, options, strict: false, allowPositionals: true });
  const problems = [
    ...positionals.map((word) => `${word}: only flags are known`),
    ...Object.entries(values).flatMap(([flag, value]) => {
      if (options[flag] === undefined) return [`--${flag}: known are --${Object.keys(options).join(", --")}`];
      if (typeof value !== options[flag].type)
        return [options[flag].type === "string" ? `--${flag} needs a value` : `--${flag} takes no value`];
      return [];
    }),
  ];
  if (problems.length > 0) return { problems };
  const { quick = false, repeats = "3", only, with: asked, output } = values;
  const count = quick ? 1 : Number(repeats);
  if (!Number.isSafeInteger(count) || count < 1) problems.push("--repeats must be a whole number above 0");
  const parts = only === undefined ? knownParts : only.split(",");
  for (const part of parts)
    if (!knownParts.includes(part)) problems.push(`--only ${part}: known are ${knownParts.join(", ")}`);
  const peers = asked === undefined ? [] : asked.split(",");
  if (only?.split(",").includes("beside") && peers.length === 0)
    problems.push("--only beside needs --with, which names the clients");
  for (const peer of peers) {
    const client = peerClients[peer];
    if (client === undefined)
      problems.push(`--with ${peer}: known are ${Object.keys(peerClients).join(", ")}`);
    else if (!client.isFound())
      problems.push(`--with ${peer}: there is no program ${client.program} on PATH`);
  }
  return { quick, repeats: count, parts: new Set([...parts, "beside"]), peers, output, problems };
}
