package inf

// kindRules are about kinds of drivers with rules of their own: extension INFs, primitive drivers, printers.
var kindRules = []Rule{}
