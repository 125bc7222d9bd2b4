// tessera measures Tessera's POSIX storage on the work of bench/bench_*.c.
//
//	tessera append FOLDER OUTSTANDING SECONDS SIZE   durable adds a second, then p50 and p99 in us
//	tessera proofs FOLDER SIZE SECONDS               inclusion proofs a second of one core
package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"log"
	mathrand "math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/tessera"
	"github.com/transparency-dev/tessera/api/layout"
	"github.com/transparency-dev/tessera/client"
	"github.com/transparency-dev/tessera/storage/posix"
	"golang.org/x/mod/sumdb/note"
	"k8s.io/klog/v2"
)

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func number(text string) int {
	n, err := strconv.Atoi(text)
	must(err)
	return n
}

func quiet() {
	klog.LogToStderr(false)
	klog.SetOutput(io.Discard)
}

func open(ctx context.Context, folder string, outstanding int) *tessera.Appender {
	must(os.RemoveAll(folder))
	must(os.MkdirAll(folder, 0o755))
	secret, _, err := note.GenerateKey(rand.Reader, "guzheng.test/tessera")
	must(err)
	signer, err := note.NewSigner(secret)
	must(err)
	driver, err := posix.New(ctx, posix.Config{Path: folder})
	must(err)
	appender, _, _, err := tessera.NewAppender(ctx, driver, tessera.NewAppendOptions().
		WithCheckpointSigner(signer).
		WithCheckpointInterval(time.Second).
		WithBatching(batchSize(outstanding), batchAge).
		WithPushback(uint(2*outstanding)+1))
	must(err)
	return appender
}

// The settings that served Tessera best of those tried here (batches of 64 to 4,096 entries, waited
// for 1 to 100 ms): a batch is what is outstanding, at most 1,024.
const batchAge = 50 * time.Millisecond

func batchSize(outstanding int) uint { return uint(min(outstanding, 1024)) }

// One adder, its next entry when the last is durable.
func add(ctx context.Context, a *tessera.Appender, adder, size int, end time.Time) []time.Duration {
	var took []time.Duration
	for i := 0; time.Now().Before(end); i++ {
		entry := make([]byte, size)
		binary.BigEndian.PutUint64(entry, uint64(adder))
		binary.BigEndian.PutUint64(entry[8:], uint64(i))
		start := time.Now()
		_, err := a.Add(ctx, tessera.NewEntry(entry))()
		must(err)
		took = append(took, time.Since(start))
	}
	return took
}

func appendEntries(folder string, outstanding, seconds, size int) {
	ctx := context.Background()
	a := open(ctx, folder, outstanding)
	start := time.Now()
	end := start.Add(time.Duration(seconds) * time.Second)
	var mutex sync.Mutex
	var all []time.Duration
	var group sync.WaitGroup
	for i := range outstanding {
		group.Add(1)
		go func() {
			defer group.Done()
			took := add(ctx, a, i, size, end)
			mutex.Lock()
			all = append(all, took...)
			mutex.Unlock()
		}()
	}
	group.Wait()
	spent := time.Since(start)
	slices.Sort(all)
	fmt.Println(int64(float64(len(all))/spent.Seconds()), all[len(all)/2].Microseconds(),
		all[len(all)*99/100].Microseconds())
	must(os.RemoveAll(folder))
}

// writeTiles lays down the hash tiles of a tree of size leaves, as Tessera's storage would.
func writeTiles(folder string, size uint64) {
	level := make([][]byte, size)
	for i := range level {
		leaf := sha256.Sum256(binary.BigEndian.AppendUint64([]byte{0}, uint64(i)))
		level[i] = leaf[:]
	}
	for l := uint64(0); len(level) > 0; l++ {
		var above [][]byte
		for i := uint64(0); i*layout.TileWidth < uint64(len(level)); i++ {
			tile := level[i*layout.TileWidth : min((i+1)*layout.TileWidth, uint64(len(level)))]
			partial := layout.PartialTileSize(l, i, size)
			name := filepath.Join(folder, layout.TilePath(l, i, partial))
			must(os.MkdirAll(filepath.Dir(name), 0o755))
			must(os.WriteFile(name, bytes.Join(tile, nil), 0o644))
			if partial == 0 {
				above = append(above, root(tile))
			}
		}
		level = above
	}
}

func root(nodes [][]byte) []byte {
	for len(nodes) > 1 {
		var above [][]byte
		for i := 0; i < len(nodes); i += 2 {
			above = append(above, rfc6962.DefaultHasher.HashChildren(nodes[i], nodes[i+1]))
		}
		nodes = above
	}
	return nodes[0]
}

// proofs at random places by one builder, which keeps the tiles that it has read.
func proofs(folder string, size uint64, seconds int) {
	ctx := context.Background()
	must(os.RemoveAll(folder))
	writeTiles(folder, size)
	builder, err := client.NewProofBuilder(ctx, size, client.FileFetcher{Root: folder}.ReadTile)
	must(err)
	random := mathrand.New(mathrand.NewPCG(1, 2))
	count, start := 0, time.Now()
	for time.Since(start) < time.Duration(seconds)*time.Second {
		_, err := builder.InclusionProof(ctx, random.Uint64N(size))
		must(err)
		count++
	}
	fmt.Println(int64(float64(count) / time.Since(start).Seconds()))
	must(os.RemoveAll(folder))
}

func main() {
	quiet()
	if len(os.Args) == 5 && os.Args[1] == "proofs" {
		proofs(os.Args[2], uint64(number(os.Args[3])), number(os.Args[4]))
		return
	}
	if len(os.Args) == 6 && os.Args[1] == "append" {
		appendEntries(os.Args[2], number(os.Args[3]), number(os.Args[4]), number(os.Args[5]))
		return
	}
	log.Fatal("usage: tessera append FOLDER OUTSTANDING SECONDS SIZE | proofs FOLDER SIZE SECONDS")
}
