# Makes the files that setup.iss packs. The tests make the same bytes themselves.
import os, struct
os.makedirs("files", exist_ok=True)
def put(n, b): open("files/" + n, "wb").write(b)
put("x.inf", b'[Version]\r\nSignature="$Windows NT$"\r\n')
put("empty.txt", b"")
put("en.txt", b"english")
put("other.txt", b"another language")
put("lines.txt", b"".join(b"line %d\r\n" % i for i in range(3000)))
# A program as far as ISCC looks, full of calls to a few places.
b = bytearray(68)
b[0:2] = b"MZ"; b[0x3C] = 64; b[64:68] = b"PE\0\0"
b += struct.pack("<HH", 0x14C, 0) + bytes(28)
for i in range(16000):
    b += b"\xE8" if i % 3 else b"\xE9"
    b += struct.pack("<i", (i % 40) * 1777 - (len(b) + 4))
put("calls.dll", bytes(b))
put("dot.bmp", b"BM" + struct.pack("<IHHIIiiHHIIiiII", 58, 0, 0, 54, 40, 1, 1, 1, 24, 0, 4, 0, 0, 0, 0) + b"\xff\xff\xff\0")
