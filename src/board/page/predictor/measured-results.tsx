import type { MeasuredResult } from "../../../predict/catalog.ts";
import { numberText } from "../wording.ts";

/** One measured result with links: to all that is known of it here, and to where it was published. */
export function MeasuredLink(props: {
  result: MeasuredResult;
  rowOfResult: (id: string) => number | null;
  openRows: (rows: readonly number[], title: string) => void;
}) {
  const { result, rowOfResult, openRows } = props;
  const row = rowOfResult(result.id);
  const words = [
    result.round ?? "own run, not verified by MLCommons",
    result.submitter,
    `${result.accelerators} × ${result.accelerator}`,
    `${result.model} ${result.dataType}`,
    result.scenario,
    result.framework,
  ]
    .filter((word) => word !== null)
    .join(" · ");
  return (
    <>
      {row === null ? (
        words
      ) : (
        <button type="button" class="link" onClick={() => openRows([row], "Measured result")}>
          {words}
        </button>
      )}
      : {numberText(result.tokensPerSecond)} tokens/s
      {result.url !== null && (
        <>
          {" "}
          (
          <a href={result.url} rel="noreferrer">
            published
          </a>
          )
        </>
      )}
    </>
  );
}
