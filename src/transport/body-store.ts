import { closeSync, createWriteStream, openSync, readFileSync, readSync, statSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { Dataset, Sample } from "../dataset/define-dataset.ts";
import { EnvironmentError, FlexBenchError } from "../errors.ts";
import type { BodiesPlan } from "./plan.ts";

/** Loaded request bodies: plain data, cloned to worker threads while its memory is shared. */
export interface LoadedBodies {
  /** The bodies, one after the other. */
  buffer: SharedArrayBuffer;
  /** Sample indices that are loaded, ascending and without repeats. */
  samples: Float64Array<SharedArrayBuffer>;
  /** The body of `samples[i]` is bytes offsets[i]..offsets[i+1] of `buffer`. */
  offsets: Float64Array<SharedArrayBuffer>;
}

/** Bodies on disk, read on demand. */
export interface BodyStore {
  /**
   * Reads just these samples into shared memory; repeats are read once.
   * Throws `BODY_INDEX_INVALID` for an index outside the dataset and `BODIES_UNREADABLE` when the file fails.
   */
  load(sampleIndices: ArrayLike<number>): LoadedBodies;
  close(): void;
}

/** Loaded bodies as a worker reads them. */
export interface BodyView {
  /** The body of one sample, without a copy. Throws `BODY_NOT_LOADED`. */
  body(sampleIndex: number): Uint8Array;
}

const offsetBytes = Float64Array.BYTES_PER_ELEMENT;
const writeChunkBytes = 1024 * 1024;
// One read call of the operating system carries at most 2 GiB - 4096 bytes on Linux.
const mostBytesPerRead = 1024 * 1024 * 1024;

/**
 * Writes the request bodies of a whole dataset to `bodies.bin` and `offsets.bin` in `folder`, which is created
 * when it is missing. Holds one chunk of bodies at a time; what `build` or the dataset throws ends the writing.
 */
export async function writeBodies(
  dataset: Dataset,
  build: (sample: Sample, sampleIndex: number) => Uint8Array,
  folder: string,
): Promise<BodiesPlan> {
  await mkdir(folder, { recursive: true });
  const bodiesPath = join(folder, "bodies.bin");
  const offsetsPath = join(folder, "offsets.bin");
  const offsets = new DataView(new ArrayBuffer((dataset.size + 1) * offsetBytes));

  async function* chunksOfBodies(): AsyncGenerator<Buffer> {
    let end = 0;
    let chunk: Uint8Array[] = [];
    let chunkStart = 0;
    for (let index = 0; index < dataset.size; index += 1) {
      const body = build(await dataset.sample(index), index);
      chunk.push(body);
      end += body.byteLength;
      offsets.setFloat64((index + 1) * offsetBytes, end, true);
      if (end - chunkStart >= writeChunkBytes) {
        yield Buffer.concat(chunk);
        chunk = [];
        chunkStart = end;
      }
    }
    yield Buffer.concat(chunk);
  }

  await pipeline(chunksOfBodies, createWriteStream(bodiesPath));
  await writeFile(offsetsPath, offsets);
  return {
    bodiesPath,
    offsetsPath,
    totalSampleCount: dataset.size,
    performanceSampleCount: dataset.performanceSampleCount,
    datasetName: dataset.name,
  };
}

/** Opens bodies that `writeBodies` wrote. Throws `BODIES_UNREADABLE` when the files are missing or not whole. */
export function openBodies(plan: BodiesPlan): BodyStore {
  const offsets = readOffsets(plan);
  const file = reading(plan.bodiesPath, () => openSync(plan.bodiesPath, "r"));
  return {
    load: (sampleIndices) => {
      const samples = ascendingWithoutRepeats(sampleIndices, plan.totalSampleCount);
      const loaded = layOut(samples, offsets);
      const buffer = new Uint8Array(loaded.buffer);
      reading(plan.bodiesPath, () => {
        for (const { first, next } of neighbours(samples)) {
          const target = buffer.subarray(at(loaded.offsets, first), at(loaded.offsets, next));
          readFully(file, target, at(offsets, at(samples, first)));
        }
      });
      return loaded;
    },
    close: () => closeSync(file),
  };
}

/** A worker's view of loaded bodies; looking up a body takes constant time. */
export function viewBodies({ buffer, samples, offsets }: LoadedBodies): BodyView {
  const notLoaded = -1;
  const positionOfSample = new Int32Array((samples.at(-1) ?? -1) + 1).fill(notLoaded);
  for (const [position, sample] of samples.entries()) {
    positionOfSample[sample] = position;
  }
  return {
    body: (sampleIndex) => {
      const position = positionOfSample[sampleIndex] ?? notLoaded;
      const start = offsets[position];
      const end = offsets[position + 1];
      if (start === undefined || end === undefined) {
        throw new FlexBenchError(
          "BODY_NOT_LOADED",
          `The request body of sample ${sampleIndex} is not loaded.`,
        );
      }
      return Buffer.from(buffer, start, end - start);
    },
  };
}

/** Offsets of all bodies, checked against the size of both files. */
function readOffsets(plan: BodiesPlan): Float64Array {
  return reading(plan.offsetsPath, () => {
    const bytes = readFileSync(plan.offsetsPath);
    const expectedBytes = (plan.totalSampleCount + 1) * offsetBytes;
    if (bytes.byteLength !== expectedBytes) {
      throw new Error(`it holds ${bytes.byteLength} bytes instead of ${expectedBytes}`);
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const offsets = new Float64Array(plan.totalSampleCount + 1);
    for (let index = 0; index < offsets.length; index += 1) {
      offsets[index] = view.getFloat64(index * offsetBytes, true);
    }
    const bodiesBytes = statSync(plan.bodiesPath).size;
    if (offsets.at(-1) !== bodiesBytes) {
      throw new Error(`it ends at byte ${offsets.at(-1)}, but the bodies are ${bodiesBytes} bytes`);
    }
    return offsets;
  });
}

/** Checks that each index is one of the dataset's. */
function ascendingWithoutRepeats(
  sampleIndices: ArrayLike<number>,
  totalSampleCount: number,
): Float64Array<SharedArrayBuffer> {
  const sorted = Float64Array.from(sampleIndices).sort();
  const distinct = sorted.filter((sample, position) => sample !== sorted[position - 1]);
  const wrong = distinct.find(
    (sample) => !(Number.isInteger(sample) && sample >= 0 && sample < totalSampleCount),
  );
  if (wrong !== undefined) {
    throw new FlexBenchError(
      "BODY_INDEX_INVALID",
      `Sample ${wrong} is asked for, but the dataset has samples 0 to ${totalSampleCount - 1}.`,
    );
  }
  const samples = sharedFloat64Array(distinct.length);
  samples.set(distinct);
  return samples;
}

/** Shared memory for these samples, back to back, not yet filled. */
function layOut(samples: Float64Array<SharedArrayBuffer>, bodyOffsets: Float64Array): LoadedBodies {
  const offsets = sharedFloat64Array(samples.length + 1);
  let end = 0;
  for (const [position, sample] of samples.entries()) {
    end += at(bodyOffsets, sample + 1) - at(bodyOffsets, sample);
    offsets[position + 1] = end;
  }
  return { buffer: new SharedArrayBuffer(end), samples, offsets };
}

/** Runs of samples that lie side by side in the file, as positions first..next-1. */
function* neighbours(samples: Float64Array): Generator<{ first: number; next: number }> {
  let first = 0;
  for (let next = 1; next <= samples.length; next += 1) {
    if (samples[next] !== at(samples, next - 1) + 1) {
      yield { first, next };
      first = next;
    }
  }
}

function readFully(file: number, target: Uint8Array, filePosition: number): void {
  let done = 0;
  while (done < target.byteLength) {
    const length = Math.min(target.byteLength - done, mostBytesPerRead);
    const bytesRead = readSync(file, target, done, length, filePosition + done);
    if (bytesRead === 0) {
      throw new Error(`it ends at byte ${filePosition + done}`);
    }
    done += bytesRead;
  }
}

function sharedFloat64Array(length: number): Float64Array<SharedArrayBuffer> {
  return new Float64Array(new SharedArrayBuffer(length * offsetBytes));
}

/** An element that must exist. */
function at(numbers: Float64Array, index: number): number {
  const number = numbers[index];
  if (number === undefined) {
    throw new RangeError(`index ${index} is outside 0..${numbers.length - 1}`);
  }
  return number;
}

function reading<Result>(path: string, read: () => Result): Result {
  try {
    return read();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new EnvironmentError(
      "BODIES_UNREADABLE",
      `The request bodies in ${path} cannot be read: ${reason}.`,
      {
        hint: "Start the run again; its temporary folder must stay in place while it runs.",
        cause,
      },
    );
  }
}
