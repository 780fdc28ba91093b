import { useEffect, useRef } from "preact/hooks";

/** Takes files that are dropped anywhere on the page. */
export function useDroppedFile(open: (file: File) => Promise<void>): void {
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
}

/** Takes a Parquet file that the user chooses. It stays in the browser. */
export function FileChooser({ open, label }: { open: (file: File) => Promise<void>; label: string }) {
  const input = useRef<HTMLInputElement>(null);
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
        {label}
      </button>
    </>
  );
}
