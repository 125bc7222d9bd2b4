// proofcheck judges proofs with torchwood's library alone. Each line of standard input is a JSON
// object with "name", "policy" (a C2SP tlog-policy), "entry" (base64 of the log entry) and "proof"
// (a C2SP tlog-proof); each is answered with "name" and "error", which is empty where the proof is
// accepted.
package main

import (
	"encoding/json"
	"log"
	"os"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/tlog"
)

type question struct {
	Name, Policy, Proof string
	Entry               []byte
}

type answer struct {
	Name  string `json:"name"`
	Error string `json:"error"`
}

func judge(q question) error {
	policy, err := torchwood.ParsePolicy([]byte(q.Policy))
	if err != nil {
		return err
	}
	return torchwood.VerifyProof(policy, tlog.RecordHash(q.Entry), []byte(q.Proof))
}

func main() {
	in, out := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	for in.More() {
		var q question
		if err := in.Decode(&q); err != nil {
			log.Fatal(err)
		}
		a := answer{Name: q.Name}
		if err := judge(q); err != nil {
			a.Error = err.Error()
		}
		if err := out.Encode(a); err != nil {
			log.Fatal(err)
		}
	}
}
