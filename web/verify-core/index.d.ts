/** Bytes as they come: views and buffers. */
export type Bytes = Uint8Array | ArrayBuffer | ArrayBufferView;
/** A file's content; streams and Blobs are read part by part. */
export type Content = Bytes | Blob | ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>;

/** A file by its content: digests as lower-case hexadecimal digits. */
export interface Original {
  path: string;
  size: number;
  sm3: string;
  sha256: string;
}
export type Result = "valid" | "invalid" | "incomplete";
export type Outcome = "not_reached" | "passed" | "failed" | "incomplete" | "not_checked";

export interface Check {
  /** 1 to 8 */
  check: number;
  name: "form" | "disclosures" | "files" | "inclusion" | "checkpoint" | "times" | "timestamps"
    | "node";
  outcome: Outcome;
  /** An English sentence; null where it simply passed or was not reached. */
  detail: string | null;
}
export interface Entry {
  id: string;
  org: string;
  kind: string;
  matter: string;
  seq: number;
  prev: string | null;
  recorded_at: string;
  supersedes: string | null;
  suite: "gm" | "intl";
  fingerprint: string;
}
/** What `guzheng verify --json --lang en` prints, but for `times.late` and check 8. */
export interface Report {
  certificate: string;
  form: "gzcert";
  result: Result;
  /** The failed check; null if none failed. */
  check: number | null;
  reason: string | null;
  checks: Check[];
  /** Null where the form could not be read. */
  entry: Entry | null;
  /** The disclosed fields by name. They are proved only where `result` is "valid". */
  disclosed: Record<string, unknown>;
  originals: Original[];
  /** Disclosed originals that were not given. */
  files_missing: number;
  position: { origin: string; index: number; size: number; root: string } | null;
  /** Unix seconds. */
  quorum_time: number | null;
  proven_time: number | null;
  times: {
    recorded_at: string | null;
    occurred_at: string | null;
    quorum_time: number | null;
    proven_time: number | null;
    lag_recorded_ms: number | null;
    lag_occurred_ms: number | null;
    /** Each court's time of signing, Unix seconds. */
    witnesses: Record<string, number>;
  };
  /** Only a node knows of notes, and none is asked here. */
  notes: null;
}

/** The policy cannot be used; the message says why. */
export class PolicyError extends Error {}

export class Verifier {
  /** module: a compiled module or its bytes; left out: guzheng.wasm beside index.js. */
  static load(module?: WebAssembly.Module | Bytes): Promise<Verifier>;
  hash(content: Content, path?: string): Promise<Original>;
  /** Throws PolicyError; RangeError where memory is out. A bad certificate is a report. */
  verify(certificate: Bytes, policy: Bytes, originals?: readonly Original[], name?: string): Report;
}

/** The files are hashed, then the certificate is verified with them. */
export function verify(certificate: Bytes, policy: Bytes,
  files?: readonly (Content | { path?: string; content: Content })[],
  name?: string): Promise<Report>;
