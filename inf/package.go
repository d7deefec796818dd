package inf

// allCopies gathers every CopyFiles reference of the file, whichever section it stands in. With legacy it gathers the
// references of the sections that only Windows 95, 98 and Me read, without it all others.
func (d *Driver) allCopies(legacy bool) []copyRef {
	dead := d.legacySections()
	var refs []copyRef
	for _, sec := range d.File.Sections {
		if _, ok := stringsLanguage(sec.Name); ok || equalFold(sec.Name, "Strings") || equalFold(sec.Name, "Version") || dead[sec] != legacy {
			continue
		}
		refs = d.copyFiles(sec, refs)
	}
	return refs
}

// legacySections finds the install sections that no Windows NT reads: [ClassInstall], which NT spells [ClassInstall32],
// and [X] where every models entry that names X has [X.NT] or [X.NT<arch>]. A section that Needs names elsewhere is not
// one of them.
func (d *Driver) legacySections() map[*Section]bool {
	dead := map[*Section]bool{}
	if sec := d.File.Section("ClassInstall"); sec != nil {
		dead[sec] = true
	}
	alive := map[*Section]bool{}
	seen := map[Arch]*foldMap[struct{}]{}
	for _, ms := range d.ModelsSections() {
		arch := ms.Arch()
		if ms.Section == nil || arch == "" {
			continue
		}
		if seen[arch] == nil {
			seen[arch] = &foldMap[struct{}]{}
		}
		for i := range ms.Section.Lines {
			l := &ms.Section.Lines[i]
			name := d.field(l, 0)
			if !l.HasKey || name == "" || !seen[arch].add(name, struct{}{}) {
				continue
			}
			plain := d.File.Section(name)
			switch _, actual := d.InstallSection(name, arch); {
			case plain == nil:
			case actual == plain:
				alive[plain] = true
			default:
				dead[plain] = true
			}
		}
	}
	if len(dead) == 0 {
		return nil
	}
	for _, sec := range d.File.Sections {
		for i := range sec.Lines {
			if l := &sec.Lines[i]; d.isDirective(l, "Needs") && !dead[sec] {
				for j := range l.Fields {
					if needed := d.File.Section(d.field(l, j)); needed != nil {
						alive[needed] = true
					}
				}
			}
		}
	}
	for sec := range alive {
		delete(dead, sec)
	}
	return dead
}

// PackageFiles returns the files that the INF copies on any system since Windows 2000, as they lie for an architecture, each
// path once: with the INF and its catalogs this is what the vendor signed (the rule of
// learn.microsoft.com/windows-hardware/drivers/install/inf-sourcedisksfiles-section). Files that [SourceDisksFiles] does
// not list for the architecture come with Listed false. Files that only Windows 95, 98 and Me copy are left out, see
// LegacyFiles, and so are those of sections to which nothing leads. Of an INF that is no driver all files count.
func (d *Driver) PackageFiles(arch Arch) []SourceFile {
	return d.resolve(d.packageCopies(), arch)
}

// packageCopies gathers what the package copies, on all architectures.
func (d *Driver) packageCopies() []copyRef {
	if d.Kind != KindDevice && d.Kind != KindPrimitive {
		return d.allCopies(false)
	}
	d.copies.once.Do(func() {
		for _, a := range arches {
			d.copies.refs = d.reached(a, d.copies.refs)
		}
	})
	return d.copies.refs
}

// CatalogFiles returns the files that a catalog of the INF should list besides the INF itself: those that are copied and
// that [SourceDisksFiles] lists. A catalog that only CatalogFile.NT<arch> names covers that architecture alone, another
// one all of them. Ask CalledBy whether a name in the catalog means a file.
func (d *Driver) CatalogFiles(catalog string) []SourceFile {
	var out []SourceFile
	seen := map[string]int{} // index into out + 1
	for _, a := range arches {
		if !d.covers(catalog, a) {
			continue
		}
		for _, sf := range d.resolve(d.reached(a, nil), a) {
			if !sf.Listed {
				continue
			}
			key := fold(sf.Name)
			if seen[key] == 0 {
				out = append(out, sf)
				seen[key] = len(out)
				continue
			}
			for _, t := range sf.Targets {
				out[seen[key]-1].addTarget(t)
			}
		}
	}
	return out
}

// covers reports whether a catalog signs the files of an architecture.
func (d *Driver) covers(catalog string, arch Arch) bool {
	for _, c := range d.Version.Catalogs {
		if equalFold(c.Name, catalog) && (c.Platform == "" || c.Platform == "nt" || c.Platform == "nt"+string(arch)) {
			return true
		}
	}
	return false
}

// reached adds what the install sections of an architecture copy to refs: those of its models, [DefaultInstall], and the
// class and interface installers. Each section is read once.
func (d *Driver) reached(arch Arch, refs []copyRef) []copyRef {
	w := &walk{d: d, arch: arch, visited: map[*Section]bool{}, work: &budget{limit: maxWork}}
	each := w.copies(&refs)
	models := map[*Section]bool{}
	seen := map[string]bool{}
	reads := false
	for _, ms := range d.ModelsSections() {
		own := ms.Arch() == arch
		if !own && (ms.Arch() == "" || !ms.anyArch()) || ms.Section == nil || models[ms.Section] {
			continue
		}
		models[ms.Section] = true
		for i := range ms.Section.Lines {
			l := &ms.Section.Lines[i]
			name := d.field(l, 0)
			if !l.HasKey || name == "" || seen[name] {
				continue
			}
			seen[name] = true
			// Before Server 2003 SP1 models without an architecture serve any; their sections for it count if there are some.
			if own || d.File.Section(name+".NT"+string(arch)) != nil {
				reads = true
				w.install(name, each)
			}
		}
	}
	if _, sec := d.InstallSection("DefaultInstall", arch); sec != nil {
		reads = true
		w.install("DefaultInstall", each)
	}
	if reads {
		w.shared(each)
	}
	return refs
}

// anyArch reports whether the decoration names no architecture.
func (ms ModelsSection) anyArch() bool {
	dec, ok := ParseDecoration(ms.Decoration)
	return ms.Decoration == "" || ok && dec.Arch == ""
}

// LegacyFiles returns the files that only Windows 95, 98 and Me copy: catalogs do not list them.
func (d *Driver) LegacyFiles(arch Arch) []SourceFile {
	refs := d.allCopies(true)
	if len(refs) == 0 {
		return nil
	}
	var named foldMap[struct{}]
	for r := range d.files(d.allCopies(false), map[*Section]bool{}) {
		named.add(r.name, struct{}{})
	}
	var out []SourceFile
	for _, sf := range d.resolve(refs, arch) {
		if _, ok := named.get(sf.Name); !ok {
			out = append(out, sf)
		}
	}
	return out
}
