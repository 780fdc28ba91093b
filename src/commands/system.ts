import { writeFile } from "node:fs/promises";
import type { CommandModule, InferredOptionTypes } from "yargs";
import { UsageError } from "../errors.ts";
import { readAnswersFile, readAnswerWords } from "../mlperf/system/answer-fields.ts";
import { type SystemReport, systemReport } from "../mlperf/system/system-report.ts";
import { personAt } from "./person.ts";
import { fromHere } from "./terminal.ts";

const flags = {
  output: {
    type: "string",
    requiresArg: true,
    describe: "FILE.json to write; answers that stand in it already are kept. By default stdout",
  },
  endpoint: {
    type: "string",
    requiresArg: true,
    describe: "URL of the server; by default the one that runs here",
  },
  "api-key": { type: "string", requiresArg: true, describe: "Bearer token; better in FLEXBENCH_API_KEY" },
  answer: {
    type: "string",
    array: true,
    nargs: 1,
    default: [] as string[],
    describe: "FIELD=VALUE that the machine cannot know; repeatable",
  },
  answers: { type: "string", requiresArg: true, describe: "FILE.yaml of such fields" },
} as const;

/** Flags of `flexbench system`, as yargs gives them. */
export type SystemFlags = InferredOptionTypes<typeof flags>;

/** `flexbench system`: describes the machine that serves, as a submission to MLPerf holds it. */
export const systemCommand: CommandModule<object, SystemFlags> = {
  command: "system",
  describe: "Describe the machine that serves, for a submission",
  builder: (yargs) =>
    yargs
      .options(flags)
      .example("$0 system --output 8xH100.json", "Run it where the server runs")
      .example('$0 system --answer status=available --answer "cooling=air-cooled"', "What it cannot know"),
  handler: async (args) => {
    const person = personAt(process.stdin, process.stderr);
    try {
      const key = args.apiKey ?? process.env.FLEXBENCH_API_KEY;
      const report = await systemReport({
        endpoint: args.endpoint ?? null,
        access: key ? { headers: { authorization: `Bearer ${key}` } } : {},
        earlier: args.output === undefined ? {} : await earlierAnswers(args.output),
        answers: {
          ...(args.answers === undefined ? {} : await readAnswersFile(args.answers)),
          ...readAnswerWords(args.answer),
        },
        ask: person.ask,
      });
      await tell(report, args.output ?? null);
    } finally {
      person.close();
    }
  },
};

/** A file that is not there yet holds nothing; one that is broken is not overwritten. */
async function earlierAnswers(file: string) {
  try {
    return await readAnswersFile(file);
  } catch (error) {
    const cause = error instanceof UsageError ? error.cause : null;
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return {};
    throw error;
  }
}

async function tell({ description, open, changed }: SystemReport, output: string | null): Promise<void> {
  const text = `${JSON.stringify(description, null, 2)}\n`;
  if (output === null) process.stdout.write(text);
  else await writeFile(output, text);
  for (const { field, from, to } of changed) console.error(`${field} was "${from}" and is "${to}" now.`);
  if (open.length > 0) {
    console.error(`${open.length} fields are open; \`submission init\` will ask for them:`);
    for (const { name, question } of open) console.error(`  ${name}: ${question}`);
  }
  if (output !== null) console.error(`${fromHere(output)} describes this machine.`);
}
