import type * as z from "zod";
import type { Problem } from "../errors.ts";

/** What a schema says of a value that is missing or of another kind; `what` completes "must be". */
export function mustBe(what: string): { error: (issue: { readonly input?: unknown }) => string } {
  return { error: ({ input }) => (input === undefined ? "is needed" : `must be ${what}`) };
}

/** Those fields of what was given that a schema had nothing against. */
export function soundFields(given: unknown, problems: readonly Problem[]): Record<string, unknown> {
  const faulty = new Set(problems.map(({ where }) => where.split(".")[0]));
  const entries = Object.entries(Object(given) as Record<string, unknown>);
  return Object.fromEntries(entries.filter(([field]) => !faulty.has(field)));
}

type Issue = z.core.$ZodIssue;

/** Everything that a schema found wrong, each with its place, such as `model.parameters`. */
export function schemaProblems({ issues }: z.ZodError): Problem[] {
  return issues.flatMap((issue) => problemsOfIssue(issue, []));
}

function problemsOfIssue(issue: Issue, above: readonly PropertyKey[]): Problem[] {
  const path = [...above, ...issue.path];
  const placeOf = (keys: readonly PropertyKey[]): string => keys.map(String).join(".") || "body";
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => ({ where: placeOf([...path, key]), message: "is not known" }));
  // Of the branches of a union only that is meant whose kind the value has.
  const meant =
    issue.code === "invalid_union" ? issue.errors.find((branch) => !isOfAnotherKind(branch)) : undefined;
  if (meant !== undefined) return meant.flatMap((inner) => problemsOfIssue(inner, path));
  return [{ where: placeOf(path), message: issue.message }];
}

function isOfAnotherKind([first]: readonly Issue[]): boolean {
  return first?.code === "invalid_type" && first.path.length === 0;
}
