package cli

const windows = true
