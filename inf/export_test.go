package inf

// Limit sets how much work one INF may cost.
func (n *Needs) Limit(work int) { n.work.limit = work }

// ForLimit is For with another limit of work.
func (d *Driver) ForLimit(t Target, work int) *Installation { return d.forTarget(t, work) }
