#!/usr/bin/env python3
"""Writes Sources/CEncodingTables/tables.c from the iconv of the glibc it runs on.

Run:  python3 scripts/generate-encodings.py            (writes the file)
      python3 scripts/generate-encodings.py --check    (exit 1 when the committed file differs)

What goes in:
* GB18030, its two-byte zone, without the private use area and without the six characters that glibc keeps in
  plane 2: Unicode to code. GBK is the same table minus the codes listed in `gb18030_only`; the script proves it.
* GB18030, its four-byte zone for the BMP: runs of (linear code, Unicode, count).
* Big5: Unicode to code.
* The single-byte code pages that receipt printers know: the upper 128 codes to Unicode.
* The base letter of every accented Latin letter up to U+024F (from unicodedata), the last resort before a placeholder.

Decoding tables for the two-byte sets are the inverse, made when first asked for. Nothing uses libc at run time.
"""
import ctypes
import os
import sys
import unicodedata

OUT = os.path.join(os.path.dirname(__file__), "..", "Sources", "CEncodingTables", "tables.c")

# Name in the profile, name in glibc. The order is that of `CodePage` in Sources/EscPos/CodePage.swift.
PAGES = [
    ("cp437", "CP437"), ("cp737", "CP737"), ("cp775", "CP775"), ("cp850", "CP850"), ("cp852", "CP852"),
    ("cp855", "CP855"), ("cp857", "CP857"), ("cp858", "CP858"), ("cp860", "CP860"), ("cp861", "CP861"),
    ("cp862", "CP862"), ("cp863", "CP863"), ("cp864", "CP864"), ("cp865", "CP865"), ("cp866", "CP866"),
    ("cp869", "CP869"), ("cp874", "CP874"), ("cp1125", "CP1125"), ("cp1250", "CP1250"), ("cp1251", "CP1251"),
    ("cp1252", "CP1252"), ("cp1253", "CP1253"), ("cp1254", "CP1254"), ("cp1255", "CP1255"), ("cp1256", "CP1256"),
    ("cp1257", "CP1257"), ("cp1258", "CP1258"), ("iso8859-1", "ISO-8859-1"), ("iso8859-2", "ISO-8859-2"),
    ("iso8859-7", "ISO-8859-7"), ("iso8859-9", "ISO-8859-9"), ("iso8859-15", "ISO-8859-15"),
]
LATIN_FIRST, LATIN_LAST = 0xC0, 0x24F

libc = ctypes.CDLL("libc.so.6")
libc.gnu_get_libc_version.restype = ctypes.c_char_p
libc.iconv_open.restype = ctypes.c_void_p
libc.iconv_open.argtypes = [ctypes.c_char_p] * 2
libc.iconv.restype = ctypes.c_size_t
libc.iconv.argtypes = [ctypes.c_void_p] + [ctypes.c_void_p] * 4


class Converter:
    """One iconv descriptor; converts whole byte strings, None where a character has no counterpart."""

    def __init__(self, to, source):
        self.handle = libc.iconv_open(to.encode(), source.encode())
        if self.handle in (None, 2**64 - 1):
            raise SystemExit(f"this glibc has no {source} to {to}")

    def __call__(self, data):
        libc.iconv(self.handle, None, None, None, None)
        source = ctypes.create_string_buffer(data, len(data))
        target = ctypes.create_string_buffer(32)
        where, put = (ctypes.c_void_p(ctypes.addressof(b)) for b in (source, target))
        left, room = ctypes.c_size_t(len(data)), ctypes.c_size_t(32)
        args = (ctypes.byref(where), ctypes.byref(left), ctypes.byref(put), ctypes.byref(room))
        if libc.iconv(self.handle, *args) != 0 or left.value:
            return None
        libc.iconv(self.handle, None, None, ctypes.byref(put), ctypes.byref(room))
        return target.raw[: 32 - room.value]


def encodable(charset):
    convert, out = Converter(charset, "UTF-32LE"), {}
    for cp in range(0x80, 0x10000):
        if 0xD800 <= cp <= 0xDFFF or 0xE000 <= cp <= 0xF8FF:
            continue
        code = convert(cp.to_bytes(4, "little"))
        if code:
            out[cp] = code
    return out


def numbers(values):
    lines, line = [], " "
    for value in values:
        item = f"{value},"
        if len(line) + len(item) > 118:
            lines.append(line)
            line = " "
        line += item
    lines.append(line)
    return "\n".join(lines)


def trie(name, codes):
    """A page index by the high byte and pages of 256 codes; page 0 is empty."""
    pages, index = [[0] * 256], []
    for high in range(256):
        page = [int.from_bytes(codes.get(high << 8 | low, b""), "big") for low in range(256)]
        if not any(page):
            index.append(0)
        else:
            index.append(len(pages))
            pages.append(page)
    flat = [code for page in pages for code in page]
    return (
        f"const uint8_t counterfoil_{name}_index[256] = {{\n{numbers(index)}\n}};\n"
        f"const uint16_t counterfoil_{name}_pages[][256] = {{\n{numbers(flat)}\n}};\n"
    )


def linear(code):
    return ((code[0] - 0x81) * 10 + code[1] - 0x30) * 1260 + (code[2] - 0x81) * 10 + code[3] - 0x30


def four_byte_runs(gb):
    runs, previous = [], None
    for at, cp in sorted((linear(code), cp) for cp, code in gb.items() if len(code) == 4):
        if previous == (at - 1, cp - 1):
            runs[-1][2] += 1
        else:
            runs.append([at, cp, 1])
        previous = (at, cp)
    return runs


def base_letter(cp):
    first = unicodedata.normalize("NFKD", chr(cp))[0]
    if first.isascii() and first.isalpha():
        return ord(first)
    return ord({"Ø": "O", "ø": "o", "Đ": "D", "đ": "d", "Ł": "L", "ł": "l", "ı": "i", "Æ": "A", "æ": "a"}.get(chr(cp), "\0"))


def generate():
    gb, gbk, big5 = encodable("GB18030"), encodable("GBK"), encodable("BIG5")
    two = {cp: code for cp, code in gb.items() if len(code) == 2}
    only = sorted(int.from_bytes(code, "big") for cp, code in two.items() if len(gbk.get(cp, b"")) != 2)
    for cp, code in gbk.items():
        assert len(code) == 1 or two.get(cp) == code, hex(cp)
    runs = four_byte_runs(gb)
    pages = []
    for _, charset in PAGES:
        convert = Converter("UTF-32LE", charset)
        for byte in range(128, 256):
            text = convert(bytes([byte]))
            pages.append(int.from_bytes(text, "little") if text and len(text) == 4 else 0)
    names = "\n".join(f'  "{name}",' for name, _ in PAGES)
    letters = [base_letter(cp) for cp in range(LATIN_FIRST, LATIN_LAST + 1)]
    return f"""// Generated by scripts/generate-encodings.py; do not edit.
// Source: iconv of GNU libc {libc.gnu_get_libc_version().decode()}; base letters from Unicode {unicodedata.unidata_version}.

#include "CEncodingTables.h"

// clang-format off
{trie("gb", two)}
{trie("big5", {cp: code for cp, code in big5.items() if len(code) == 2})}
const uint16_t counterfoil_gb18030_only[] = {{
{numbers(only)}
}};
const uint32_t counterfoil_gb18030_only_count = {len(only)};

const uint16_t counterfoil_gb_runs[][3] = {{
{numbers([value for run in runs for value in run])}
}};
const uint32_t counterfoil_gb_run_count = {len(runs)};

const uint16_t counterfoil_page_to_unicode[][128] = {{
{numbers(pages)}
}};
const char *const counterfoil_page_names[] = {{
{names}
}};
const uint32_t counterfoil_page_count = {len(PAGES)};

const uint8_t counterfoil_base_letters[] = {{
{numbers(letters)}
}};
// clang-format on
"""


def main():
    text = generate()
    if "--check" in sys.argv:
        with open(OUT, encoding="utf-8") as committed:
            sys.exit(0 if committed.read() == text else "tables.c differs from this glibc's iconv")
    with open(OUT, "w", encoding="utf-8") as out:
        out.write(text)


main()
