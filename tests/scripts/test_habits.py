"""What runs on somebody else's machine is the same as here: workflows, pre-commit, templates, licences."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def _read(path: Path) -> dict[Any, Any]:
    read = yaml.safe_load(path.read_text())
    assert isinstance(read, dict)
    return read


def _steps(workflow: Path) -> list[dict[str, Any]]:
    return [step for job in _read(workflow)["jobs"].values() for step in job["steps"]]


def test_ci_runs_what_runs_here_on_every_python_that_is_supported() -> None:
    ci = _read(ROOT / ".github" / "workflows" / "ci.yml")["jobs"]["checks"]
    assert ci["strategy"]["matrix"]["python"] == ["3.11", "3.12", "3.13", "3.14"]
    assert {"run": ".ci/run", "env": {"PYTHON": "python${{ matrix.python }}"}} in ci["steps"]


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_each_action_is_pinned_to_a_commit_and_names_its_tag(workflow: Path) -> None:
    used = re.findall(r"uses: (.*)", workflow.read_text())
    assert used
    assert all(re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", one) for one in used), used


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_nobody_writes_but_the_job_that_must(workflow: Path) -> None:
    read = _read(workflow)
    assert read["permissions"] in ({}, {"contents": "read"})
    writing = {
        name: job["permissions"]
        for name, job in read["jobs"].items()
        if "write" in str(job.get("permissions"))
    }
    expected = {
        "attest": {"id-token": "write", "attestations": "write"},
        "publish": {"id-token": "write"},
        "announce": {"contents": "write"},
    }
    assert writing == (expected if workflow.name == "release.yml" else {})
    assert all(
        str(step.get("with", {}).get("persist-credentials", False)) == "False" for step in _steps(workflow)
    )


def test_each_script_that_a_workflow_runs_exists() -> None:
    run = " ".join(step.get("run", "") for workflow in WORKFLOWS for step in _steps(workflow))
    named = re.findall(r"(?:scripts|\.ci)/\w+", run)
    assert named
    assert all((ROOT / name).is_file() for name in named)


def test_pre_commit_has_the_ruff_of_the_lock_and_runs_the_mypy_of_the_lock() -> None:
    ruff, local = _read(ROOT / ".pre-commit-config.yaml")["repos"]
    locked = re.search(r"^ruff==(\S+)", (ROOT / "scripts" / "requirements.lock").read_text(), re.MULTILINE)
    assert locked
    assert ruff["rev"] == f"v{locked[1]}"
    assert [".venv/bin/mypy" in hook["entry"] for hook in local["hooks"]] == [True]


@pytest.mark.parametrize(
    "form", sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("[!c]*.yml")), ids=lambda path: path.name
)
def test_each_issue_form_has_what_github_asks_of_it(form: Path) -> None:
    read = _read(form)
    assert read["name"] and read["description"]
    fields = [one for one in read["body"] if one["type"] != "markdown"]
    assert any(one.get("validations", {}).get("required") for one in fields)
    assert len({one["id"] for one in fields}) == len(fields)


def test_shell_scripts_stay_short() -> None:
    scripts = [path for path in (ROOT / "scripts").iterdir() if path.is_file() and not path.suffix]
    assert len(scripts) > 5
    assert {path.name: lines for path in scripts if (lines := len(path.read_text().splitlines())) > 30} == {}


@pytest.mark.parametrize("script", ["licenses.py", "release.py"])
def test_help_ends_with_examples(script: str) -> None:
    asked = [sys.executable, ROOT / "scripts" / script, "--help"]
    said = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
    assert f"examples:\n  scripts/{script.removesuffix('.py')}" in said


def test_each_licence_is_known_and_allowed() -> None:
    answer = subprocess.run(
        [sys.executable, ROOT / "scripts" / "licenses.py"], capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stderr
    assert "unknown" not in answer.stdout


@pytest.mark.parametrize(
    ("expression", "allowed"),
    {
        "MIT": True,
        "MIT AND Apache-2.0": True,
        "GPL-3.0-only OR MIT": True,
        "GPL-3.0-only AND MIT": False,
        "GPL-2.0-only WITH GCC-exception-2.0": True,
        "GPL-2.0-only": False,
        "LicenseRef-Ours": False,
        "": False,
    }.items(),
)
def test_what_may_be_installed(expression: str, allowed: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    import licenses

    assert licenses.allowed(expression) is allowed
