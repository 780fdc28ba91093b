import { type Problem, UsageError } from "../../errors.ts";
import type { EndpointAccess } from "../../server/endpoint-client.ts";
import { type Answers, type Ask, askFor } from "./answer-fields.ts";
import { collectSystem } from "./collect-system.ts";
import { describeSystem } from "./describe-system.ts";
import { findServer } from "./find-server.ts";
import {
  fieldsOf,
  isAnswered,
  openFields,
  type SystemDescription,
  type SystemField,
  valueProblems,
} from "./system-fields.ts";

/** What a description is made from beside the machine. */
export interface SystemReportOptions {
  /** Server to ask for its name and version. @default the one that runs here */
  endpoint?: string | null;
  /** How it is asked. */
  access?: EndpointAccess;
  /** An earlier description: its answers are kept where the machine says nothing. @default none */
  earlier?: Answers;
  /** What is answered now; it counts more than what the machine says. @default nothing */
  answers?: Answers;
  /** Asks a person for fields that are still open. @default nobody is asked */
  ask?: Ask | null;
}

/** A description and what is to be said of it. */
export interface SystemReport {
  description: SystemDescription;
  /** Fields that nobody answered; the submitter and the division follow from the submission. */
  open: SystemField[];
  /** Fields that the machine says otherwise than the earlier description. */
  changed: { field: string; from: string; to: string }[];
}

const ofSubmission: readonly string[] = ["division", "submitter"];

/**
 * Describes this machine and the server on it. Throws a UsageError `SYSTEM_ANSWERS` with every answer that is no field or
 * has no right value, and an EndpointError when a given endpoint cannot be asked.
 */
export async function systemReport(options: SystemReportOptions = {}): Promise<SystemReport> {
  const { endpoint = null, access = {}, earlier = {}, answers = {}, ask = null } = options;
  checkAnswers(answers);
  const [texts, server] = await Promise.all([collectSystem(), findServer(endpoint, access)]);
  return await completeReport(describeSystem(texts, server), { earlier, answers, ask });
}

/** Puts answers and what the machine says together. */
export async function completeReport(
  told: SystemDescription,
  { earlier, answers, ask }: { earlier: Answers; answers: Answers; ask: Ask | null },
): Promise<SystemReport> {
  const description: SystemDescription = { ...told };
  const changed: SystemReport["changed"] = [];
  for (const [field, value] of Object.entries(earlier)) {
    const now = told[field];
    if (!isAnswered(now)) description[field] = value;
    else if (isAnswered(value) && String(value) !== String(now) && !(field in answers))
      changed.push({ field, from: String(value), to: String(now) });
  }
  Object.assign(description, answers);
  const open = () => openFields(description).filter(({ name }) => !ofSubmission.includes(name));
  if (ask !== null) Object.assign(description, await askFor(open(), ask));
  return { description, open: open(), changed };
}

function checkAnswers(answers: Answers): void {
  const known = new Set(fieldsOf("network").map(({ name }) => name));
  const problems: Problem[] = [
    ...Object.keys(answers)
      .filter((field) => !known.has(field))
      .map((field) => ({ where: field, message: "is no field of a system" })),
    ...valueProblems(answers).map(({ field, message }) => ({ where: field, message })),
  ];
  if (problems.length > 0) throw new UsageError("SYSTEM_ANSWERS", problems);
}
