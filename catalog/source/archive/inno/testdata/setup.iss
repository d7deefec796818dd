; The installers of this folder. Compiled by each version of ISCC with /DCompression=... /DSolid=... /F<name>.
[Setup]
AppName=Example Driver
AppVersion=1.2.3
AppVerName=Example Driver 1.2.3
AppPublisher=Exämple Ltd.
AppId=example-driver
DefaultDirName={pf}\Example
DisableProgramGroupPage=yes
CreateAppDir=yes
UseSetupLdr=no
Compression={#Compression}
SolidCompression={#Solid}
WizardImageFile=dot.bmp
WizardSmallImageFile=dot.bmp
SourceDir=files
OutputDir=..\out

[Languages]
Name: "en"; MessagesFile: "compiler:Default.isl"
Name: "other"; MessagesFile: "compiler:Default.isl"

[CustomMessages]
en.Greeting=Hello
other.Greeting=Hullo

[Types]
Name: "full"; Description: "Full"
Name: "custom"; Description: "Custom"; Flags: iscustom

[Components]
Name: "main"; Description: "Main"; Types: full custom; Flags: fixed
Name: "extra"; Description: "Extra"; Types: full

[Tasks]
Name: "desk"; Description: "Icon"; GroupDescription: "Icons"; Check: Always

[Dirs]
Name: "{app}\empty"; Permissions: users-modify

[Files]
Source: "calls.dll"; DestDir: "{app}"; Flags: regserver 32bit; Permissions: users-modify
Source: "x.inf"; DestDir: "{app}\drivers"; Components: main
Source: "x.inf"; DestDir: "{win}\inf"; Flags: ignoreversion
Source: "lines.txt"; DestDir: "{app}\drivers"; Components: extra; Tasks: desk; Check: Always; BeforeInstall: Nothing
Source: "empty.txt"; DestDir: "{app}"; Flags: nocompression
Source: "en.txt"; DestDir: "{app}"; DestName: "readme.txt"; Languages: en
Source: "other.txt"; DestDir: "{app}"; DestName: "readme.txt"; Languages: other
Source: "en.txt"; DestDir: "{code:Folder|x}"; Flags: nocompression
Source: "{src}\outside.dat"; DestDir: "{app}"; Flags: external skipifsourcedoesntexist

[Icons]
Name: "{commonprograms}\Example"; Filename: "{app}\calls.dll"; Tasks: desk; Comment: "c"; HotKey: ctrl+alt+k

[INI]
Filename: "{app}\a.ini"; Section: "s"; Key: "k"; String: "v"

[Registry]
Root: HKLM; Subkey: "Software\Example"; ValueType: string; ValueName: "n"; ValueData: "d"; Flags: uninsdeletekey; Permissions: users-modify
Root: HKLM; Subkey: "Software\Example"; ValueType: dword; ValueName: "m"; ValueData: "1"

[InstallDelete]
Type: files; Name: "{app}\old.txt"

[UninstallDelete]
Type: filesandordirs; Name: "{app}\log"

[Run]
Filename: "{app}\drivers\dpinst.exe"; Parameters: "/sw"; StatusMsg: "Installing"; Flags: runhidden; Components: main
Filename: "{app}\show.exe"; Description: "Show"; Flags: postinstall nowait skipifsilent

[UninstallRun]
Filename: "{app}\drivers\dpinst.exe"; Parameters: "/u"; RunOnceId: "u"

[Code]
function Folder(Param: String): String;
begin
  Result := ExpandConstant('{app}');
end;
function Always: Boolean;
begin
  Result := True;
end;
procedure Nothing;
begin
end;
