"""Every index artifact: signed by whoever may build, its files against its manifest, and what can be made again made again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from commons import layout
from commons.errors import CommonsError
from commons.governance.log_audit import AuditResult
from commons.index import manifest
from commons.index.build import artifact_audit, confined_audit
from commons.index.build.audit_result import ArtifactAudit
from commons.ledger import inventory
from commons.ledger.landings import Acceptance
from commons.sandbox.confinement import UnconfinedError
from commons.verification.context import VerificationContext, needed
from commons.verification.verdict import CheckResult


def check_index(context: VerificationContext, check: CheckResult) -> None:
    """Every file of every artifact against its manifest, and what follows from data and vectors made again."""
    snapshot = context.snapshot
    files = [path for path in context.paths if path.startswith(layout.INDEX)]
    slugs = [slug for path in files if (slug := layout.parse_manifest(path))]
    needed(context.log, "the log")
    landed = snapshot.landings if slugs else {}
    for path in files:
        if path.split("/")[1] not in slugs:
            check.add(f"{path!r} belongs to no manifest")
    audits = []
    for slug in slugs:
        try:
            if context.has_inventory:
                _signed(context, slug, check)
            audit = _audit(context, slug, landed)
        except UnconfinedError as error:
            audit = ArtifactAudit(unchecked=[error.message])
        except CommonsError as error:  # one index that cannot be read hides no other
            audit = ArtifactAudit(problems=[error.message])
        audits.append(audit)
        _note(layout.index_folder(slug).rstrip("/"), audit, check)
    if context.checks_by_model and not slugs:
        check.unchecked.append("there is no index whose vectors or figures could be checked")
    check.looked_at = f"{len(slugs)} index artifacts, {len(files):,} files{_counts(audits)}"


def _audit(context: VerificationContext, slug: str, landed: Mapping[str, Acceptance]) -> ArtifactAudit:
    """Opened in a confined child first; only an index that holds is read here too, by the model that it was built with."""
    folder, checks = context.snapshot.folder, context.checks_by_model
    if large := sorted(path for path in context.too_large if path.startswith(layout.index_folder(slug))):
        return ArtifactAudit(problems=[f"{large[0]} is not opened: nobody signed so large a file"])
    paths = [path for path in context.paths if path not in context.too_large]
    context.progress("Rebuilding the index", 0, 1)
    audit = confined_audit.audit(folder, slug, paths, landed, files_only=checks is not None)
    context.progress("Rebuilding the index", 1, 1)
    if checks is None:
        return audit
    if audit.problems:
        audit.unchecked.append("what was asked of its model: the index does not hold without it")
        return audit
    artifact_audit.audit_by_model(folder, slug, paths, landed, checks, audit, progress=context.progress)
    return audit


def _note(name: str, audit: ArtifactAudit, check: CheckResult) -> None:
    for problem in audit.problems:
        check.add(f"{name}: {problem}")
    check.unchecked += [f"{name}: {sentence}" for sentence in audit.unchecked]
    check.assumptions += [f"{name}: {sentence}" for sentence in audit.assumptions]


def _counts(audits: Sequence[ArtifactAudit]) -> str:
    """What was made again, what was not, and how far that reaches."""
    counts = (
        (sum(audit.rebuilt for audit in audits), "rebuilt byte for byte"),
        (sum(audit.not_rebuilt for audit in audits), "NOT REBUILT"),
        (sum(audit.newer_records for audit in audits), "records newer than the index"),
        (sum(audit.embedded_again for audit in audits), "records embedded again"),
    )
    notes = [f"{count:,} {words}" for count, words in counts if count]
    return "".join(f", {note}" for note in notes + [note for audit in audits for note in audit.notes])


def _signed(context: VerificationContext, slug: str, check: CheckResult) -> None:
    """The log says who built this index, of which model and how many records."""
    audited = needed(context.audited, "the statements")
    statement = audited.indexes.get(slug)
    path = layout.manifest_path(slug)
    if statement is None and _is_migrated(audited, slug):
        check.assumptions.append(
            f"{layout.index_folder(slug).rstrip('/')}: who built it, which was before builds were signed; the next build signs it"
        )
        return
    if statement is None:
        check.add(f"{path}: no statement in the log says who built this index")
        return
    made, stated = manifest.parse(context.snapshot.read(path)), statement.predicate
    if (made.embedder.model, made.embedder.revision, made.records) != (
        stated.model,
        stated.model_revision,
        stated.records,
    ):
        check.add(
            f"{path} is of another model, or of another number of records, than the build that was signed"
        )


def _is_migrated(audited: AuditResult, slug: str) -> bool:
    """Whether the index is the one that an older format left: not a byte has changed since the first inventory bound it."""
    whole = layout.part_of(layout.manifest_path(slug))
    now = needed(audited.inventory, "the inventory").predicate.parts
    first = inventory.parts_of(audited.migrated_parts, whole)
    return bool(first) and first == inventory.parts_of(now, whole)
