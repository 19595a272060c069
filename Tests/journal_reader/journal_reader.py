#!/usr/bin/env python3
"""A second reader of the journal, written from docs/journal-format.md alone, with Python's standard library alone.

    journal_reader.py FOLDER            checks the newest epoch and prints one line per record, then the head
    journal_reader.py --quiet FOLDER    prints the head only
    journal_reader.py --epoch N FOLDER  the same for an earlier epoch; --up-to S ends with record S, whatever follows
    journal_reader.py --data FOLDER     every line also says the record's data

Exit 1 and one line `file, offset N, sequence S: what` on the first thing that is not as the page says.
"""

import argparse
import base64
import hashlib
import json
import os
import re
import struct
import sys
import zlib

import ed25519

HEADER_LENGTH = 4096
FRAME_LENGTH = 128
LONGEST_ENTRY = 65535
LONGEST_EVENT = 2 << 20
BLOCK = 65536
SEGMENT = re.compile(r"^(\d{20})\.(seg|segz)$")
EPOCH = re.compile(r"^epoch-(\d{6})$")
LAST_OF_BATCH, NOT_TRUSTED, CONTINUES = 2, 4, 8
NO_HASH = bytes(32)
SINGLE_RECORD_EVENTS = {"checkpoint", "mark", "seal", "recovery"}


class Fault(Exception):
    def __init__(self, file, offset, sequence, text):
        where = f"{file}, offset {offset}" + ("" if sequence is None else f", sequence {sequence}")
        super().__init__(f"{where}: {text}")


def sha256(*parts):
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return digest.digest()


def crc_table():
    table = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
        table.append(value)
    return table


TABLE = crc_table()


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = TABLE[(crc ^ byte) & 255] ^ crc >> 8
    return crc ^ 0xFFFFFFFF


def is_zero(data):
    return data.count(0) == len(data)


class Frontier:
    """Roots of the complete left subtrees, the largest first (RFC 6962)."""

    def __init__(self, size=0, peaks=()):
        self.size, self.peaks = size, list(peaks)

    def append(self, leaf):
        size = self.size
        while size & 1:
            leaf = sha256(b"\1", self.peaks.pop(), leaf)
            size >>= 1
        self.peaks.append(leaf)
        self.size += 1

    def root(self):
        if not self.peaks:
            return sha256(b"")
        root = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            root = sha256(b"\1", peak, root)
        return root


class Header:
    def __init__(self, file, data):
        if len(data) < HEADER_LENGTH or data[:8] != b"STUBJ\r\n\x1a":
            raise Fault(file, 0, None, "no segment header")
        if crc32c(data[:4092]) != struct.unpack_from("<I", data, 4092)[0]:
            raise Fault(file, 4092, None, "header CRC")
        major, _, length = struct.unpack_from("<HHI", data, 8)
        if major != 0 or length != HEADER_LENGTH:
            raise Fault(file, 8, None, f"major {major}, header length {length}")
        self.journal = data[16:32]
        self.number, self.first, self.size, self.alignment, self.epoch = struct.unpack_from("<QQQII", data, 32)
        self.chain, self.root, self.previous = data[96:128], data[128:160], data[160:192]
        count = struct.unpack_from("<I", data, 212)[0]
        self.longest_batch = struct.unpack_from("<I", data, 4088)[0]
        end = 216 + 32 * count
        if not is_zero(data[192:212]):
            raise Fault(file, 192, None, "encrypted, which major 0 never is")
        if count != bin(self.first).count("1") or not is_zero(data[end:4088]):
            raise Fault(file, 212, None, "frontier")
        self.frontier = Frontier(self.first, [data[216 + 32 * i:248 + 32 * i] for i in range(count)])
        if self.frontier.root() != self.root:
            raise Fault(file, 128, None, "root is not the frontier's")
        if self.alignment < 8 or self.alignment & self.alignment - 1:
            raise Fault(file, 56, None, "alignment")
        if self.size % self.alignment or self.size % 4096 or self.longest_batch % self.alignment:
            raise Fault(file, 48, None, "segment size or longest batch is not aligned")
        self.seed = self.journal + struct.pack("<Q", self.number)


def expand(file, data):
    """The bytes of the .seg that a .segz holds."""
    if len(data) < 64 or data[:8] != b"STUBZ\r\n\x1a":
        raise Fault(file, 0, None, "no compressed segment")
    if sha256(data[:-32]) != data[-32:]:
        raise Fault(file, len(data) - 32, None, "SHA-256 of the compressed file")
    count, last = struct.unpack_from("<II", data, 8)
    table = len(data) - 32 - 8 * (count + 1)
    if count < 1 or not 1 <= last <= BLOCK or table < 16:
        raise Fault(file, 8, None, "block count or length")
    offsets = struct.unpack_from(f"<{count + 1}Q", data, table)
    if offsets[0] != 16 or offsets[-1] != table:
        raise Fault(file, table, None, "offset table")
    out = bytearray()
    for number in range(count):
        start, end = offsets[number], offsets[number + 1]
        if not start < end <= table:
            raise Fault(file, table + 8 * number, None, "offset table")
        stream = zlib.decompressobj()
        try:
            block = stream.decompress(data[start:end], BLOCK + 1)
        except zlib.error as error:
            raise Fault(file, start, None, f"block {number}: {error}") from error
        expected = last if number == count - 1 else BLOCK
        if len(block) != expected or not stream.eof or stream.unused_data:
            raise Fault(file, start, None, f"block {number} is not {expected} bytes")
        out += block
    return bytes(out)


def no_fraction(text):
    raise ValueError(f"not an integer: {text}")


def integer(text):
    value = int(text)
    if abs(value) > 2**53 - 1:
        raise ValueError(f"integer too large: {text}")
    return value


def unique(pairs):
    if len(dict(pairs)) != len(pairs):
        raise ValueError("duplicate key")
    return dict(pairs)


def parse_entry(entry):
    """The entry's members; ValueError unless it is canonical JSON with what section 4 demands."""
    value = json.loads(entry.decode("utf-8"), parse_float=no_fraction, parse_constant=no_fraction, parse_int=integer,
                       object_pairs_hook=unique)
    again = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode("utf-8")
    if again != entry:
        raise ValueError("not canonical JSON")
    if not isinstance(value, dict) or not re.fullmatch("[0-9a-f]{32}", str(value.get("blind"))):
        raise ValueError("no blind")
    if not isinstance(value.get("kind"), str) or type(value.get("v")) is not int or "data" not in value:
        raise ValueError("kind, v or data missing")
    return value


def parse_checkpoint(note, genesis):
    """(size, root) of a signed note; ValueError when it is malformed or not signed by GENESIS' key."""
    origin, key = genesis["origin"], bytes.fromhex(genesis["publicKey"])
    text, _, line = note.rpartition("\n\n")
    text += "\n"
    match = re.fullmatch(r"([^\n]+)\n(0|[1-9][0-9]*)\n([A-Za-z0-9+/=]+)\n", text)
    prefix = f"\u2014 {origin} "
    if not match or match[1] != origin or not line.startswith(prefix) or not line.endswith("\n"):
        raise ValueError("malformed checkpoint")
    encoded = line[len(prefix):-1]
    signature = base64.b64decode(encoded, validate=True)
    root = base64.b64decode(match[3], validate=True)
    for data, spelling in ((signature, encoded), (root, match[3])):
        if base64.b64encode(data).decode() != spelling:
            raise ValueError("base64 has two spellings")
    key_id = sha256(origin.encode() + b"\n\1" + key)[:4]
    if len(root) != 32 or signature[:4] != key_id or not ed25519.verify(key, text.encode(), signature[4:]):
        raise ValueError("checkpoint signature")
    return int(match[2]), root


class Enough(Exception):
    """The record that was asked for last is read."""


def epochs(folder):
    """Section 12: the folders of all epochs, by number; the journal folder itself is epoch 0."""
    found = {0: folder} if any(SEGMENT.match(name) for name in os.listdir(folder)) else {}
    for name in os.listdir(folder):
        match = EPOCH.match(name)
        if match and int(match[1]) > 0:
            found[int(match[1])] = os.path.join(folder, name)
    return found


class Journal:
    def __init__(self, folder, out, up_to=None):
        self.folder, self.out, self.up_to = folder, out, up_to
        self.header = None  # of the segment before
        self.chain = self.frontier = self.genesis = self.file_hash = None
        self.records = self.checkpoints = 0
        self.tells_data = False
        self.event_length, self.sealed, self.has_state = 0, False, True
        self.roots = {}  # tree size → root, where a record could be asked about

    def segments(self):
        found = {}
        for name in os.listdir(self.folder):
            match = SEGMENT.match(name)
            # When both exist the compressed one counts.
            if match and (match[2] == "segz" or int(match[1]) not in found):
                found[int(match[1])] = name
        return sorted(found.items())

    def read(self):
        try:
            self.read_segments()
        except Enough:
            pass

    def read_segments(self):
        segments = self.segments()
        if not segments:
            raise Fault(self.folder, 0, None, "no segment")
        for index, (first, name) in enumerate(segments):
            with open(os.path.join(self.folder, name), "rb") as file:
                data = file.read()
            if name.endswith(".segz"):
                data = expand(name, data)
            self.segment(name, first, data, newest=index == len(segments) - 1)
        self.compare_checkpoint_file()

    def segment(self, name, first, data, newest):
        header = Header(name, data)
        if header.first != first:
            raise Fault(name, 40, first, "first sequence is not the file's name")
        self.link(name, header)
        self.header, self.sealed, self.has_state = header, False, header.number == 0
        position = HEADER_LENGTH
        while position < len(data) and not self.sealed:
            if self.up_to is not None and self.frontier.size > self.up_to:
                raise Enough
            if newest and is_zero(data[position:]):
                break
            position = self.batch(name, header, data, position)
        if not self.sealed and not newest:
            raise Fault(name, position, self.frontier.size, "no SEAL")
        if newest and not is_zero(data[position:]):
            raise Fault(name, position, self.frontier.size, "bytes after the last batch")
        # A cut between SEAL and truncation leaves the newest file long; everywhere else the length is exact.
        length = position if self.sealed else header.size
        if len(data) != length and not (newest and self.sealed and len(data) == header.size):
            raise Fault(name, len(data), self.frontier.size, f"file is {len(data)} bytes long, not {length}")
        self.file_hash = sha256(data[:position])

    def link(self, name, header):
        """Section 2: what binds a segment to the one before."""
        if self.header is None:
            self.chain, self.frontier = header.chain, header.frontier
            if header.number == 0 and (header.first, header.chain, header.previous) != (0, NO_HASH, NO_HASH):
                raise Fault(name, 96, header.first, "segment 0 does not start empty")
            return
        before = self.header
        checks = ((16, header.journal == before.journal, "journal id"), (60, header.epoch == before.epoch, "epoch"),
                  (32, header.number == before.number + 1, "segment number"),
                  (40, header.first == self.frontier.size, "first sequence"),
                  (96, header.chain == self.chain, "chain"), (128, header.root == self.frontier.root(), "root"),
                  (216, header.frontier.peaks == self.frontier.peaks, "frontier"),
                  (160, header.previous == self.file_hash, "SHA-256 of the previous segment"))
        for offset, good, text in checks:
            if not good:
                raise Fault(name, offset, header.first, f"{text} does not follow from the segment before")

    def batch(self, name, header, data, start):
        """One batch from `start`; answers where the next would start."""
        position, in_batch, flags = start, 0, 0
        while not flags & LAST_OF_BATCH:
            flags, kind, end = self.frame(name, header, data, position, position - start)
            if kind == "seal" and (in_batch or not flags & LAST_OF_BATCH):
                raise Fault(name, position, self.frontier.size - 1, "SEAL is not alone in its batch")
            in_batch, position = in_batch + 1, end
        if flags & CONTINUES:
            raise Fault(name, position, self.frontier.size - 1, "the batch ends inside an event")
        end = position + -position % header.alignment
        if not is_zero(data[position:end]) or len(data) < end:
            raise Fault(name, position, self.frontier.size, "padding of the batch")
        if end - start > header.longest_batch:
            raise Fault(name, start, self.frontier.size, "batch is too long")
        return end

    def frame(self, name, header, data, at, offset):
        """Section 3; answers flags, kind and where the next frame starts."""
        sequence = self.frontier.size

        def need(good, text, field=0):
            if not good:
                raise Fault(name, at + field, sequence, text)

        need(at + FRAME_LENGTH <= len(data) and data[at:at + 4] == b"STBF", "no frame")
        crc, length, record_class, schema, flags = struct.unpack_from("<IIHBB", data, at + 4)
        number, = struct.unpack_from("<Q", data, at + 16)
        _, in_batch, key_epoch, n, zero = struct.unpack_from("<IIIIQ", data, at + 40)
        end = at + length
        need(length == FRAME_LENGTH + n and 1 <= n <= LONGEST_ENTRY and end <= len(data), "frame length", 8)
        need(crc32c(header.seed + data[at + 8:end]) == crc, "CRC", 4)
        need(number == sequence, f"sequence {number}", 16)
        need(schema == 1 and not flags & ~(LAST_OF_BATCH | NOT_TRUSTED | CONTINUES), "schema or flags", 14)
        need(in_batch == offset, "offset inside the batch", 44)
        need(key_epoch == 0 and zero == 0, "reserved fields", 48)
        leaf, chain, entry = data[at + 64:at + 96], data[at + 96:at + 128], data[at + 128:end]
        need(sha256(b"\0", entry) == leaf, "leaf", 64)
        need(sha256(b"stubchain1", self.chain, data[at + 8:at + 96]) == chain, "chain", 96)
        padded = end + -end % 8
        need(is_zero(data[end:padded]) and padded <= len(data), "padding of the frame", length)
        try:
            value = parse_entry(entry)
        except ValueError as error:
            raise Fault(name, at + 128, sequence, f"entry: {error}") from error
        self.meaning(need, value, flags, padded - at, data[:at])
        self.chain = chain
        self.frontier.append(leaf)
        self.records += 1
        line = {"chain": chain.hex(), "class": record_class, "continues": bool(flags & CONTINUES),
                "entry": sha256(entry).hex(), "kind": value["kind"], "leaf": leaf.hex(), "sequence": sequence}
        if self.tells_data:
            line["data"] = value["data"]
        print(json.dumps(line, sort_keys=True, separators=(",", ":"), ensure_ascii=False), file=self.out)
        if sequence == self.up_to and not flags & CONTINUES:
            raise Enough
        return flags, value["kind"], padded

    def meaning(self, need, value, flags, length, before):
        """What the journal's own kinds promise, and whole events."""
        kind, details, size = value["kind"], value["data"], self.frontier.size
        inside = self.event_length > 0
        self.event_length += length
        need(self.event_length <= LONGEST_EVENT, "event is too long")
        need(kind not in SINGLE_RECORD_EVENTS or not (inside or flags & CONTINUES), f"{kind} is no event of its own")
        if not flags & CONTINUES:
            self.event_length = 0
        if not self.has_state and kind != "recovery":
            need(kind == "state", "the segment does not begin with STATE")
            self.has_state = True
        need((kind == "genesis") == (size == 0), "GENESIS is record 0 and nothing else")
        if kind == "genesis":
            need(details.get("journal") == self.header.journal.hex(), "GENESIS names another journal")
            need(details.get("epoch") == self.header.epoch, "GENESIS names another epoch")
            self.genesis = details
        elif kind == "state" and self.genesis is None:
            self.genesis = details.get("identity")
        elif kind == "seal":
            need(details == {"fileHash": sha256(before).hex(), "root": self.frontier.root().hex(), "sequence": size},
                 "SEAL does not fit")
            self.sealed = True
        elif kind == "mark":
            need(details == {}, "MARK has data")
        elif kind == "recovery":
            need(details.get("keptSequence") == size, "RECOVERY names another sequence")
        elif kind == "checkpoint":
            need(self.genesis is not None, "CHECKPOINT before anything names the key")
            try:
                signed = parse_checkpoint(details["note"], self.genesis)
            except (KeyError, TypeError, ValueError) as error:
                need(False, f"checkpoint: {error}")
            need(signed == (size, self.frontier.root()), "CHECKPOINT is of another tree")
            self.checkpoints += 1
            self.roots[size] = signed[1]

    def compare_checkpoint_file(self):
        """The `checkpoint` file may be missing, old or torn; a good one must not contradict the journal."""
        try:
            with open(os.path.join(self.folder, "checkpoint"), "rb") as file:
                size, root = parse_checkpoint(file.read().decode("utf-8"), self.genesis or {})
        except (OSError, KeyError, ValueError):
            return
        if size > self.frontier.size:
            raise Fault("checkpoint", 0, size, f"an older copy was put back: {self.frontier.size} records are here")
        if self.roots.get(size, root) != root:
            raise Fault("checkpoint", 0, size, "the signed root is not this journal's")

    def head(self):
        return {"chain": self.chain.hex(), "checkpoints": self.checkpoints, "epoch": self.header.epoch,
                "journal": self.header.journal.hex(), "records": self.records, "root": self.frontier.root().hex(),
                "sequence": self.frontier.size}


def check_epoch(found, number, journal, out):
    """Section 12: an epoch's folder has its number, and its GENESIS names the end of the epoch before, if that is here."""
    if number and journal.header.epoch != number:
        raise Fault(os.path.basename(found[number]), 60, None, f"epoch {journal.header.epoch} in its header")
    previous = (journal.genesis or {}).get("previous")
    if previous is None or previous["epoch"] not in found:
        return
    before = Journal(found[previous["epoch"]], out, previous["sequence"])
    before.read()
    end = {"chain": before.chain.hex(), "epoch": before.header.epoch, "journal": before.header.journal.hex(),
           "root": before.frontier.root().hex(), "sequence": before.frontier.size - 1}
    if end != previous:
        raise Fault("epoch before", 0, previous["sequence"], f"GENESIS names {previous}, there is {end}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quiet", action="store_true", help="print the head only")
    parser.add_argument("--data", action="store_true", help="print the records' data too")
    parser.add_argument("--epoch", type=int, help="epoch to read; default: the newest")
    parser.add_argument("--up-to", type=int, help="last record to read; what follows is not looked at")
    parser.add_argument("folder")
    arguments = parser.parse_args()
    found = epochs(arguments.folder)
    number = max(found, default=0) if arguments.epoch is None else arguments.epoch
    if number not in found:
        print(f"no epoch {number} in {arguments.folder}", file=sys.stderr)
        return 1
    with open(os.devnull, "w", encoding="utf-8") as nowhere:
        journal = Journal(found[number], nowhere if arguments.quiet else sys.stdout, arguments.up_to)
        journal.tells_data = arguments.data
        try:
            journal.read()
            check_epoch(found, number, journal, nowhere)
        except Fault as fault:
            print(fault, file=sys.stderr)
            return 1
    print(json.dumps(journal.head(), sort_keys=True, separators=(",", ":")))
    return 0


if __name__ == "__main__":
    sys.exit(main())
