package sevenzip

import (
	"bufio"
	"compress/bzip2"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/zstd"
	"github.com/stangelandcl/ppmd"

	"github.com/drivercat/drivercat/catalog/source/archive"
	"github.com/drivercat/drivercat/catalog/source/archive/deflate64"
	"github.com/drivercat/drivercat/catalog/source/archive/lzma"
)

// The numbers of methods, from Methods.txt of the LZMA SDK.
const (
	methodCopy      = 0x00
	methodDelta     = 0x03
	methodX86       = 0x04
	methodPPC       = 0x05
	methodIA64      = 0x06
	methodARM       = 0x07
	methodThumb     = 0x08
	methodSPARC     = 0x09
	methodARM64     = 0x0A
	methodLZMA2     = 0x21
	methodSwap2     = 0x020302
	methodSwap4     = 0x020304
	methodLZMA      = 0x030101
	methodOldX86    = 0x03030103
	methodBCJ2      = 0x0303011B
	methodOldPPC    = 0x03030205
	methodOldIA64   = 0x03030401
	methodOldARM    = 0x03030501
	methodOldThumb  = 0x03030701
	methodOldSPARC  = 0x03030805
	methodPPMd      = 0x030401
	methodDeflate   = 0x040108
	methodDeflate64 = 0x040109
	methodBZip2     = 0x040202
	methodZstd      = 0x04F71101
	methodAES       = 0x06F10701
)

// unknown names methods that are not supported.
func unknown(method uint64) error {
	name, ok := map[uint64]string{0x0B: "RISC-V", 0x04F71102: "Brotli", 0x04F71104: "LZ4", 0x04F71105: "LZ5", 0x04F71106: "Lizard"}[method]
	if !ok {
		name = fmt.Sprintf("%X", method)
	}
	return fmt.Errorf("the compression method %s is %w", name, archive.ErrUnsupported)
}

// opener makes the decoders of one folder, within the memory that is left.
type opener struct {
	in     archive.Input
	st     *streams
	f      *folder
	memory int64
	close  []func()
}

// open makes the decoder c and those that feed it.
func (o *opener) open(c int) (io.Reader, error) {
	co := &o.f.coders[c]
	inputs := make([]io.Reader, co.inputs)
	for i := range inputs {
		r, err := o.input(co.first + i)
		if err != nil {
			return nil, err
		}
		inputs[i] = r
	}
	if co.method == methodBCJ2 && co.inputs != 4 || co.method != methodBCJ2 && co.inputs != 1 {
		return nil, errHeader
	}
	r, err := o.decoder(co, inputs)
	if err != nil {
		return nil, err
	}
	return io.LimitReader(r, co.size), nil
}

// input is what feeds an input of a decoder: another decoder or packed data.
func (o *opener) input(in int) (io.Reader, error) {
	if from, ok := o.f.bound[in]; ok {
		return o.open(from)
	}
	for i, p := range o.f.packed {
		if p == in {
			at, size := o.f.offsets[i], o.st.packed[o.f.stream+i]
			if at > o.in.Size-signatureLen || size > o.in.Size-signatureLen-at {
				return nil, fmt.Errorf("%w: packed data lie behind its end", archive.ErrCorrupt)
			}
			return io.NewSectionReader(o.in, signatureLen+at, size), nil
		}
	}
	return nil, errHeader
}

// take reserves memory.
func (o *opener) take(n int64) error {
	if o.memory -= n; o.memory < 0 {
		return fmt.Errorf("%w: unpacking would take more memory than is allowed", archive.ErrLimit)
	}
	return nil
}

// bufferCost is what a decoder takes at most beside its dictionary.
const bufferCost = 512 << 10

// decoder makes a decoder of the method.
func (o *opener) decoder(c *coder, in []io.Reader) (io.Reader, error) {
	if err := o.take(bufferCost); err != nil {
		return nil, err
	}
	buffered := func() *bufio.Reader { return bufio.NewReaderSize(in[0], filterSize) }
	switch c.method {
	case methodCopy:
		return in[0], nil
	case methodLZMA, methodLZMA2:
		return o.lzma(c, in[0])
	case methodBCJ2:
		return newBCJ2(in), nil
	case methodDeflate:
		return archive.Damaged(flate.NewReader(buffered())), nil
	case methodDeflate64:
		return deflate64.NewReader(buffered()), nil
	case methodBZip2:
		return archive.Damaged(bzip2.NewReader(buffered())), o.take(8 << 20)
	case methodPPMd:
		return o.ppmd(c, buffered())
	case methodZstd:
		d, err := zstd.NewReader(in[0], zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(uint64(max(o.memory/2, 1<<10))))
		if err != nil {
			return nil, err
		}
		o.close = append(o.close, d.Close)
		return archive.Damaged(d), nil
	case methodAES:
		return nil, archive.ErrEncrypted
	case methodDelta:
		if len(c.props) != 1 {
			return nil, errHeader
		}
		return newFiltered(in[0], delta(int(c.props[0])+1)), nil
	}
	f, err := branchFilter(c)
	if err != nil {
		return nil, err
	}
	return newFiltered(in[0], f), nil
}

// branchFilter is the filter for a processor's code. It may be given the address where the code starts.
func branchFilter(c *coder) (filter, error) {
	place := uint32(0)
	if len(c.props) == 4 {
		place = binary.LittleEndian.Uint32(c.props)
	}
	switch c.method {
	case methodSwap2:
		return swap(2), nil
	case methodSwap4:
		return swap(4), nil
	case methodX86, methodOldX86:
		return x86(place), nil
	case methodPPC, methodOldPPC:
		return words(4, place, powerPC), nil
	case methodIA64, methodOldIA64:
		return words(16, place, ia64), nil
	case methodARM, methodOldARM:
		return words(4, place, arm), nil
	case methodThumb, methodOldThumb:
		return thumb(place), nil
	case methodSPARC, methodOldSPARC:
		return words(4, place, sparc), nil
	case methodARM64:
		return words(4, place, arm64), nil
	}
	return nil, unknown(c.method)
}

func (o *opener) lzma(c *coder, in io.Reader) (io.Reader, error) {
	var (
		r   *lzma.Reader
		err error
	)
	if c.method == methodLZMA {
		if len(c.props) != 5 {
			return nil, errHeader
		}
		r, err = lzma.NewReader1(in, [5]byte(c.props), c.size, o.memory)
	} else {
		if len(c.props) != 1 {
			return nil, errHeader
		}
		r, err = lzma.NewReader2(in, c.props[0], o.memory)
	}
	if err != nil {
		return nil, err
	}
	// What grows is there twice for a moment.
	return r, o.take(min(r.Dictionary(), c.size) / 4 * 5)
}

// ppmd decodes variant H. The decoder is given its memory at once.
func (o *opener) ppmd(c *coder, in io.Reader) (io.Reader, error) {
	if len(c.props) != 5 {
		return nil, errHeader
	}
	order, size := int(c.props[0]), int64(binary.LittleEndian.Uint32(c.props[1:]))
	if err := o.take(size + size/8); err != nil {
		return nil, err
	}
	return &ppmdReader{in: in, order: order, memory: int(size), size: int(c.size)}, nil
}

// ppmdReader starts the decoder, which reads and allocates at once, at the first Read.
type ppmdReader struct {
	in                  io.Reader
	order, memory, size int
	r                   *ppmd.Reader
	err                 error
}

// Read decodes. The decoder was not written for data that lie: what makes it index out of its memory is damage.
func (p *ppmdReader) Read(b []byte) (n int, err error) {
	if p.err != nil {
		return 0, p.err
	}
	defer func() {
		if e := recover(); e != nil {
			n, err = 0, fmt.Errorf("%w: the PPMd data make no sense", archive.ErrCorrupt)
		}
		p.err = err
	}()
	if p.r == nil {
		r, err := ppmd.NewH7zReader(p.in, p.order, p.memory, p.size)
		if err != nil {
			return 0, archive.Classify(err)
		}
		p.r = &r
	}
	n, err = p.r.Read(b)
	if err != nil && err != io.EOF {
		err = archive.Classify(err)
	}
	return n, err
}
