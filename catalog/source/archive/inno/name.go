package inno

import (
	"bytes"
	"fmt"
	"path"
	"strings"
)

// expand turns a destination into a path: {app}\x.inf is app/x.inf. Constants stand for themselves, since where they lead is
// decided by the machine and by what the user enters. Characters that a constant may have and a name may not become $.
func expand(dest string) string {
	s, _ := constants(dest, 0)
	s = strings.ReplaceAll(s, `\`, "/")
	// Below a folder an installer may go up and down again; above the top it would lead out, which Clean refuses.
	s = path.Clean(strings.TrimLeft(s, "/"))
	if s == "." {
		return ""
	}
	return s
}

// maxNested is how deep constants may lie in each other.
const maxNested = 16

// constants replaces the constants in s, up to the brace that closes the one s is inside of if there is one. It returns
// what is left behind it.
func constants(s string, depth int) (out, rest string) {
	var b strings.Builder
	for s != "" {
		i := strings.IndexAny(s, "{}")
		if i < 0 {
			i = len(s)
		}
		b.WriteString(safe(s[:i]))
		if s = s[i:]; s == "" {
			break
		}
		open := s[0] == '{'
		s = s[1:]
		switch {
		case !open && depth > 0:
			return b.String(), s
		case !open:
			b.WriteByte('}')
		case strings.HasPrefix(s, "{"): // {{ is a brace
			b.WriteByte('{')
			s = s[1:]
		case depth == maxNested:
			b.WriteByte('{')
		default:
			var inner string
			inner, s = constants(s, depth+1)
			b.WriteString(inner)
		}
	}
	return b.String(), ""
}

func safe(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || strings.ContainsRune(`<>:"|?*`, r) {
			return '$'
		}
		return r
	}, s)
}

// item is a file with a name of its own.
type item struct {
	name string
	file *file
}

// names gives each file that lies in the installer a name of its own.
type names struct {
	t     *tables
	text  text
	have  map[string]int // names in lower case, index in items
	items []item
	lost  []item // had their name taken by another
}

func nameFiles(t *tables, x text) []item {
	n := &names{t: t, text: x, have: map[string]int{}}
	for i := range t.files {
		f := &t.files[i]
		if f.location < 0 || f.location >= len(t.locations) {
			continue // outside of the installer, or made during the installation
		}
		if name := expand(x.decode(f.dest)); name != "" {
			n.add(item{name, f})
		}
	}
	n.addLost()
	return n.items
}

func (n *names) add(it item) {
	key := strings.ToLower(it.name)
	i, taken := n.have[key]
	switch {
	case !taken:
		n.have[key] = len(n.items)
		n.items = append(n.items, it)
	case n.items[i].file.location == it.file.location:
	case n.t.replaces(it.file, n.items[i].file):
		n.lost = append(n.lost, n.items[i])
		n.items[i] = it
	default:
		n.lost = append(n.lost, it)
	}
}

// addLost puts what lost its name into folders by condition.
func (n *names) addLost() {
	numbers := map[string]int{}
	type copied struct {
		name     string
		location int
	}
	seen := map[copied]bool{}
	for _, it := range n.lost {
		key := copied{strings.ToLower(it.name), it.file.location}
		if seen[key] || n.items[n.have[key.name]].file.location == it.file.location {
			continue
		}
		seen[key] = true
		condition := n.conditionOf(it.file)
		number, ok := numbers[condition]
		if !ok {
			number = len(numbers) + 2
			numbers[condition] = number
		}
		for ; ; number += len(numbers) + 1 {
			name := aside(it.name, number)
			lower := strings.ToLower(name)
			if _, taken := n.have[lower]; !taken {
				n.have[lower] = len(n.items)
				n.items = append(n.items, item{name, it.file})
				break
			}
		}
	}
}

// aside is a name in the folder for the condition of this number.
func aside(name string, number int) string {
	first, rest, ok := strings.Cut(name, "/")
	if !ok {
		return fmt.Sprintf("@%d/%s", number, name)
	}
	return fmt.Sprintf("%s@%d/%s", first, number, rest)
}

// conditionOf is what decides whether a file is installed, as one text.
func (n *names) conditionOf(f *file) string {
	c := f.condition
	bits := fmt.Sprint(f.options.has(n.t.options.bits32), f.options.has(n.t.options.bits64))
	return string(bytes.Join([][]byte{c.components, c.tasks, c.languages, c.check, []byte(bits)}, []byte{0, 0xFF}))
}

// replaces reports whether an installation of everything would replace the file old, which comes first, by f: by version,
// then by what the flags say. jrsoftware.org/ishelp, [Files] section, ignoreversion and the following.
func (t *tables) replaces(f, old *file) bool {
	o, a, b := t.options, &t.locations[f.location], &t.locations[old.location]
	byTime := true
	if !f.options.has(o.ignoreVersion) {
		switch {
		case b.hasVer && (!a.hasVer || b.version > a.version):
			return false
		case b.hasVer && b.version == a.version && !f.options.has(o.sameVersion):
			if f.options.has(o.sameContents) {
				return !bytes.Equal(a.sum, b.sum)
			}
			if !f.options.has(o.newerTime) {
				return false
			}
		case a.hasVer:
			byTime = false
		}
	}
	if byTime && f.options.has(o.newerTime) {
		return a.modified > b.modified
	}
	return true
}
