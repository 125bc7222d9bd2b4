#!/usr/bin/python3
"""Our log is cosigned by torchwood's litewitness, unmodified, and its cosignature makes the quorum:
refused as long as the witness does not know the log, published after that, also after a restart of
either side. torchwood's library accepts the proofs that come of it."""
import sys

from interop import ORIGIN, Checks, Folder, Litewitness, Log, get, judge_proofs, log_entry


def prove(check, log, names):
    """names: index -> (submission, item)"""
    questions = [{"name": f"entry {i}", "policy": log.policy(), "entry": log_entry(*names[i]),
                  "proof": log.proof(i)} for i in names]
    errors = judge_proofs(questions)
    check(f"torchwood accepts the proofs of entries {list(names)}", not any(errors.values()),
          errors)
    other = [{**q, "entry": log_entry(9, 9)} for q in questions]
    check("torchwood refuses them for another entry", all(judge_proofs(other).values()))


def main():
    check = Checks()
    with Folder() as folder:
        log, witness = Log(folder), Litewitness(folder, "witness.interop")
        witness.start()
        log.start(f"witness w {witness.vkey} {witness.url}\nquorum w\n")
        first = log.submit(5)
        folder.wait("refusal", lambda: log.ask("refused 0") == "yes")
        check("an unknown log is not cosigned", witness.size(ORIGIN) is None)

        witness.add_log(ORIGIN, log.vkey)
        check("the first checkpoint is published", log.publish(first) == 5)
        check("litewitness holds its size", witness.size(ORIGIN) == 5, witness.size(ORIGIN))
        note = get(f"{log.url}/checkpoint").decode()
        check("its line stands in the checkpoint", "\n— witness.interop " in note, note)

        second = log.submit(300)
        check("growth is proved by consistency", log.publish(second) == 305)
        log.stop()
        log.start(f"witness w {witness.vkey} {witness.url}\nquorum w\n")
        third = log.submit(1)
        check("after a restart of the log, by way of 409", log.publish(third) == 306)
        folder.stop(witness.child)
        fourth = log.submit(4096)
        witness.start()
        check("after a restart of the witness", log.publish(fourth) == 4402)
        check("litewitness holds that size", witness.size(ORIGIN) == 4402, witness.size(ORIGIN))
        prove(check, log, {0: (1, 0), 4: (1, 4), 5: (2, 0), 305: (3, 0), 306: (4, 0),
                           4401: (4, 4095)})
        log.stop()
    check.finish()


sys.exit(main())
