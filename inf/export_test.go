package inf

// Limit sets how much work one INF may cost.
func (n *Needs) Limit(work int) { n.limit = work }
