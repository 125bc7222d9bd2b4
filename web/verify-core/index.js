/** Verification of 固证 certificates, in the browser and in Node, by the same C code as `guzheng
 * verify`. Nothing is sent anywhere: the module imports nothing. */

const PAGE = 65536;
const PART = 65536; // of a file, hashed at a time
const FILE = 72; // size, SM3, SHA-256
const REQUEST = 40; // struct web_request of module.h: ten words
const OK = 0, MALFORMED = 1;
const TIME_MAX = 253402300799n; // 9999-12-31T23:59:59Z
const TIME_MIN = -62135596800n; // 0001-01-01T00:00:00Z
const BEIJING_S = 8n * 3600n;

const RESULTS = { 0: "valid", 1: "invalid", 3: "incomplete" };
const CHECKS = ["form", "disclosures", "files", "inclusion", "checkpoint", "times", "timestamps",
  "node"];
const OUTCOMES = ["not_reached", "passed", "failed", "incomplete", "not_checked"];

/** The policy cannot be used: its message says why. */
export class PolicyError extends Error {
  name = "PolicyError";
}

const toHex = (bytes) => Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");

function fromHex(hex, size) {
  if (typeof hex !== "string" || hex.length !== 2 * size || !/^[0-9a-f]*$/.test(hex))
    throw new TypeError(`a digest is ${2 * size} lower-case hexadecimal digits`);
  return Uint8Array.from({ length: size }, (_, i) => parseInt(hex.slice(2 * i, 2 * i + 2), 16));
}

const asBytes = (data) => {
  if (data instanceof Uint8Array) return data;
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  throw new TypeError("bytes are a Uint8Array, another view of an ArrayBuffer, or an ArrayBuffer");
};

async function* readAll(stream) {
  const reader = stream.getReader();
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) yield part.value;
  } finally {
    reader.releaseLock();
  }
}

/** Whatever content comes in, its parts. */
function partsOf(content) {
  if (typeof content?.stream === "function") return readAll(content.stream());
  if (typeof content?.getReader === "function") return readAll(content);
  if (typeof content?.[Symbol.asyncIterator] === "function") return content;
  return [asBytes(content)];
}

/** In Beijing; of a year that four digits do not hold, "@" and the Unix seconds. */
function timeText(seconds, ns) {
  const s = BigInt(seconds);
  if (s + BEIJING_S > TIME_MAX || s + BEIJING_S < TIME_MIN) return `@${s}`;
  const local = new Date(Number(s + BEIJING_S) * 1000 + Math.floor(ns / 1000000));
  return local.toISOString().slice(-24).replace("Z", "+08:00");
}

function timesOf(raw) {
  const known = raw.quorum_time !== 0 && BigInt(raw.quorum_time) <= TIME_MAX;
  return {
    recorded_at: raw.entry?.recorded_at ?? null,
    occurred_at: "occurred_s" in raw ? timeText(raw.occurred_s, raw.occurred_ns) : null,
    quorum_time: raw.quorum_time || null,
    proven_time: raw.proven_time || null,
    lag_recorded_ms: known ? raw.lag_recorded_ms ?? null : null,
    lag_occurred_ms: known ? raw.lag_occurred_ms ?? null : null,
    witnesses: raw.witnesses,
  };
}

function reportOf(raw, name, originals) {
  return {
    certificate: name,
    form: "gzcert",
    result: RESULTS[raw.result],
    check: raw.check || null,
    reason: raw.reason,
    checks: raw.checks.map(([outcome, detail], i) =>
      ({ check: i + 1, name: CHECKS[i], outcome: OUTCOMES[outcome], detail })),
    entry: raw.entry ?? null,
    disclosed: raw.disclosed,
    originals,
    files_missing: raw.files_missing,
    position: raw.position ?? null,
    quorum_time: raw.quorum_time || null,
    proven_time: raw.proven_time || null,
    times: timesOf(raw),
    notes: null,
  };
}

export class Verifier {
  #c;
  #base;

  constructor(instance) {
    this.#c = instance.exports;
    this.#base = this.#c.__heap_base.value;
  }

  /** module: a WebAssembly.Module, or its bytes. Left out: guzheng.wasm beside this file. */
  static async load(module) {
    let given = module ?? (await Verifier.#read(new URL("guzheng.wasm", import.meta.url)));
    if (!(given instanceof WebAssembly.Module)) given = await WebAssembly.compile(asBytes(given));
    return new Verifier(await WebAssembly.instantiate(given, {}));
  }

  static async #read(url) {
    if (url.protocol === "file:" && globalThis.process?.versions?.node)
      return (await import("node:fs/promises")).readFile(url);
    const answer = await fetch(url);
    if (!answer.ok) throw new Error(`guzheng.wasm: HTTP ${answer.status}`);
    return answer.arrayBuffer();
  }

  /** Lays out blocks of these sizes, each aligned; their addresses. */
  #layOut(sizes) {
    let end = this.#base;
    const at = sizes.map((n) => {
      const start = (end + 15) & ~15;
      end = start + n;
      return start;
    });
    const missing = end - this.#c.memory.buffer.byteLength;
    if (missing > 0 && this.#c.memory.grow(Math.ceil(missing / PAGE)) < 0)
      throw new RangeError("out of memory");
    return at;
  }

  #bytes(at, n) {
    return new Uint8Array(this.#c.memory.buffer, at, n);
  }

  /** Size and digests of a content, read part by part. Contents may be hashed side by side. */
  async hash(content, path = "") {
    const state = new Uint8Array(this.#c.web_hashing_size());
    const [at, part, out] = this.#layOut([state.length, PART, FILE]);
    this.#c.web_hashing_begin(at);
    state.set(this.#bytes(at, state.length));
    for await (const given of partsOf(content)) {
      // Nothing runs between the two copies of the state, so other hashings do no harm.
      const bytes = asBytes(given);
      this.#bytes(at, state.length).set(state);
      for (let i = 0; i < bytes.length; i += PART) {
        const some = bytes.subarray(i, i + PART);
        this.#bytes(part, some.length).set(some);
        this.#c.web_hashing_add(at, part, some.length);
      }
      state.set(this.#bytes(at, state.length));
    }
    this.#bytes(at, state.length).set(state);
    this.#c.web_hashing_end(at, out);
    const size = new DataView(this.#c.memory.buffer).getBigUint64(out, true);
    return {
      path,
      size: Number(size),
      sm3: toHex(this.#bytes(out + 8, 32)),
      sha256: toHex(this.#bytes(out + 40, 32)),
    };
  }

  #putOriginal(at, original) {
    new DataView(this.#c.memory.buffer).setBigUint64(at, BigInt(original.size), true);
    this.#bytes(at + 8, 32).set(fromHex(original.sm3, 32));
    this.#bytes(at + 40, 32).set(fromHex(original.sha256, 32));
  }

  #run(certificate, policy, originals) {
    const room = this.#c.web_memory(certificate.length, policy.length) >>> 0;
    const [request, cert, pol, files, memory] =
      this.#layOut([REQUEST, certificate.length, policy.length, FILE * originals.length, room]);
    this.#bytes(cert, certificate.length).set(certificate);
    this.#bytes(pol, policy.length).set(policy);
    originals.forEach((original, i) => this.#putOriginal(files + i * FILE, original));
    new Uint32Array(this.#c.memory.buffer, request, REQUEST / 4).set(
      [cert, certificate.length, pol, policy.length, files, originals.length, memory, room, 0, 0]);
    const code = this.#c.web_verify(request);
    const [text, n] = new Uint32Array(this.#c.memory.buffer, request + 32, 2);
    const said = new TextDecoder("utf-8", { fatal: true }).decode(this.#bytes(text, n));
    if (code === MALFORMED) throw new PolicyError(said);
    if (code !== OK) throw new RangeError("out of memory");
    return JSON.parse(said);
  }

  /** originals: what hash() gives. */
  verify(certificate, policy, originals = [], name = "") {
    const raw = this.#run(asBytes(certificate), asBytes(policy), originals);
    return reportOf(raw, name, originals.map(({ path = "", size, sm3, sha256 }) =>
      ({ path, size, sm3, sha256 })));
  }
}

let shared;

/** Everything in one call: files are contents, or { path, content }. */
export async function verify(certificate, policy, files = [], name = "") {
  shared ??= Verifier.load();
  const verifier = await shared.catch((e) => {
    shared = undefined;
    throw e;
  });
  const originals = [];
  for (const file of files) {
    const named = file !== null && typeof file === "object" && "content" in file;
    originals.push(await (named ? verifier.hash(file.content, file.path)
      : verifier.hash(file, file?.name)));
  }
  return verifier.verify(certificate, policy, originals, name);
}
