import { useId } from "preact/hooks";

/** A labelled number; empty text stands for what is usual, which `usual` shows. */
export function NumberField(props: {
  label: string;
  text: string;
  usual?: string | undefined;
  change: (text: string) => void;
}) {
  const { label, text, usual, change } = props;
  const id = useId();
  return (
    <div class="choice">
      <label for={id}>{label}</label>
      <input
        id={id}
        type="number"
        min="0"
        step="any"
        value={text}
        placeholder={usual}
        onChange={({ currentTarget }) => change(currentTarget.value)}
      />
    </div>
  );
}
