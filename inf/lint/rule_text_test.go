package lint_test

import "testing"

// device is a driver without findings: cases append to it or change it.
const device = head + `[Manufacturer]
%Acme% = Models, NTamd64
[Models.NTamd64]
%Dev% = Install, PCI\VEN_1234&DEV_0001
[Install.NTamd64]
CopyFiles = Files
[Install.NTamd64.Services]
AddService = acme, 2, Service
[Service]
ServiceType = 1
StartType = 3
ErrorControl = 1
ServiceBinary = %12%\acme.sys
[Files]
acme.sys
[DestinationDirs]
DefaultDestDir = 12
[SourceDisksNames]
1 = Disk
[SourceDisksFiles]
acme.sys = 1
[Strings]
Acme = "Acme"
Dev = "Acme device"
`

func TestTextRules(t *testing.T) {
	testMarks(t, map[string]markCase{
		"header without bracket":              {"INF0101", device + "«[More»\na=b\n"},
		"header without bracket and comment":  {"INF0101", device + "«[More ; note»\na=b\n"},
		"header with everything in it":        {"INF0101", device + "[a;b[c\"d]\na=b\n"},
		"header of 256 characters":            {"INF0102", device + "[«" + repeat("x", 256) + "»]\n"},
		"header of 255 characters":            {"INF0102", device + "[" + repeat("x", 255) + "]\n"},
		"entry first":                         {"INF0103", "«// Acme driver»\n[Version]\nSignature=$CHICAGO$\n"},
		"comment and blank lines first":       {"INF0103", "; Acme driver\n\n[Version]\nSignature=$CHICAGO$\n"},
		"no version":                          {"INF0104", "«[autorun]»\nopen=setup.exe\n"},
		"unknown signature":                   {"INF0104", "[Version]\nSignature=«\"$Windows$\"»\n"},
		"signature in lower case":             {"INF0104", "[Version]\nSignature=$chicago$\n"},
		"quote over two lines":                {"INF0108", device + "Text = «\"one»\ntwo = x\n"},
		"doubled quotes":                      {"INF0108", device + "Text = \"say \"\"yes\"\"\"\n"},
		"text behind a header":                {"INF0109", device + "[More] «[Other]»\n"},
		"comment behind a header":             {"INF0109", device + "[More] ; other\n"},
		"comment inside a table":              {"INF0110", device + "Table = 1,\\\n  «; second row»\n  2\n"},
		"comment behind the backslash":        {"INF0110", device + "Table = 1,\\ ; second row\n  2\n"},
		"path that swallows an entry":         {"INF0111", device + "Dir = C:\\Acme«\\»\nKey = value\n"},
		"path that swallows a header":         {"INF0111", device + "Dir = C:\\Acme«\\»\n[More]\n"},
		"path in quotes":                      {"INF0111", device + "Dir = \"C:\\Acme\\\"\nKey = value\n"},
		"table that goes on":                  {"INF0111", device + "Table = 1,\\\n  2,3\n"},
		"text behind Ctrl-Z":                  {"INF0112", device + "«\x1a»\nmore\n"},
		"Ctrl-Z at the end":                   {"INF0112", device + "\x1a\n"},
		"value of 4097 characters":            {"INF0113", device + "Long = «" + repeat("x", 4097) + "»\n"},
		"value of 4096 characters":            {"INF0113", device + "Long = " + repeat("x", 4096) + "\n"},
		"section twice":                       {"INF0114", "[A]\n[B]\n«[a]\n»x=y\n" + device},
		"entry first in a file with strings":  {"INF0115", "«Acme driver»\n" + device},
		"comment first":                       {"INF0115", "; Acme driver\n" + device},
		"a signature that nothing stands for": {"INF0104", "[Version]\nSignature=«%Sig%»\n[Strings]\nSig=$CHICAGO$\n"},
	})
}

// TestEncodingRules uses bytes, not marks: a byte order mark would hide the first of them.
func TestEncodingRules(t *testing.T) {
	testBytes(t, map[string]byteCase{
		"UTF-8 behind a comment":            {src: "\xef\xbb\xbf; Acme\n" + device, want: []string{"INF0105 warning 3-9"}},
		"UTF-8 in front of a header":        {src: "\xef\xbb\xbf" + device, want: []string{"INF0105 error 3-12"}},
		"UTF-8 without strings":             {src: "\xef\xbb\xbf; Acme\n" + head + "[DefaultInstall.NTamd64]\n", want: []string{"INF0105 error 3-9"}},
		"UTF-16 BE":                         {src: utf16be("; A\n" + device), want: []string{"INF0106 warning 2-8"}},
		"UTF-16 LE is as it should be":      {src: utf16le("; A\n" + device)},
		"a description of 200 characters":   {src: utf16le(change("%Dev% =", "%Long% =") + "Long = " + repeat("é", 200) + "\n")},
		"half a character at the end":       {src: utf16le("; A\n"+device) + "\x41", want: []string{"INF0107 error -"}},
		"UTF-16 LE: places are bytes":       {src: utf16le("[A] é\n" + device), want: []string{"INF0413 info 2-8", "INF0109 info 10-12"}},
		"code page: a character of 2 bytes": {src: "[A] \x95\\\x95\\ x\n" + device + "[Strings.0411]\nAcme=\"\x83A\"\nDev=\"x\"\n", want: []string{"INF0413 info 0-3", "INF0109 info 4-10"}},
	})
}
