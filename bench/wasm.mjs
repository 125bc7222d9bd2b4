// What bench_wasm.py measures: `node wasm.mjs PACKAGE VECTORS`; milliseconds as JSON.
import { readFile } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";

const [, , folder, vectors] = process.argv;
const { Verifier } = await import(pathToFileURL(path.join(folder, "index.js")));
const TURNS = 10, LARGE = 20 * 1024 * 1024;
const read = (name) => readFile(path.join(vectors, name));

async function best(run) {
  let ms = Infinity;
  for (let i = 0; i < TURNS; i++) {
    const start = performance.now();
    await run();
    ms = Math.min(ms, performance.now() - start);
  }
  return ms;
}

const verifier = await Verifier.load();
const large = new Blob([new Uint8Array(LARGE)]);
const said = { load: await best(() => Verifier.load()) };
for (const suite of ["gm", "intl"]) {
  const wire = await read(`${suite}-003.gzcert`), policy = await read(`${suite}.policy`);
  const once = () => {
    if (verifier.verify(wire, policy).result !== "valid") throw new Error("not valid");
  };
  said[suite] = await best(once);
  said[`${suite}_file`] = await best(async () => {
    await verifier.hash(large);
    once();
  });
}
console.log(JSON.stringify(said));
