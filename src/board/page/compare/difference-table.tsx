import type { ComparedSystem } from "./compared-systems.ts";
import { SystemHeadings } from "./system-headings.tsx";

/** One attribute with what it is of each system, in the order of systems. */
export interface AttributeLine {
  title: string;
  /** One sentence; null where the title says it. */
  meaning: string | null;
  texts: readonly string[];
}

/** Stands for what is not known. */
export const unknownSign = "–";

/** Attributes side by side; those that differ are marked by a sign and by colour. Nothing where there is nothing to show. */
export function DifferenceTable(props: {
  caption: string;
  lines: readonly AttributeLine[];
  systems: readonly ComparedSystem[];
  isOnlyDifferences: boolean;
}) {
  const { caption, systems, isOnlyDifferences } = props;
  const lines = props.lines
    .map((line) => ({ ...line, differs: new Set(line.texts).size > 1 }))
    .filter(({ texts, differs }) =>
      isOnlyDifferences ? differs : texts.some((text) => text !== unknownSign),
    );
  if (lines.length === 0) return <p class="soft">{caption}: nothing differs.</p>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard.
    <section class="scroll" tabIndex={0} aria-label={caption}>
      <table class="attributes">
        <caption>{caption}; ≠ marks what differs</caption>
        <thead>
          <tr>
            <th scope="col">attribute</th>
            <SystemHeadings systems={systems} />
          </tr>
        </thead>
        <tbody>
          {lines.map(({ title, meaning, texts, differs }) => (
            <tr key={title} class={differs && !isOnlyDifferences ? "differs" : undefined}>
              <th scope="row" title={meaning ?? undefined}>
                {differs ? "≠ " : ""}
                {title}
              </th>
              {texts.map((text, place) => (
                <td key={systems[place]?.key}>{text}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
