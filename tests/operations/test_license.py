"""License: what a source says of its own licence, and which pools would take it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from commons.cli import run

MIT = "MIT License\n\nPermission is hereby granted, free of charge, to any person obtaining a copy"
SAID = {
    "accept": (MIT, "", 0),
    "review": ("GNU GENERAL PUBLIC LICENSE\nVersion 3, 29 June 2007", "", 2),
    "refuse": ("Attribution-NonCommercial 4.0 International", "", 1),
}


@pytest.mark.parametrize("outcome", SAID)
def test_license_says_what_a_source_allows(
    outcome: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    license_text, readme, code = SAID[outcome]
    (tmp_path / "LICENSE").write_text(license_text)
    (tmp_path / "README.md").write_text(readme)
    files = [str(tmp_path / "LICENSE"), str(tmp_path / "README.md")]
    assert run(["license", *files, "--format", "json"]) == code
    said = json.loads(capsys.readouterr().out)
    assert said["outcome"] == outcome
    assert said["licenses"]
    assert run(["license", *files]) == code
    assert said["reason"][:20].lower() in capsys.readouterr().out.lower()


def test_a_data_statement_in_the_readme_counts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "README.md").write_text("# Birds\n\nThe data is dedicated to the public domain under CC0.\n")
    assert run(["license", str(tmp_path / "README.md"), "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["pools"] == {"CC0-1.0": "open"}
