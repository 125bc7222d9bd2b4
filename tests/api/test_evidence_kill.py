#!/usr/bin/python3
"""kill -9 of the bank while callers push single items and batches: what was acknowledged is there
under the same number, what was not is sent again with the same Idempotency-Key, and every item is
recorded once. 6 rounds, or 60 with GUZHENG_SOAK."""
import http.client
import os
import random
import sys
import threading
import time

from evidence_client import Api, Checks, Consortium, batch, contract, lines, open_api, repayment

ROUNDS = 60 if os.environ.get("GUZHENG_SOAK") else 6
CALLERS = 8
BATCH_LINES = 400
TROUBLE = (OSError, http.client.HTTPException, ValueError)
SETTLE_S = 60


class Caller(threading.Thread):
    """Pushes items one by one until the bank dies; knows what was acknowledged."""

    def __init__(self, chain, name):
        super().__init__()
        self.chain, self.name_of = chain, name
        self.acknowledged, self.open, self.odd = {}, [], []

    def one(self, api, number):
        made = contract(number) if int(number[-1]) == 0 else repayment(number)
        status, _, body = api.post(made, Idempotency_Key=f"key-{number}")
        if status == 201:
            self.acknowledged[number] = body["id"]
        elif status != 503:
            self.odd.append((number, status, body))

    def run(self):
        number = "?"
        try:
            api = Api(self.chain)
            for i in range(10000):
                number = f"{self.name_of}-{i}"
                self.open.append(number)
                self.one(api, number)
                if number in self.acknowledged:
                    self.open.remove(number)
        except TROUBLE:
            return


class Batch(threading.Thread):
    def __init__(self, chain, name):
        super().__init__()
        self.chain = chain
        self.numbers = [f"{name}-{i}" for i in range(BATCH_LINES)]
        self.results = []

    def run(self):
        try:
            body = lines(*(repayment(n) for n in self.numbers))
            self.results = batch(Api(self.chain), body)[1]
        except TROUBLE:
            return


def one_round(chain, rng, number):
    post_again(Api(chain), f"ready-{number}-1")
    callers = [Caller(chain, f"S{number}-{c}") for c in range(CALLERS)]
    batches = [Batch(chain, f"B{number}-{b}") for b in range(2)]
    for thread in callers + batches:
        thread.start()
    time.sleep(rng.uniform(0.05, 0.8))
    chain.kill("bank")
    for thread in callers + batches:
        thread.join()
    chain.start("bank")
    chain.wait_ready()
    return callers, batches


def is_there(api, number, identity):
    status, _, body = api.get(f"/v1/evidence/{identity}")
    return status == 200 and body["event_number"] == number


def post_again(api, number):
    """Until the clock is trusted again."""
    made = contract(number) if int(number[-1]) == 0 else repayment(number)
    end = time.monotonic() + SETTLE_S
    while True:
        status, _, body = api.post(made, Idempotency_Key=f"key-{number}")
        if status != 503 or time.monotonic() > end:
            return status, body
        time.sleep(0.1)


def after(check, chain, callers, batches, known, wrong):
    """Nothing acknowledged is lost; the rest is sent again."""
    api = Api(chain)
    odd = [o for c in callers for o in c.odd]
    check("no answer but 201 and 503", not odd, odd[:2])
    lost = [n for c in callers for n, i in c.acknowledged.items() if not is_there(api, n, i)]
    check("every acknowledged item is there", not lost, lost[:5])
    for caller in callers:
        known.update(caller.acknowledged)
        for number in caller.open:
            status, body = post_again(api, number)
            known[number] = body.get("id")
            wrong += [(number, status, body)] if status != 201 else []
        for number in some(caller.acknowledged):
            status, body = post_again(api, number)
            same = (status, body.get("id")) == (201, known[number])
            wrong += [] if same else [(number, status, body)]
    for sent in batches:
        for result in sent.results:
            if result["status"] in (200, 201):
                known[result["event_number"]] = result["id"]
        again = batch(api, lines(*(repayment(n) for n in sent.numbers)))[1]
        check("a batch sent again has every line", len(again) == BATCH_LINES
              and all(r["status"] in (200, 201) for r in again), again[:2])
        for result in again:
            same = known.setdefault(result["event_number"], result["id"]) == result["id"]
            wrong += [] if same else [result]


def some(acknowledged):
    return list(acknowledged)[:5] + list(acknowledged)[-5:]


def main():
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else random.randrange(10**6)
    print(f"seed {seed}, {ROUNDS} rounds", flush=True)
    rng, check, known, wrong = random.Random(seed), Checks(), {}, []
    with Consortium() as chain:
        open_api(chain)
        for number in range(ROUNDS):
            callers, batches = one_round(chain, rng, number)
            known[f"ready-{number}-1"] = post_again(Api(chain), f"ready-{number}-1")[1]["id"]
            acknowledged = sum(len(c.acknowledged) for c in callers)
            print(f"round {number}: {acknowledged} acknowledged before the end", flush=True)
            after(check, chain, callers, batches, known, wrong)
        check("an answer is the same whoever asks again", not wrong, wrong[:3])
        status = chain.status()["records"]
        check("each item once", status["total"] == len(known) == len(set(known.values())),
              (status, len(known)))
        check("all stop when asked", chain.stop_all() == [0, 0, 0, 0])
    check.finish()


if __name__ == "__main__":
    main()
