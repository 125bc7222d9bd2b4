// torchwood measures filippo.io/torchwood on the work of bench/bench_verify.c.
//
//	torchwood verify POLICY CERTIFICATE SECONDS   proofs and their signatures checked a second
package main

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"runtime"
	"strconv"
	"time"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/tlog"
)

func must[T any](v T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return v
}

// read gives the policy, the log entry and the proof of a certificate of suite intl.
func read(policyFile, certificateFile string) (torchwood.Policy, tlog.Hash, []byte) {
	var certificate struct{ Entry, Proof string }
	var entry struct{ Org string }
	policy := must(torchwood.ParsePolicy(must(os.ReadFile(policyFile))))
	if err := json.Unmarshal(must(os.ReadFile(certificateFile)), &certificate); err != nil {
		log.Fatal(err)
	}
	raw := must(base64.RawURLEncoding.DecodeString(certificate.Entry))
	if err := json.Unmarshal(raw, &entry); err != nil {
		log.Fatal(err)
	}
	fingerprint := sha256.Sum256(raw)
	logged := append([]byte(entry.Org+"\n"), fingerprint[:]...)
	return policy, tlog.RecordHash(logged), []byte(certificate.Proof)
}

func main() {
	if len(os.Args) != 5 || os.Args[1] != "verify" {
		log.Fatal("usage: torchwood verify POLICY CERTIFICATE SECONDS")
	}
	policy, leaf, proof := read(os.Args[2], os.Args[3])
	seconds := time.Duration(must(strconv.Atoi(os.Args[4]))) * time.Second
	runtime.GOMAXPROCS(1)
	count, start := 0, time.Now()
	for ; time.Since(start) < seconds; count++ {
		if err := torchwood.VerifyProof(policy, leaf, proof); err != nil {
			log.Fatal(err)
		}
	}
	fmt.Println(int64(float64(count) / time.Since(start).Seconds()))
}
