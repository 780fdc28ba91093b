import type { Problem } from "../../../errors.ts";

const commonWords: Readonly<Record<string, string>> = {
  model: "Model",
  scenario: "Scenario",
  workload: "Lengths and limits",
  promptTokens: "Prompt",
  outputTokens: "Answer",
  ttftLimitMs: "TTFT limit",
  tpotLimitMs: "TPOT limit",
  parameters: "Parameters",
  activeParameters: "Active parameters",
  experts: "Experts of a layer",
  expertsActive: "Experts a token takes",
};

/** What the fields of a question about one system are called. */
export const questionWords: Readonly<Record<string, string>> = {
  ...commonWords,
  accelerator: "Accelerator",
  accelerators: "Number of accelerators",
  nodes: "Nodes",
  dataType: "Data type",
  framework: "Serving engine",
};

/** What the fields of a need are called: its accelerators are those that can be had, not how many. */
export const needWords: Readonly<Record<string, string>> = {
  ...commonWords,
  accelerators: "Accelerators that can be had",
  dataTypes: "Data types that are accurate enough",
  tokensPerSecond: "Needed tokens/s",
  maxNodes: "At most nodes",
  budgetPerYear: "At most $ a year",
};

/** Everything that is wrong with what was asked, in place of an answer. */
export function ProblemList(props: {
  title: string;
  problems: readonly Problem[];
  words: Readonly<Record<string, string>>;
}) {
  const { title, problems, words } = props;
  return (
    <div role="alert" class="empty">
      <strong>{title}</strong>
      <ul>
        {problems.map(({ where, message }) => (
          <li key={where + message}>
            {where === "" ? "" : `${words[where.split(".").at(-1) ?? ""] ?? where}: `}
            {message}
          </li>
        ))}
      </ul>
    </div>
  );
}
