"""What a file is by its first bytes, whatever its name says.

A shard that is a pickle, an archive or a pointer is refused for what it is, so that its owner learns what went wrong and nobody opens it.
"""

from __future__ import annotations

# What people upload under a name that ends in .parquet, .csv or .jsonl, by accident or not. Only what cannot begin an honest line of
# text: a column may well be called MZ, or PAR1.
_SIGNATURES = (
    (b"PAR1\x15", "a Parquet file"),
    (b"PARE", "an encrypted Parquet file"),
    (b"PK\x03\x04", "a zip archive"),
    (b"PK\x05\x06", "a zip archive"),
    (b"\x1f\x8b", "gzip data"),
    (b"\x28\xb5\x2f\xfd", "zstd data"),
    (b"\xfd7zXZ\x00", "xz data"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!\x1a", "a rar archive"),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file"),
    (b"\x93NUMPY", "a NumPy array"),
    (b"ARROW1\x00", "an Arrow file"),
    (b"Obj\x01", "an Avro file"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"\x7fELF", "a program"),
    (b"%PDF-", "a PDF document"),
    (b"version https://git-lfs.github.com/spec/", "a Git LFS pointer instead of the file it points to"),
    (b"<!DOCTYPE", "a web page"),
    (b"<html", "a web page"),
)
_PICKLE_PROTOCOLS = range(2, 6)
_TAR_MAGIC_AT = 257
_LONGEST_PATH = 4096


def kind(head: bytes) -> str:
    """What the file that begins with ``head`` (512 bytes or more) is, in words with their article; empty when nothing is recognised."""
    for signature, words in _SIGNATURES:
        if head.startswith(signature):
            return words
    if head[:1] == b"\x80" and len(head) > 1 and head[1] in _PICKLE_PROTOCOLS:
        return "a Python pickle, which is never opened"
    if head[_TAR_MAGIC_AT : _TAR_MAGIC_AT + 5] == b"ustar":
        return "a tar archive"
    return ""


def looks_like_a_link(data: bytes) -> bool:
    """Whether these bytes could be where a symbolic link leads: git keeps one as a file that holds nothing but its target."""
    if not 0 < len(data) <= _LONGEST_PATH or b"/" not in data:
        return False
    try:
        return data.decode().isprintable()
    except UnicodeDecodeError:
        return False
