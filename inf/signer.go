package inf

// Signer says who signed a driver package. Drivers are ranked by it before anything else.
type Signer uint8

// The kinds of signers. The first seven make up what Windows trusts; from Windows 7 on it tells them apart only where
// the policy AllSignersEqual is switched off.
const (
	SignerUnknown      Signer = iota // nobody looked: the worst score
	SignerTrusted                    // signed, and nobody looked by whom
	SignerPremium                    // Microsoft, logo premium
	SignerStandard                   // Microsoft, logo standard
	SignerInbox                      // Microsoft, part of Windows
	SignerUnclassified               // Microsoft, without a logo
	SignerWHQL                       // Microsoft, for a Windows older than Vista
	SignerAuthenticode               // any other trusted publisher
	SignerNone                       // not signed
)

// SignerPolicy says whether Windows ranks all trusted signatures alike.
type SignerPolicy uint8

// The values of the policy "AllSignersEqual".
const (
	PolicyOfTarget    SignerPolicy = iota // equal from Windows 7 and Server 2008 R2 on, as Windows is set up
	AllSignersEqual                       // the policy is on
	SignersNotAllSame                     // the policy is off: Microsoft's signatures beat Authenticode
)

// Signature is what is known of a driver package's signature. The zero value is an unknown signature.
type Signature struct {
	Signer Signer
	Policy SignerPolicy
	// BelowLowerLogo says that a SignerWHQL signature is for a Windows older than the LowerLogoVersion of the device's
	// setup class (5.1 by default). It then counts as Authenticode, where the policy is off.
	BelowLowerLogo bool
}

// The signature scores of Windows Vista and later, SIGNERSCORE_* in SetupAPI.h. A rank keeps only their high byte.
const (
	scorePremium      uint32 = 0x0D000001
	scoreStandard     uint32 = 0x0D000002
	scoreInbox        uint32 = 0x0D000003
	scoreUnclassified uint32 = 0x0D000004
	scoreWHQL         uint32 = 0x0D000005
	scoreAuthenticode uint32 = 0x0F000000
	scoreUnsigned     uint32 = 0x80000000
	scoreUndecorated  uint32 = 0xC0000000 // unsigned, from an install section without .nt
	scoreUnknown      uint32 = 0xFF000000

	// SignatureMask selects the signature score of a rank.
	SignatureMask uint32 = 0xFF000000
	// UnsignedMask selects the bits of a rank that only drivers without a trusted signature have.
	UnsignedMask uint32 = 0xF0000000
)

// The signature scores of Windows 2000, XP and Server 2003, DRIVER_*_RANK in SetupAPI.h.
const (
	oldUnsigned    uint32 = 0x8000
	oldUndecorated uint32 = 0xC000
)

// equal reports whether all trusted signatures weigh the same on a target.
func (s Signature) equal(t Target) bool {
	if s.Policy == PolicyOfTarget {
		return t.AtLeast(6, 1)
	}
	return s.Policy == AllSignersEqual
}

// Score is the signature's SIGNERSCORE on a target; nt says that the install section's name ends in .nt or .nt<arch>, which
// counts for unsigned drivers. A rank holds its high byte only. A trusted signature of which nobody knows whose it is
// counts as Authenticode where that matters. On systems before Windows Vista it is 0, 0x8000 or 0xC000, as in their ranks.
// Sources: learn.microsoft.com/windows-hardware/drivers/install/signature-score--windows-vista-and-later- and
// learn.microsoft.com/previous-versions/ff553433(v=vs.85).
func (s Signature) Score(t Target, nt bool) uint32 {
	vista := t.AtLeast(6, 0)
	switch {
	case s.Signer == SignerUnknown || s.Signer > SignerNone:
		if !vista {
			return oldUndecorated
		}
		return scoreUnknown
	case s.Signer == SignerNone:
		switch {
		case !vista && nt:
			return oldUnsigned
		case !vista:
			return oldUndecorated
		case nt:
			return scoreUnsigned
		}
		return scoreUndecorated
	case !vista || s.equal(t):
		return 0
	}
	switch s.Signer {
	case SignerPremium:
		return scorePremium
	case SignerStandard:
		return scoreStandard
	case SignerInbox:
		return scoreInbox
	case SignerUnclassified:
		return scoreUnclassified
	case SignerWHQL:
		if !s.BelowLowerLogo {
			return scoreWHQL
		}
	}
	return scoreAuthenticode
}
