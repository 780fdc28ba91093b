import { useState } from "preact/hooks";
import { FileChooser } from "./file-chooser.tsx";

/** Asks for data where the board has none: a file, an address, or the command that makes one. */
export function AskForData({ open }: { open: (file: File) => Promise<void> }) {
  const [address, setAddress] = useState("");
  return (
    <section class="ask" aria-labelledby="ask-title">
      <h2 id="ask-title">No dataset is open</h2>
      <p>
        Drop a Parquet file of the Open MLPerf dataset anywhere on this page, or choose one. It stays in your
        browser.
      </p>
      <FileChooser open={open} label="Choose a file" />
      <form
        onSubmit={(event) => {
          event.preventDefault();
          const parameters = new URLSearchParams({ data: address });
          location.assign(`${location.pathname}?${parameters}${location.hash}`);
        }}
      >
        <label class="choice">
          <span>Or the address of one, whose host must allow it</span>
          <input
            type="url"
            required
            placeholder="https://…/openmlperf.parquet"
            value={address}
            onInput={({ currentTarget }) => setAddress(currentTarget.value)}
          />
        </label>
        <button type="submit">Open address</button>
      </form>
      <p>
        <code>flexbench dataset build</code> makes the dataset from published results,{" "}
        <code>flexbench dataset pull OWNER/NAME</code> gets one from the Hub;{" "}
        <code>flexbench board --dataset FOLDER</code> then shows it.
      </p>
    </section>
  );
}
