// foreignlog is a log of Tessera's POSIX storage that publishes a checkpoint only when the witness
// has cosigned it, by Tessera's own client. It is driven by lines on standard input, each answered
// with one line. It answers over HTTP from the beginning, so that the witness can ask for its clock.
//
//	foreignlog keys FOLDER                   makes the key, prints the log's vkey
//	foreignlog serve FOLDER PORT VKEY URL    VKEY and URL of the witness
//
//	open             begins: Tessera has its empty tree cosigned at once -> "ready", or it ends
//	add N            N more entries                        -> "index I" of the last
//	published I MS   waits for a published checkpoint over I -> "size S" or "not published"
package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"log"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"filippo.io/torchwood"
	"github.com/transparency-dev/tessera"
	"github.com/transparency-dev/tessera/storage/posix"
	"golang.org/x/mod/sumdb/note"
)

const (
	origin = "interop.example/tessera"
	step   = 20 * time.Millisecond
)

func must[T any](v T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return v
}

func makeKey(folder string) {
	secret, public, err := note.GenerateKey(rand.Reader, origin)
	if err == nil {
		err = os.MkdirAll(folder, 0o755)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, "log.key"), []byte(secret), 0o600)
	}
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(public)
}

func open(ctx context.Context, folder, vkey, witnessURL string) *tessera.Appender {
	secret := must(os.ReadFile(filepath.Join(folder, "log.key")))
	witness := must(tessera.NewWitness(vkey, must(url.Parse(witnessURL))))
	driver := must(posix.New(ctx, posix.Config{Path: filepath.Join(folder, "tiles")}))
	appender, _, _, err := tessera.NewAppender(ctx, driver, tessera.NewAppendOptions().
		WithCheckpointSigner(must(note.NewSigner(string(secret)))).
		WithCheckpointInterval(100*time.Millisecond).
		WithBatching(256, 10*time.Millisecond).
		WithWitnesses(tessera.NewWitnessGroup(1, witness), nil))
	if err != nil {
		log.Fatal(err)
	}
	return appender
}

type foreign struct {
	appender *tessera.Appender
	folder   string
	added    int
}

func (f *foreign) add(ctx context.Context, n int) string {
	var last tessera.IndexFuture
	for range n {
		f.added++
		last = f.appender.Add(ctx, tessera.NewEntry(fmt.Appendf(nil, "entry %d", f.added)))
	}
	return fmt.Sprint("index ", must(last()).Index)
}

// text is a note without its signatures.
func text(signed []byte) string {
	before, _, _ := strings.Cut(string(signed), "\n\n")
	return before + "\n"
}

func (f *foreign) published(index, ms int) string {
	end := time.Now().Add(time.Duration(ms) * time.Millisecond)
	for ; ; time.Sleep(step) {
		signed, err := os.ReadFile(filepath.Join(f.folder, "tiles", "checkpoint"))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			log.Fatal(err)
		}
		if err == nil {
			n := must(torchwood.ParseCheckpoint(text(signed))).N
			if n > int64(index) {
				return fmt.Sprint("size ", n)
			}
		}
		if time.Now().After(end) {
			return "not published"
		}
	}
}

func main() {
	if len(os.Args) == 3 && os.Args[1] == "keys" {
		makeKey(os.Args[2])
		return
	}
	if len(os.Args) != 6 || os.Args[1] != "serve" {
		log.Fatal("usage: foreignlog keys FOLDER | serve FOLDER PORT VKEY URL")
	}
	folder, port := os.Args[2], os.Args[3]
	files := http.FileServer(http.Dir(filepath.Join(folder, "tiles")))
	go func() { log.Fatal(http.ListenAndServe("127.0.0.1:"+port, files)) }()
	fmt.Println("listening")
	in := bufio.NewScanner(os.Stdin)
	in.Scan()
	ctx := context.Background()
	f := &foreign{appender: open(ctx, folder, os.Args[4], os.Args[5]), folder: folder}
	fmt.Println("ready")
	for in.Scan() {
		var a, b int
		switch n, _ := fmt.Sscanf(in.Text(), "add %d", &a); n {
		case 1:
			fmt.Println(f.add(ctx, a))
		default:
			must(fmt.Sscanf(in.Text(), "published %d %d", &a, &b))
			fmt.Println(f.published(a, b))
		}
	}
}
