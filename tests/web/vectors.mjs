// The published vectors against the package, in Node and in a browser alike.

/** read(name) gives a vector's bytes; check(row, report) may look closer. */
export async function runVectors(read, { Verifier, PolicyError }, check = () => {}) {
  const rows = JSON.parse(new TextDecoder().decode(await read("vectors.json")));
  const verifier = await Verifier.load();
  const failures = [];
  for (const row of rows) {
    const originals = [];
    for (const name of row.files ?? []) originals.push(await verifier.hash(await read(name), name));
    let report;
    try {
      report = verifier.verify(await read(row.certificate), await read(row.policy), originals,
        row.certificate);
    } catch (e) {
      if (!(e instanceof PolicyError)) throw e;
      report = { result: "unusable" };
    }
    const wrong = compare(row, report) ?? await check(row, report);
    if (wrong) failures.push(`${row.certificate} (${row.about}): ${wrong}`);
  }
  return { count: rows.length, failures };
}

function compare(row, report) {
  if (report.result !== row.result) return `${report.result}, not ${row.result}`;
  if (row.result === "invalid" && report.check !== row.check) return `check ${report.check}`;
  if (row.result !== "valid" && row.result !== "incomplete") return undefined;
  for (const name of ["quorum_time", "proven_time"])
    if (report[name] !== (row[name] || null)) return `${name} ${report[name]}`;
  return undefined;
}
