package cli

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"github.com/drivercat/drivercat/inf"
)

// maxINFBytes is the size above which a file is not read as an INF. The largest that vendors ship are some 10 MiB.
const maxINFBytes = 64 << 20

type parseOptions struct {
	files     []string
	filesFrom string
	expand    bool
	target    string
}

func newParse(a *app) *cobra.Command {
	var o parseOptions
	cmd := &cobra.Command{
		Use:   "parse FILE... | --files-from FILE|-",
		Short: "Print INF files as JSON lines, as Windows reads them",
		Long: `Print INF files as JSON lines, one object for each file, in the order given.

Sections are merged as Windows merges them. Fields stand as in the file, quoting and continuation resolved; --expand
substitutes %strings%. With --target it prints what installing each driver on that system does, and what can import it, in
place of the text; --json makes that one object for each file. A file that cannot be read, or that Windows would refuse, has
an "error", and the rest goes on.`,
		Example: `  drivercat parse samples/sources/R61-8935CTO/CardReader/*.inf
  find samples -name '*.inf' | drivercat parse --files-from - --expand`,
		Args: func(_ *cobra.Command, files []string) error {
			switch {
			case len(files) == 0 && o.filesFrom == "":
				return usageError("name INF files, or a list of them with --files-from; \"-\" is stdin", "nothing to parse")
			case len(files) > 0 && o.filesFrom != "":
				return usageError("leave one of them away", "both FILE arguments and --files-from are given")
			}
			return nil
		},
		ValidArgsFunction: completeINFs,
		RunE: func(cmd *cobra.Command, files []string) error {
			o.files = files
			if o.target != "" {
				return a.runParseTarget(cmd.Context(), o)
			}
			return a.runParse(cmd.Context(), o)
		},
	}
	cmd.Flags().StringVar(&o.filesFrom, "files-from", "", "read the paths from `FILE`, one a line; - is stdin")
	cmd.Flags().BoolVar(&o.expand, "expand", false, "substitute %strings% in keys and fields")
	cmd.Flags().StringVar(&o.target, "target", "", "print what the drivers mean on `TARGET`, such as win11-x64")
	return cmd
}

// runParse reads and parses files on all processors and prints the results in order. At most two files per worker are
// in memory at once.
func (a *app) runParse(ctx context.Context, o parseOptions) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	workers := a.set.workers()
	if workers == 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	p := parsePool{buffers: make(chan []byte, 2*workers), expand: o.expand}
	paths := make(chan string)
	var listErr error // safe to read once the results have ended
	listed := make(chan struct{})
	go func() {
		defer close(listed)
		defer close(paths)
		listErr = a.listPaths(ctx, o, paths)
	}()
	var files, faulty int64
	for r := range inOrder(ctx, workers, paths, p.worker) {
		files++
		if r.fault {
			faulty++
		}
		if r.unreadable != "" {
			a.err.warn("", "%s", r.unreadable)
		}
		if _, err := a.out.Write(r.json); err != nil {
			return err
		}
		p.recycle(r.json)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	<-listed
	if listErr != nil {
		return failed("", "list of files %s: %s", o.filesFrom, fileError(listErr))
	}
	if faulty > 0 {
		return coded(exitPartial, "", "%s of %s had errors", number(faulty), count(files, "file"))
	}
	return nil
}

// listPaths sends the paths to parse until all are sent or ctx ends.
func (a *app) listPaths(ctx context.Context, o parseOptions, to chan<- string) error {
	send := func(path string) bool {
		select {
		case to <- path:
			return true
		case <-ctx.Done():
			return false
		}
	}
	for _, f := range o.files {
		if !send(f) {
			return nil
		}
	}
	if o.filesFrom == "" {
		return nil
	}
	from := a.env.Stdin
	if o.filesFrom != "-" {
		f, err := os.Open(o.filesFrom)
		if err != nil {
			return err
		}
		defer f.Close()
		from = f
	}
	lines := bufio.NewScanner(from)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if path := strings.TrimSuffix(lines.Text(), "\r"); path != "" && !send(path) {
			return nil
		}
	}
	return lines.Err()
}

// parsed is the outcome for one file.
type parsed struct {
	json       []byte
	fault      bool
	unreadable string // what is wrong with a file that could not be read
}

// parsePool is what the workers that parse share.
type parsePool struct {
	buffers chan []byte // room for JSON, to be used again
	expand  bool
}

// worker returns the function of one worker, which keeps room for the bytes of its next file.
func (p *parsePool) worker() func(string) parsed {
	var src []byte
	return func(path string) (r parsed) {
		r, src = p.parse(path, src)
		return r
	}
}

// parse makes the JSON line of one file. buf is room for the file's bytes and is returned for the next one.
func (p *parsePool) parse(path string, buf []byte) (parsed, []byte) {
	var out []byte
	select {
	case out = <-p.buffers:
	default:
	}
	src, err := readINFFile(path, buf)
	if err != nil {
		text := fileError(err)
		return parsed{json: appendUnreadable(out, path, text), fault: true, unreadable: path + ": " + text}, buf
	}
	f, ds := inf.Parse(path, src)
	return parsed{json: appendFile(out, f, ds, p.expand), fault: f.Err != nil}, src
}

// recycle takes a buffer back unless it grew so large that keeping it would waste memory.
func (p *parsePool) recycle(b []byte) {
	if cap(b) > 4<<20 {
		return
	}
	select {
	case p.buffers <- b[:0]:
	default:
	}
}

// readINFFile reads a file into buf, which grows as needed.
func readINFFile(path string, buf []byte) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return nil, err
	}
	switch {
	case st.IsDir():
		return nil, fmt.Errorf("is a folder; name the files in it, or use \"drivercat lint\"")
	case st.Size() > maxINFBytes:
		return nil, fmt.Errorf("is %s long, no INF is longer than %s", size(st.Size()), size(maxINFBytes))
	}
	buf = buf[:0]
	if need := int(st.Size()) + 1; cap(buf) < need {
		buf = make([]byte, 0, need+need/4)
	}
	for { // until EOF and not just the size told: a pipe tells none, and a file may grow
		n, err := f.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		if err == io.EOF {
			return buf, nil
		}
		if err != nil {
			return nil, err
		}
		if len(buf) > maxINFBytes {
			return nil, fmt.Errorf("is longer than %s, no INF is", size(maxINFBytes))
		}
		if len(buf) == cap(buf) {
			buf = append(buf, 0)[:len(buf)]
		}
	}
}
