/** One thing in a submission that breaks a rule. */
export interface CheckProblem {
  /** File or folder, from the root of the submission; `.` is the root itself. */
  file: string;
  /** Name of the rule, as docs/submission-rules.md lists it. */
  rule: string;
  /** What is wrong, as one sentence without the place. */
  message: string;
}

/** What a rule found: a problem that does not know its rule's name yet. */
export type Finding = Omit<CheckProblem, "rule">;

/** One thing that a submission, or one part of it, must hold. */
export interface Rule<Subject> {
  /** Stable name, e.g. `performance-valid`. */
  id: string;
  /** What it asks, as one sentence. */
  asks: string;
  /** Everything that breaks it; nothing where the rule cannot be judged because another one is broken. */
  find: (subject: Subject) => Iterable<Finding>;
}

/** Problems of one part of a submission under all its rules. */
export function applyRules<Subject>(
  rules: readonly Rule<Subject>[],
  subjects: readonly Subject[],
): CheckProblem[] {
  return subjects.flatMap((subject) =>
    rules.flatMap(({ id, find }) =>
      [...find(subject)].map(({ file, message }) => ({ file, rule: id, message })),
    ),
  );
}
