"""The steps of a verification, in their order: each may need what those before it left in the context."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from commons.errors import CommonsError
from commons.layout import Check
from commons.progress import Progress, silent
from commons.verification import index, pages, rows, signed, tree
from commons.verification.context import VerificationContext
from commons.verification.verdict import CheckResult

_STEPS: tuple[tuple[Check, Callable[[VerificationContext, CheckResult], None]], ...] = (
    (Check.FILES, tree.check_files),
    (Check.LOG, signed.check_log),
    (Check.STATEMENTS, signed.check_statements),
    (Check.INVENTORY, tree.check_inventory),
    (Check.RULES, signed.check_rules),
    (Check.ROWS, rows.check_rows),
    (Check.INDEX, index.check_index),
    (Check.PAGES, pages.check_pages),
)


def run(context: VerificationContext, progress: Progress = silent) -> Iterator[CheckResult]:
    """What each step says; one that cannot be made because an earlier one failed says so."""
    for done, (name, step) in enumerate(_STEPS):
        progress("Verifying", done, len(_STEPS))
        check = CheckResult(name.value)
        try:
            step(context, check)
        except CommonsError as error:
            check.add(error.message)
        yield check
    progress("Verifying", len(_STEPS), len(_STEPS))
