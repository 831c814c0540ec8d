"""The tree of a copy: that nothing lies where nothing belongs, and every file is the one that the inventory signed.

Rules:
1. what ``layout`` has no place for, or only keeps one free for, a link that leads out of the copy, anything that is no plain file and a
   folder that cannot be read is a problem;
2. the log ends with an inventory statement; every part is there with the digest it names, and no other part;
3. each file is listed once, with its size and SHA-256, and each listed file is there;
4. apart stand ``.git/``, ``.cache/`` and a mirror's ``conversations/``, the log's own files, which the log names itself, and the
   host's ``.gitattributes``, whose lines say nothing but how files are stored.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from commons import digests, layout
from commons.errors import CommonsError
from commons.files import is_file, is_link
from commons.governance import policy as policies
from commons.layout import Writer
from commons.ledger import inventory
from commons.ledger.inventory import InventoryEntry
from commons.verification.context import VerificationContext, needed
from commons.verification.verdict import CheckResult

APART = (".git", ".cache", "conversations")
_HOST_LINE = re.compile(rb"|[^\s#]\S* (?:filter=lfs diff=lfs merge=lfs )?-text|# [A-Za-z ,-]{1,60}")


def paths_of(folder: Path) -> tuple[list[str], list[str]]:
    """The plain files of a copy, and whatever else is no folder (links, pipes, …) or none that can be read, each sorted.

    What stands apart is in neither.
    """
    paths: list[str] = []
    unreadable: list[OSError] = []
    for place, folders, files in os.walk(folder, onerror=unreadable.append):
        if Path(place) == folder:
            folders[:] = [name for name in folders if name not in APART]
        links = [name for name in folders if is_link(Path(place) / name)]
        paths += [(Path(place) / name).relative_to(folder).as_posix() for name in (*files, *links)]
    here = sorted(path for path in paths if path not in APART)
    plain = [path for path in here if _is_plain(folder, folder / path)]
    hidden = {Path(error.filename).relative_to(folder).as_posix() for error in unreadable}
    return plain, sorted({*here, *hidden} - set(plain))


def _is_plain(folder: Path, file: Path) -> bool:
    return is_file(file) and (not file.is_symlink() or _is_of_client(folder, file))


def check_files(context: VerificationContext, check: CheckResult) -> None:
    """Nothing lies where nothing belongs: no code, no pickles, no stray data, no links."""
    folder = context.snapshot.folder
    for path in context.strays:
        check.add(f"{path!r} is {'a link' if is_link(folder / path) else 'no plain file'}")
    for path in context.paths:
        place = layout.place_of(path)
        if place is None or layout.parse_person(path):
            # Tiles and index files are held to what names them, which says more of them.
            if not path.startswith((layout.TILES, layout.INDEX)):
                check.add(f"{path!r} does not belong into a commons")
        elif Writer.LATER in place.writers:
            check.add(f"{path} needs a newer commons: this one can neither read nor judge it")
        elif Writer.HOST in place.writers:
            _host_file(path, context.snapshot.read(path), check)
    check.looked_at = f"{len(context.paths):,} files"


def _is_of_client(folder: Path, file: Path) -> bool:
    """Whether a link leads into the store of the Hub's client, which keeps a snapshot's files once and links to them."""
    target = os.path.normpath(file.parent / file.readlink())
    return folder.parent.name == "snapshots" and Path(target).parent == folder.parent.parent / "blobs"


def _host_file(path: str, data: bytes, check: CheckResult) -> None:
    if not all(_HOST_LINE.fullmatch(line) for line in data.split(b"\n")):
        check.add(f"{path} has a line that says more than how files are stored")


def check_inventory(context: VerificationContext, check: CheckResult) -> None:
    """Every published byte is what the newest leaf fixes."""
    audited = needed(context.audited, "the statements")
    if not context.has_inventory:
        check.looked_at = "none: this copy has an older format"
        loose = [path for path in context.paths if layout.part_of(path).split("/")[0] in ("pages", "people")]
        check.unchecked.append(
            f"{len(loose):,} files that no statement of this format binds: {', '.join(loose[:10])}"
            + (" …" if len(loose) > 10 else "")
        )
        return
    signed = needed(audited.inventory, "the inventory").predicate.parts
    if audited.inventory_leaf != audited.statements - 1:
        check.add("the log does not end with an inventory, so its last entries are bound to no files")
    entries: dict[str, InventoryEntry] = {}
    for part, sha256 in signed.items():
        for path, entry in _part(context, part, sha256, check):
            if path in entries:
                check.add(f"{path} is listed twice")
            entries[path] = entry
    for path in context.paths:
        named = layout.parse_inventory(path)
        if named is not None and named not in signed:
            check.add(f"{path} is no part of the inventory that was signed")
    _compare(context, entries, check)
    context.too_large = _too_large(context)
    check.looked_at = f"{len(entries):,} files in {len(signed):,} parts"


def _part(
    context: VerificationContext, part: str, sha256: str, check: CheckResult
) -> Iterator[tuple[str, InventoryEntry]]:
    path = layout.inventory_path(part)
    try:
        data = context.snapshot.read(path)
        if digests.sha256_hex(data) != sha256:
            check.add(f"{path} has other bytes than the log signed")
            return
        yield from inventory.parse(data, part).items()
    except CommonsError as error:
        check.add(error.message)


def _compare(context: VerificationContext, entries: dict[str, InventoryEntry], check: CheckResult) -> None:
    folder, here = context.snapshot.folder, set(context.paths)
    for path in sorted(entries.keys() - here):
        check.add(f"{path} is in the inventory and missing")
    for path in context.paths:
        if path not in entries:
            if layout.part_of(path) or layout.place_of(path) is None:
                check.add(f"{path!r} is in no part of the inventory")
            continue
        entry = entries[path]
        try:
            # A file of another size need not be read to its end.
            same = (folder / path).stat().st_size == entry.size and digests.sha256_of(
                folder / path
            ) == entry.sha256
        except OSError as error:
            check.add(f"{path} cannot be read: {error.strerror}")
            continue
        if same:
            context.bound[path] = entry.sha256
        else:
            check.add(f"{path} has other bytes than the inventory signed")


def _too_large(context: VerificationContext) -> set[str]:
    """What is not what was signed, and larger than any contribution's file may be: a file of holes is as large as it likes."""
    text = needed(context.audited, "the statements").policy_text
    limit = policies.parse(text.encode()).limits.max_file_bytes
    folder = context.snapshot.folder
    unsigned = (path for path in context.paths if path not in context.bound)
    return {path for path in unsigned if (folder / path).stat().st_size > limit}
