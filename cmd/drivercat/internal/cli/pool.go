package cli

import (
	"context"
	"iter"
	"sync"
)

// inOrder works on inputs at the same time and yields the results in the order of the inputs. begin makes the function of
// one worker, so that it can keep room for its next input. At most two results a worker wait to be taken. It ends early
// when ctx does; the caller must cancel ctx, or take all results, before it goes on.
func inOrder[In, Out any](ctx context.Context, workers int, inputs <-chan In, begin func() func(In) Out) iter.Seq[Out] {
	type job struct {
		in   In
		slot chan Out
	}
	jobs := make(chan job)
	order := make(chan chan Out, 2*workers)
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			work := begin()
			for j := range jobs {
				j.slot <- work(j.in)
			}
		})
	}
	go func() {
		defer close(order)
		defer wg.Wait()
		defer close(jobs)
		for {
			var in In
			var ok bool
			select { // whoever sends inputs may hang in a read, so the context is asked here too
			case in, ok = <-inputs:
			case <-ctx.Done():
			}
			if !ok || ctx.Err() != nil {
				return
			}
			slot := make(chan Out, 1)
			select {
			case order <- slot:
				jobs <- job{in, slot}
			case <-ctx.Done():
				return
			}
		}
	}()
	return func(yield func(Out) bool) {
		for slot := range order {
			if !yield(<-slot) {
				return
			}
		}
	}
}
