// The package in Node: PACKAGE is its folder, VECTORS the published vectors, GUZHENG the program.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import path from "node:path";
import test from "node:test";
import { pathToFileURL } from "node:url";
import { runVectors } from "./vectors.mjs";

const { PACKAGE, VECTORS, GUZHENG } = process.env;
const SIZE_MAX = 64 * 1024;
const api = await import(pathToFileURL(path.join(PACKAGE, "index.js")));
const read = (name) => readFile(path.join(VECTORS, name));

/** What the program says of the same files: undefined where the policy is unusable. */
function programReport(row) {
  const args = ["verify", "--json", "--lang", "en", "--policy", row.policy, row.certificate,
    ...(row.files ?? [])];
  const done = spawnSync(GUZHENG, args, { cwd: VECTORS, encoding: "utf8" });
  if (done.status === 2) return undefined;
  const report = JSON.parse(done.stdout);
  delete report.times.late; // needs the bank's kinds
  return report;
}

test("the module is small and imports nothing", async () => {
  const file = path.join(PACKAGE, "guzheng.wasm");
  assert.ok((await stat(file)).size < SIZE_MAX);
  assert.deepEqual(WebAssembly.Module.imports(await WebAssembly.compile(await readFile(file))), []);
});

test("every vector gives its result, and the program's report", async () => {
  const { count, failures } = await runVectors(read, api, (row, report) => {
    const theirs = programReport(row);
    if (theirs === undefined) return report.result === "unusable" ? undefined : "usable";
    assert.deepEqual(report, theirs, row.certificate);
  });
  assert.deepEqual(failures, []);
  assert.equal(count, 354);
});

test("a flipped bit is never valid", async () => {
  const verifier = await api.Verifier.load();
  for (const [suite, step] of [["gm", 11], ["intl", 37]]) {
    const policy = await read(`${suite}.policy`);
    const wire = new Uint8Array(await read(`${suite}-003.gzcert`));
    assert.equal(verifier.verify(wire, policy).result, "valid");
    for (let i = 0; i < wire.length; i += step) {
      wire[i] ^= 1;
      assert.notEqual(verifier.verify(wire, policy).result, "valid", `${suite}, byte ${i}`);
      wire[i] ^= 1;
    }
  }
});

test("contents hash alike however they come, side by side too", async () => {
  const content = new Uint8Array(300001).map((_, i) => (i * 131) >> 3);
  const digest = (name) => createHash(name).update(content).digest("hex");
  const want = { path: "", size: content.length, sm3: digest("sm3"), sha256: digest("sha256") };
  async function* parts(size) {
    for (let i = 0; i < content.length; i += size) yield content.subarray(i, i + size);
  }
  const verifier = await api.Verifier.load();
  const ways = [content, content.buffer, new DataView(content.buffer), new Blob([content]),
    new Blob([content]).stream(), parts(1000), parts(65537), parts(63)];
  for (const got of await Promise.all(ways.map((way) => verifier.hash(way))))
    assert.deepEqual(got, want);
  const none = await verifier.hash(new Uint8Array(0), "empty");
  assert.equal(none.sha256, createHash("sha256").digest("hex"));
});

test("in one call, with names", async () => {
  const policy = await read("gm.policy"), wire = await read("gm-001.gzcert");
  const file = { path: "a.pdf", content: await read("gm-contract-0.pdf") };
  const report = await api.verify(wire, policy, [file]);
  assert.equal(report.result, "valid");
  assert.equal(report.originals[0].path, "a.pdf");
  assert.equal((await api.verify(wire, policy)).result, "incomplete");
  const other = await api.verify(wire, policy, [new TextEncoder().encode("another file")]);
  assert.deepEqual([other.result, other.check], ["invalid", 3]);
});

test("what is no certificate is a report, what is no policy an error", async () => {
  const verifier = await api.Verifier.load();
  const policy = await read("gm.policy"), wire = await read("gm-003.gzcert");
  for (const bad of [new Uint8Array(0), new Uint8Array(8 * 1024 * 1024), policy])
    assert.deepEqual([verifier.verify(bad, policy).result, verifier.verify(bad, policy).check],
      ["invalid", 1]);
  assert.throws(() => verifier.verify(wire, new Uint8Array(0)), api.PolicyError);
  assert.throws(() => verifier.verify(wire, wire), api.PolicyError);
  assert.throws(() => verifier.verify("text", policy), TypeError);
  assert.throws(() => verifier.verify(wire, policy, [{ size: 1, sm3: "00", sha256: "00" }]),
    TypeError);
  assert.equal(verifier.verify(wire, policy).result, "valid");
});
