/** A round of MLPerf Inference, as LoadGen's revision and the rules of that round make it. */
export interface Round {
  /** As the submission checker calls it. */
  name: string;
  /** Version of LoadGen whose embedded mlperf.conf carries this round's seeds. */
  loadgenVersion: string;
  /** Seeds of mlperf.conf as decimal digits: they are beyond 2^53. */
  seeds: { qsl: string; sampleIndex: string; schedule: string };
}

/**
 * The round that this LoadGen can be submitted to. Its embedded mlperf.conf has the seeds of v6.1; logs with them fail
 * the checks of v6.0, whose seeds were others. Source: loadgen/mlperf.conf of 6.0.17 and the submission checker's
 * constants, mlcommons/inference b66003e.
 */
export const currentRound: Round = {
  name: "v6.1",
  loadgenVersion: "6.0.17",
  seeds: {
    qsl: "2085463073848966840",
    sampleIndex: "2747215439041700203",
    schedule: "16159082839903944936",
  },
};

/** Earlier rounds whose names people still use; their benchmarks and seeds are not those of this LoadGen. */
export const earlierRounds: readonly string[] = ["v4.0", "v4.1", "v5.0", "v5.1", "v6.0"];
