import type { Problem } from "../../../errors.ts";

const fieldWords: Readonly<Record<string, string>> = {
  dataType: "Data type",
  dataTypes: "Data types",
  accelerators: "Number of accelerators",
  promptTokens: "Prompt",
  outputTokens: "Answer",
  ttftLimitMs: "TTFT limit",
  tpotLimitMs: "TPOT limit",
  tokensPerSecond: "Needed tokens/s",
  framework: "Serving engine",
};

/** Everything that is wrong with what was asked, in place of an answer. */
export function ProblemList({ title, problems }: { title: string; problems: readonly Problem[] }) {
  return (
    <div role="alert" class="empty">
      <strong>{title}</strong>
      <ul>
        {problems.map(({ where, message }) => (
          <li key={where + message}>
            {where === "" ? "" : `${fieldWords[where] ?? where}: `}
            {message}
          </li>
        ))}
      </ul>
    </div>
  );
}
