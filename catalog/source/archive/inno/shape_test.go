package inno

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"
)

// The shapes of the tables, told a second time and in another way than the reader tells them: a field a line, its kind, its
// name and the versions that have it. Kinds: s a string, a a string of bytes, a number of bytes, w a number of 4 bytes before
// 4.0.0 and of 8 after, { to } a set. From-to, to being the first version without it.
const shapeHeader = `
s appName
s appVerName
s appId
s copyright
s publisher
s publisherURL
s supportPhone 5.1.13-
s supportURL
s updatesURL
s appVersion
s defaultDir
s defaultGroup
s uninstallIcon -3.0.0
s baseName
a license -5.2.5
a before -5.2.5
a after -5.2.5
s uninstallDir
s uninstallName
s uninstallDisplayIcon
s mutex
s user 3.0.0-
s org 3.0.0-
s serial 4.0.0-
s serial 3.0.6.1-4.0.0 isx
a script 4.0.0-5.2.5
a script -4.0.0 isx
s readme 4.2.4-
s contact 4.2.4-
s comments 4.2.4-
s modifyPath 4.2.4-
s uninstallKey 5.3.8-
s uninstallable 5.3.10-
s closeFilter 5.5.0-
s setupMutex 5.5.6-
s environment 5.6.1-
s associations 5.6.1-
s architectures 6.3.0-
s architectures64 6.3.0-
s closeExcludes 6.4.2-
s sevenZip 6.5.0-
s previousDir 6.7.0-
s previousGroup 6.7.0-
s previousType 6.7.0-
s previousTasks 6.7.0-
s previousUser 6.7.0-
a license 5.2.5-
a before 5.2.5-
a after 5.2.5-
a signature 5.2.1-5.3.10
a script 5.2.5-
32 leadBytes 2.0.6- ansi
4 languages 4.0.0-
4 messages 4.2.1-
4 permissions 4.1.0-
4 types
4 components
4 tasks
4 dirs
4 keys 6.5.0-
4 files
4 locations
4 icons
4 inis
4 registry
4 installDeletes
4 uninstallDeletes
4 runs
4 uninstallRuns
20 windows
4 backColor -6.4.0.1
4 backColor2 -6.4.0.1
4 imageColor -5.5.7
4 smallImageColor -5.0.4
1 style 6.0.0-6.6.0
8 size 6.0.0-
1 dark 6.6.0-
1 alpha 5.5.7-
8 imageBack 6.5.2-
4 back 6.7.0-
8 imageBackDark 6.6.0-
4 backDark 6.7.0-
1 opacity 6.6.1-
1 backOpacity 6.7.0-
1 controls 6.7.0-
4 password32 -4.2.0
16 passwordMD5 4.2.0-5.3.9
20 passwordSHA 5.3.9-6.4.0
8 salt 4.2.2-6.4.0
4 passwordTest 6.4.0-6.5.0
16 kdfSalt 6.4.0-6.5.0
4 kdfIterations 6.4.0-6.5.0
24 nonce 6.4.0-6.5.0
w diskSpace
4 slicesPerDisk 4.0.0-
1 installMode -5.0.0
1 logMode
1 uninstallStyle -5.0.0
1 dirExists
4 codeLine 2.0.10-3.0.0 isx
1 restart 3.0.0-3.0.3
1 privileges 3.0.4-
1 privileges 3.0.3-3.0.4 isx
1 overrides 5.7.0-
1 showLanguage 4.0.10-
1 detection 4.0.10-
1 compression 4.1.5-
1 allowed 5.1.0-6.3.0
1 mode64 5.1.0-6.3.0
8 signedUninstaller 5.2.1-5.3.10
1 dirPage 5.3.3-
1 groupPage 5.3.3-
4 displaySize 5.3.6-5.5.0
8 displaySize 5.5.0-
1 variant 5.3.10.1-5.3.11
1 variant 5.4.2.1-5.4.3
1 variant 5.5.0.1-5.5.1
{
o DisableStartupPrompt
o Uninstallable -5.3.10
o CreateAppDir
o DisableDirPage -5.3.3
o DisableProgramGroupPage -5.3.3
o AllowNoIcons
o AlwaysRestart -3.0.0
o AlwaysRestart 3.0.3-
o AlwaysUsePersonalGroup
o WindowVisible -6.4.0.1
o WindowShowCaption -6.4.0.1
o WindowResizable -6.4.0.1
o WindowStartMaximized -6.4.0.1
o EnableDirDoesntExistWarning
o DisableAppendDir -4.1.2
o Password
o AllowRootDirectory
o DisableFinishedPage
o AdminPrivilegesRequired -3.0.4
o AlwaysCreateUninstallIcon -3.0.0
o ChangesAssociations -5.6.1
o CreateUninstallRegKey -5.3.8
o UsePreviousAppDir -6.7.0
o BackColorHorizontal -6.4.0.1
o UsePreviousGroup -6.7.0
o UpdateUninstallLogAppName
o UsePreviousSetupType -6.7.0
o DisableReadyMemo
o AlwaysShowComponentsList
o FlatComponentsList
o ShowComponentSizes
o UsePreviousTasks -6.7.0
o DisableReadyPage
o AlwaysShowDirOnReadyPage 2.0.7-
o AlwaysShowGroupOnReadyPage 2.0.7-
o BzipUsed 2.0.17-4.1.5
o AllowUNCPath 2.0.18-
o UserInfoPage 3.0.0-
o UsePreviousUserInfo 3.0.0-6.7.0
o UninstallRestartComputer 3.0.1-
o RestartIfNeededByRun 3.0.3-
o ShowTasksTreeLines 4.0.0-
o ShowTasksTreeLines 3.0.3-4.0.0 isx
o ShowLanguageDialog 4.0.0-4.0.10
o DetectLanguageUsingLocale 4.0.1-4.0.10
o AllowCancelDuringInstall 4.0.9-
o WizardImageStretch 4.1.3-
o AppendDefaultDirName 4.1.8-
o AppendDefaultGroupName 4.1.8-
o EncryptionUsed 4.2.2-6.5.0
o ChangesEnvironment 5.0.4-5.6.1
o ShowUndisplayableLanguages 5.1.7- ansi
o SetupLogging 5.1.13-
o SignedUninstaller 5.2.1-
o UsePreviousLanguage 5.3.8-
o DisableWelcomePage 5.3.9-
o CloseApplications 5.5.0-
o RestartApplications 5.5.0-
o AllowNetworkDrive 5.5.0-
o ForceCloseApplications 5.5.7-
o AppNameHasConsts 6.0.0-
o UsePreviousPrivileges 6.0.0-
o WizardResizable 6.0.0-6.6.0
o UninstallLogging 6.3.0-
o WizardModern 6.6.0-
o WizardBorderStyled 6.6.0-
o WizardKeepAspectRatio 6.6.0-
o WizardLightButtonsUnstyled 6.6.0-6.7.0
o RedirectionGuard 6.7.0-
o WizardBevelsHidden 6.7.0-
pad 57 6.7.0-
}
`

const shapeLanguage = `
s name 4.0.0-
a languageName
s variant 5.5.7.1-5.5.8
s dialogFont
s titleFont -6.6.0
s welcomeFont
s copyrightFont -6.6.0
a data 4.0.0-
a license 4.0.1-
a before 4.0.1-
a after 4.0.1-
4 id -6.6.0
2 id 6.6.0-
4 codePage 4.2.2- ansi
4 codePage 4.2.2-5.3.0 unicode
4 dialogSize
4 standardHeight -4.1.0
4 baseHeight 6.6.0-
4 baseWidth 6.6.0-
4 titleSize -6.6.0
4 welcomeSize
4 copyrightSize -6.6.0
4 variantSize 5.5.7.1-5.5.8
1 rightToLeft 5.2.3-
`

const shapeCondition = `
s components
s tasks
s languages 4.0.1-
s check 4.0.0-
s check -4.0.0 isx
s afterInstall 4.1.0-
s beforeInstall 4.1.0-
`

const shapeChoice = `
s languages 4.0.1-
s check 4.0.0-
s check -4.0.0 isx
`

const shapeLevel = `
4 level 4.0.0-6.7.0
1 level 6.7.0-
4 level 3.0.3-4.0.0 isx
1 used 4.0.0-
1 used 3.0.4-4.0.0 isx
`

// shapes are those of the other entries.
var shapes = map[string]string{
	"message":    "s name\ns value\n4 language",
	"permission": "a entries",
	"type":       "s name\ns description" + shapeChoice + "20 windows\n1 options\n1 kind 4.0.3-\nw size",
	"component":  "s name\ns description\ns types" + shapeChoice + "w space" + shapeLevel + "20 windows\n1 options\nw size",
	"task":       "s name\ns description\ns group\ns components" + shapeChoice + shapeLevel[1:] + "20 windows\n1 options",
	"dir":        "s name" + shapeCondition + "s permissions 4.0.11-4.1.0\n4 attributes 2.0.11-\n20 windows\n2 permission 4.1.0-\n1 options",
	"key":        "s x\ns y\ns id",
	"file": "s source\ns dest\ns font\ns assembly 5.2.5-" + shapeCondition + `s excludes 6.5.0-
s issig 6.5.0-
s user 6.5.0-
s pass 6.5.0-
s archivePass 6.5.0-
a allowedKeys 6.5.0-
32 hash 6.5.0-
1 verification 6.5.0-
20 windows
4 location
4 attributes
w externalSize
1 copyMode -3.0.5
2 permission 4.1.0-
{
o ConfirmOverwrite
o NeverUninstall
o RestartReplace
o DeleteAfterInstall
o RegisterServer
o RegisterTypeLib
o SharedFile
o CompareTimeStamp
o FontIsNotTrueType
o SkipIfSourceDoesntExist
o OverwriteReadOnly
o OverwriteSameVersion
o CustomDestName
o OnlyIfDestFileExists
o NoRegError 2.0.5-
o UninsRestartDelete 3.0.1-
o OnlyIfDoesntExist 3.0.5-
o IgnoreVersion 3.0.5-
o PromptIfOlder 3.0.5-
o DontCopy 4.0.0-
o DontCopy 3.0.6.1-4.0.0 isx
o UninsRemoveReadOnly 4.0.5-
o RecurseSubDirsExternal 4.1.8-
o ReplaceSameVersionIfContentsDiffer 4.2.1-
o DontVerifyChecksum 4.2.5-
o UninsNoSharedFilePrompt 5.0.3-
o CreateAllSubDirs 5.1.0-
o Bits32 5.1.2-
o Bits64 5.1.2-
o ExternalSizePreset 5.2.0-
o SetNtfsCompression 5.2.0-
o UnsetNtfsCompression 5.2.0-
o GacInstall 5.2.5-
o Download 6.5.0-
o ExtractArchive 6.5.0-
pad 57 6.7.0-
}
1 kind`,
	"icon": "s name\ns file\ns params\ns dir\ns icon\ns comment" + shapeCondition +
		"s appId 5.3.5-\n16 toast 6.1.0-\n20 windows\n4 index\n4 show\n1 close\n2 key 2.0.7-\n1 options",
	"ini":      "s file\ns section\ns key\ns value" + shapeCondition + "20 windows\n1 options",
	"registry": "s key\ns name\ns value" + shapeCondition + "s permissions 4.0.11-4.1.0\n20 windows\n4 hive\n2 permission 4.1.0-\n1 kind\n2 options",
	"delete":   "s name" + shapeCondition + "20 windows\n1 kind",
	"run": "s name\ns parameters\ns dir\ns once\ns status 2.0.2-\ns verb 5.1.13-\ns description" + shapeCondition + `20 windows
4 show
1 wait
{
o ShellExec
o SkipIfDoesntExist
o PostInstall
o Unchecked
o SkipIfSilent
o SkipIfNotSilent
o HideWizard 2.0.8-
o Run32 5.1.10-
o Run64 5.1.10-
o RunAsOriginalUser 5.2.0-
o DontLogParameters 6.1.0-
o LogOutput 6.3.0-
}`,
	"location": `4 firstSlice
4 lastSlice
4 offset -6.5.2
8 offset 6.5.2-
8 at 4.0.1-
w size
w packed
4 adler -4.0.1
4 crc 4.0.1-4.2.0
16 md5 4.2.0-5.3.9
20 sha1 5.3.9-6.4.0
32 sha256 6.4.0-
8 time
8 version
{
o VersionInfoValid
o VersionInfoNotValid -6.4.3
o BZipped 2.0.17-4.0.1
o TimeStampInUTC 4.0.10-
o IsUninstallerExe 4.1.0-6.4.3
o CallInstructionOptimized 4.1.8-
o Touch 4.2.0-6.4.3
o ChunkEncrypted 4.2.2-
o ChunkCompressed 4.2.5-
o SolidBreak 5.1.13-6.4.3
o Sign 5.5.7-6.3.0
o SignOnce 5.5.7-6.3.0
}
1 sign 6.3.0-6.4.3`,
}

// record holds the values of an entry: strings, []byte, integers, and true for elements of sets. What is missing is zero.
type record map[string]any

// encode writes an entry in the shape of a version.
func encode(t testing.TB, ver version, shape string, r record) []byte {
	t.Helper()
	var out []byte
	used := map[string]bool{}
	for fields := strings.Split(strings.TrimSpace(shape), "\n"); len(fields) > 0; fields = fields[1:] {
		f := strings.Fields(fields[0])
		if f[0] == "{" {
			var set []byte
			end := 1
			for ; fields[end] != "}"; end++ {
			}
			set, fields = encodeSet(t, ver, fields[1:end], r, used), fields[end:]
			out = append(out, set...)
			continue
		}
		if !inSpan(t, ver, f[2:]) {
			continue
		}
		used[f[1]] = true
		out = append(out, encodeField(t, ver, f[0], r[f[1]])...)
	}
	for name := range r {
		if !used[name] && !strings.HasPrefix(name, "?") {
			t.Fatalf("%s has no field %s", ver.text, name)
		}
	}
	return out
}

func encodeField(t testing.TB, ver version, kind string, value any) []byte {
	t.Helper()
	var b []byte
	switch x := value.(type) {
	case nil:
	case string:
		b = []byte(x)
		if kind == "s" && ver.unicode {
			b = nil
			for _, u := range utf16.Encode([]rune(x)) {
				b = binary.LittleEndian.AppendUint16(b, u)
			}
		}
	case []byte:
		b = x
	case int:
		b = binary.LittleEndian.AppendUint64(nil, uint64(x))
	case uint64:
		b = binary.LittleEndian.AppendUint64(nil, x)
	default:
		t.Fatalf("a field of type %T", value)
	}
	switch kind {
	case "s", "a":
		return append(binary.LittleEndian.AppendUint32(nil, uint32(len(b))), b...)
	case "w":
		kind = "8"
		if ver.n < v(4, 0, 0) {
			kind = "4"
		}
	}
	var n int
	if _, err := fmt.Sscan(kind, &n); err != nil {
		t.Fatal(err)
	}
	return append(b, make([]byte, 64)...)[:n]
}

func encodeSet(t testing.TB, ver version, lines []string, r record, used map[string]bool) []byte {
	t.Helper()
	var set []bool
	for _, line := range lines {
		f := strings.Fields(line)
		if !inSpan(t, ver, f[2:]) {
			continue
		}
		if f[0] == "pad" {
			set = append(set, make([]bool, 57-len(set))...)
			continue
		}
		used[f[1]] = true
		on, _ := r[f[1]].(bool)
		set = append(set, on)
	}
	n := (len(set) + 7) / 8
	if n == 3 {
		n = 4
	}
	out := make([]byte, n)
	for i, on := range set {
		if on {
			out[i/8] |= 1 << (i % 8)
		}
	}
	return out
}

// inSpan reports whether a version is among those that a line names.
func inSpan(t testing.TB, ver version, words []string) bool {
	t.Helper()
	for _, w := range words {
		switch w {
		case "ansi":
			if ver.unicode {
				return false
			}
			continue
		case "unicode":
			if !ver.unicode {
				return false
			}
			continue
		case "isx":
			if !ver.isx {
				return false
			}
			continue
		}
		from, to, ok := strings.Cut(w, "-")
		if !ok {
			t.Fatalf("%q is no span", w)
		}
		if n, ok := parseNumber(from); ok && ver.n < n {
			return false
		}
		if n, ok := parseNumber(to); ok && ver.n >= n {
			return false
		}
	}
	return true
}
