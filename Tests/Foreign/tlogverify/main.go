// Command tlogverify judges proofs of the journal with code nobody here wrote: Debian's
// golang-golang-x-mod-dev (sumdb/note for the signed checkpoint, sumdb/tlog for the hashes and paths).
//
//	GO111MODULE=off GOPATH=/usr/share/gocode go run Tests/Foreign/tlogverify/main.go case.json
//
// It accepts every proof and consistency path of the case, then changes every single byte of proof and entry to every
// other value, drops and doubles each byte, and fails when anything of that is still accepted.
package main

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type testCase struct {
	Vkey   string
	Proofs []struct {
		Proof string // text of the .tlog-proof file
		Entry string // base64 of the entry's bytes
	}
	Consistency []struct {
		Old, New string // signed checkpoints
		Path     []string
	}
}

var errFormat = errors.New("malformed")

// decodeHash is strict where Go's standard decoder is not: it skips line breaks and ignores the unused bits of the
// last character, so one hash would have several spellings.
func decodeHash(text string) (tlog.Hash, error) {
	var hash tlog.Hash
	raw, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || len(raw) != len(hash) || base64.StdEncoding.EncodeToString(raw) != text {
		return hash, errFormat
	}
	copy(hash[:], raw)
	return hash, nil
}

func decimal(text string) (int64, error) {
	value, err := strconv.ParseInt(text, 10, 64)
	if err != nil || value < 0 || strconv.FormatInt(value, 10) != text {
		return 0, errFormat
	}
	return value, nil
}

type head struct {
	size int64
	root tlog.Hash
}

// parseHead reads a checkpoint's text: origin, size, root.
func parseHead(text, origin string) (head, error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 4 || lines[3] != "" || lines[0] != origin {
		return head{}, errFormat
	}
	size, err := decimal(lines[1])
	if err != nil {
		return head{}, err
	}
	root, err := decodeHash(lines[2])
	return head{size, root}, err
}

// open checks the signature with sumdb/note and that the note has its one canonical spelling.
func open(text string, verifier note.Verifier) (head, error) {
	opened, err := note.Open([]byte(text), note.VerifierList(verifier))
	if err != nil {
		return head{}, err
	}
	again := opened.Text + "\n"
	for _, signature := range append(opened.Sigs, opened.UnverifiedSigs...) {
		raw, err := base64.StdEncoding.Strict().DecodeString(signature.Base64)
		if err != nil {
			return head{}, err
		}
		again += "\u2014 " + signature.Name + " " + base64.StdEncoding.EncodeToString(raw) + "\n"
	}
	if again != text {
		return head{}, errFormat
	}
	return parseHead(opened.Text, verifier.Name())
}

// verify is the whole judgement on a .tlog-proof file and the entry it is about.
func verify(proof string, entry []byte, verifier note.Verifier) error {
	blank := strings.Index(proof, "\n\n")
	if blank < 0 {
		return errFormat
	}
	lines, checkpoint := strings.Split(proof[:blank], "\n"), proof[blank+2:]
	if len(lines) < 2 || lines[0] != "c2sp.org/tlog-proof@v1" {
		return errFormat
	}
	lines = lines[1:]
	if strings.HasPrefix(lines[0], "extra ") {
		return errors.New("extra data is not expected here")
	}
	if !strings.HasPrefix(lines[0], "index ") {
		return errFormat
	}
	index, err := decimal(lines[0][len("index "):])
	if err != nil {
		return err
	}
	var path tlog.RecordProof
	for _, line := range lines[1:] {
		hash, err := decodeHash(line)
		if err != nil {
			return err
		}
		path = append(path, hash)
	}
	// The cheap checks come first; only what passes them is worth a signature.
	end := strings.Index(checkpoint, "\n\n")
	if end < 0 {
		return errFormat
	}
	unsigned, err := parseHead(checkpoint[:end+1], verifier.Name())
	if err != nil {
		return err
	}
	if index >= unsigned.size {
		return errors.New("index out of range")
	}
	if err := tlog.CheckRecord(path, unsigned.size, unsigned.root, index, tlog.RecordHash(entry)); err != nil {
		return err
	}
	signed, err := open(checkpoint, verifier)
	if err == nil && signed != unsigned {
		err = errFormat
	}
	return err
}

// spoil calls try with every text that is one byte away from data, on all processors.
func spoil(data []byte, try func(changed []byte, what string)) {
	var group sync.WaitGroup
	for position := range data {
		group.Add(1)
		go func(position int) {
			defer group.Done()
			changed := append([]byte(nil), data...)
			for value := 0; value < 256; value++ {
				if byte(value) != data[position] {
					changed[position] = byte(value)
					try(changed, fmt.Sprintf("byte %d = %#02x", position, value))
				}
			}
			dropped := append(append([]byte(nil), data[:position]...), data[position+1:]...)
			try(dropped, fmt.Sprintf("byte %d dropped", position))
			doubled := append(append([]byte(nil), data[:position+1]...), data[position:]...)
			try(doubled, fmt.Sprintf("byte %d doubled", position))
		}(position)
	}
	group.Wait()
}

func fail(format string, values ...interface{}) {
	fmt.Fprintf(os.Stderr, "tlogverify: "+format+"\n", values...)
	os.Exit(1)
}

func main() {
	if len(os.Args) != 2 {
		fail("usage: tlogverify case.json")
	}
	data, err := os.ReadFile(os.Args[1])
	if err != nil {
		fail("%v", err)
	}
	var sample testCase
	if err := json.Unmarshal(data, &sample); err != nil {
		fail("%v", err)
	}
	verifier, err := note.NewVerifier(sample.Vkey)
	if err != nil {
		fail("key: %v", err)
	}
	if len(sample.Proofs) == 0 || len(sample.Consistency) == 0 {
		fail("the case holds no proofs")
	}
	started := time.Now()
	var refused int64
	for number, proof := range sample.Proofs {
		entry, err := base64.StdEncoding.DecodeString(proof.Entry)
		if err != nil {
			fail("entry %d: %v", number, err)
		}
		if err := verify(proof.Proof, entry, verifier); err != nil {
			fail("proof %d refused: %v\n%s", number, err, proof.Proof)
		}
		spoil([]byte(proof.Proof), func(changed []byte, what string) {
			if verify(string(changed), entry, verifier) == nil {
				fail("proof %d accepted with %s", number, what)
			}
			atomic.AddInt64(&refused, 1)
		})
		spoil(entry, func(changed []byte, what string) {
			// A changed entry has another leaf hash; the rest was judged above.
			if string(changed) != string(entry) && verify(proof.Proof, changed, verifier) == nil {
				fail("entry %d accepted with %s", number, what)
			}
			atomic.AddInt64(&refused, 1)
		})
	}
	checkConsistency(sample, verifier)
	fmt.Printf("tlogverify: %d proofs and %d consistency paths accepted, %d changed ones refused, %.1f s\n",
		len(sample.Proofs), len(sample.Consistency), refused, time.Since(started).Seconds())
}

func checkConsistency(sample testCase, verifier note.Verifier) {
	for number, pair := range sample.Consistency {
		before, err := open(pair.Old, verifier)
		if err != nil {
			fail("old checkpoint %d: %v", number, err)
		}
		after, err := open(pair.New, verifier)
		if err != nil {
			fail("new checkpoint %d: %v", number, err)
		}
		var path tlog.TreeProof
		for _, line := range pair.Path {
			hash, err := decodeHash(line)
			if err != nil {
				fail("consistency path %d: %v", number, err)
			}
			path = append(path, hash)
		}
		if err := tlog.CheckTree(path, after.size, after.root, before.size, before.root); err != nil {
			fail("consistency %d -> %d: %v", before.size, after.size, err)
		}
		before.root[7] ^= 1
		if tlog.CheckTree(path, after.size, after.root, before.size, before.root) == nil {
			fail("consistency %d -> %d accepted with another old root", before.size, after.size)
		}
	}
}
