import { useEffect, useRef } from "preact/hooks";

/** Takes a Parquet file of the user's: chosen, or dropped anywhere on the page. It stays in the browser. */
export function FileChooser({ open }: { open: (file: File) => Promise<void> }) {
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const allow = (event: DragEvent) => event.preventDefault();
    const take = (event: DragEvent) => {
      event.preventDefault();
      const file = event.dataTransfer?.files[0];
      if (file !== undefined) void open(file);
    };
    addEventListener("dragover", allow);
    addEventListener("drop", take);
    return () => {
      removeEventListener("dragover", allow);
      removeEventListener("drop", take);
    };
  }, [open]);
  return (
    <>
      <input
        ref={input}
        type="file"
        accept=".parquet"
        hidden
        aria-label="Parquet file of the Open MLPerf dataset"
        onChange={({ currentTarget }) => {
          const file = currentTarget.files?.[0];
          if (file !== undefined) void open(file);
          currentTarget.value = "";
        }}
      />
      <button type="button" title="Or drop a Parquet file on the page" onClick={() => input.current?.click()}>
        Open file
      </button>
    </>
  );
}
