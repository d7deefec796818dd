package inf

// targetRules are about the systems that a driver is wanted for.
var targetRules = []Rule{}
