"""Run the official clients' own tests against the local Hub and print a table by area.

    scripts/conformance                     all three modes
    scripts/conformance hub hub-without-xet datasets      some of them
    scripts/conformance hub -k discussions                pytest's own options follow

Fetches the source distributions of the installed versions into ``build/conformance``, once. Writes the table to
``tests/local_hub/conformance/RESULTS.md`` when all modes ran. Exits 1 if a test that reaches the Hub failed.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import re
import runpy
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from collections import defaultdict
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "conformance"
OURS = ROOT / "tests" / "local_hub" / "conformance"
HELPERS = (
    "pytest-mock",
    "pytest-asyncio",
    "jedi",
    "parso",
    "zstandard",
)  # what upstream uses beside our own tools
PYTEST_OPTIONS = """
-c conformance.ini -p recorder -q --tb=short --no-header --disable-warnings --timeout=180
--continue-on-collection-errors
"""
MODES = {"hub": {}, "hub-without-xet": {"HF_HUB_DISABLE_XET": "1"}, "datasets": {}}
HUB_MODULES = """
test_cli test_cli_discussions test_commit_api test_commit_scheduler test_copy_files test_endpoint_helpers
test_file_download test_hf_api test_hf_file_system test_hub_mixin test_kernels test_lfs test_local_folder test_repocard
test_snapshot_download test_tree_cache test_upload_pipeline test_utils_http test_utils_pagination test_verification
test_webhooks_server test_xet_upload test_xet_utils
"""
DATASETS_TESTS = {"test_upstream_hub": "", "test_hub": "delete_from_hub", "test_file_utils": "private",
                  "test_inspect": "private", "test_load": "private"}  # fmt: skip


def main() -> int:
    words = sys.argv[1:]
    if {"-h", "--help"} & set(words):
        print(__doc__)
        return 0
    modes = [each for each in words if each in MODES] or list(MODES)
    options = [each for each in words if each not in MODES]
    sys.path.insert(0, str(ROOT))
    prepare()
    results = {mode: run(mode, options) for mode in modes}
    table = render(results)
    print(table)
    if not options and len(modes) == len(MODES):
        (OURS / "RESULTS.md").write_text(table)
    failed = [
        each
        for tests in results.values()
        for each in tests
        if each["reached"] and each["outcome"] == "failed"
    ]
    return 1 if failed else 0


def prepare() -> None:
    """Fetch what is missing and lay our files beside the tests."""
    helpers = BUILD / "helpers"
    if not helpers.is_dir():
        pip("install", "--quiet", "--no-deps", "--target", str(helpers), *HELPERS)
    for package in ("huggingface_hub", "datasets"):
        version = importlib.metadata.version(package)
        folder = BUILD / f"{package}-{version}"
        if not folder.is_dir():
            pip("download", "--quiet", "--no-binary", ":all:", "--no-deps", "--no-build-isolation",
                "--dest", str(BUILD), f"{package}=={version}")  # fmt: skip
            with tarfile.open(BUILD / f"{package}-{version}.tar.gz") as archive:
                archive.extractall(BUILD, filter="data")
        tests = folder / "tests"
        (tests / "__init__.py").touch()
        (tests / "fixtures").mkdir(exist_ok=True)
        (folder / "conformance.ini").write_text("[pytest]\naddopts = -p no:cacheprovider\n" + markers())
        if package == "huggingface_hub":
            shutil.copy(OURS / "hub_conftest.py", tests / "conftest.py")
            shutil.copytree(OURS / "cards", tests / "fixtures" / "cards", dirs_exist_ok=True)
        else:
            shutil.copy(OURS / "datasets_conftest.py", tests / "conftest.py")
            shutil.copy(OURS / "datasets_utils.py", tests / "utils.py")
            shutil.copy(OURS / "datasets_hub.py", tests / "fixtures" / "hub.py")
            (tests / "fixtures" / "__init__.py").touch()


MARKED = "not production and not inference"
MARKERS = "api transfer inference xet no_xet production deprecated git_lfs vcr integration unit"


def markers() -> str:
    return "markers =\n" + "".join(f"    {name}: of the upstream suite\n" for name in MARKERS.split())


def run(mode: str, options: list[str]) -> list[dict]:
    """The outcomes of one mode's tests."""
    package = "datasets" if mode == "datasets" else "huggingface_hub"
    folder = BUILD / f"{package}-{importlib.metadata.version(package)}"
    results = BUILD / f"{mode}.jsonl"
    results.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory() as scratch, local_hub(Path(scratch) / "hub") as url:
        environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith(("HF_", "HUGGING"))},
            "HF_ENDPOINT": url,
            "HF_HOME": f"{scratch}/home",
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "HF_UPDATE_DOWNLOAD_COUNTS": "0",
            "HF_HUB_DISABLE_PROGRESS_BARS": "0",
            "CONFORMANCE_RESULTS": str(results),
            "PYTHONPATH": os.pathsep.join([str(OURS), str(BUILD / "helpers")]),
            **MODES[mode],
        }
        command = [sys.executable, "-m", "pytest", *PYTEST_OPTIONS.split(), "-m", MARKED]
        for pattern in deselected(mode):
            command += ["--deselect", f"tests/{pattern}"]
        if package == "datasets":
            for module, words in DATASETS_TESTS.items():
                select = ["-k", words] if words else []
                report(command + options + select + [f"tests/{module}.py"], folder, environment)
        else:
            report(
                command + options + [f"tests/{module}.py" for module in HUB_MODULES.split()],
                folder,
                environment,
            )
    return [json.loads(line) for line in results.read_text().splitlines()]


def report(command: list[str], folder: Path, environment: dict[str, str]) -> None:
    subprocess.run(command, cwd=folder, env=environment, check=False, stdin=subprocess.DEVNULL)


@contextmanager
def local_hub(folder: Path):
    from commons.local_hub import LocalHub

    with LocalHub(folder) as hub:
        for name, token in dummies().items():
            hub.create_user(name, "Dummy User")
            hub.create_token(name, value=token)
        user, _, admin, _ = dummies()
        hub.create_organization("valid_org_hub", "Dummy Hub Org")
        hub.add_member("valid_org_hub", user, "admin")
        hub.create_organization("EnterpriseOrgPrivate", private_by_default=True)
        hub.add_member("EnterpriseOrgPrivate", admin, "admin")
    command = [sys.executable, "-m", "commons.local_hub", "--folder", str(folder)]
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        yield server.stdout.readline().split(": ", 1)[1].strip()
    finally:
        server.terminate()
        server.wait()


def dummies() -> dict[str, str]:
    """The users and public dummy tokens that the tests sign in with."""
    upstream = next(BUILD.glob("huggingface_hub-*/tests/testing_constants.py"))
    constants = runpy.run_path(str(upstream))
    ours = (OURS / "datasets_hub.py").read_text()
    (user,) = re.findall(r'CI_HUB_USER = "(.*)"', ours)
    (token,) = re.findall(r'CI_HUB_USER_TOKEN = "(.*?)"', ours)
    pairs = {
        constants[name]: constants[name.replace("USER", "TOKEN")]
        for name in ("USER", "OTHER_USER", "ENTERPRISE_USER")
    }
    return {**pairs, user: token}


def deselected(mode: str) -> list[str]:
    keys = {"hub": ["hub"], "hub-without-xet": ["hub", "hub-without-xet"], "datasets": ["datasets"]}[mode]
    reasons = tomllib.loads((OURS / "deselected.toml").read_text())
    return [pattern for group in reasons.values() for key in keys for pattern in group.get(key, [])]


def render(results: dict[str, list[dict]]) -> str:
    lines = ["# Conformance", ""]
    versions = ", ".join(
        f"{name} {importlib.metadata.version(name)}" for name in ("huggingface_hub", "datasets", "hf-xet")
    )
    lines += [
        f"Unmodified upstream tests ({versions}) against the local Hub. Counted are the tests that reached it.",
        "",
    ]
    for mode, tests in results.items():
        areas: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        for test in tests:
            if test["reached"]:
                path, *names = test["test"].removeprefix("tests/").split("::")
                area = f"{path.removesuffix('.py')} {names[0] if len(names) > 1 else ''}".strip()
                areas[area][test["outcome"]] += 1
        lines += [f"## {mode}", "", "| area | passed | failed | skipped |", "|---|---|---|---|"]
        sums: dict[str, int] = defaultdict(int)
        for area, counts in sorted(areas.items()):
            lines.append(
                f"| {area} | {counts['passed']} | {counts['failed'] or ''} | {counts['skipped'] or ''} |"
            )
            for outcome, count in counts.items():
                sums[outcome] += count
        lines += [f"| **all** | **{sums['passed']}** | **{sums['failed']}** | **{sums['skipped']}** |", ""]
        others = [test for test in tests if not test["reached"]]
        passed = sum(test["outcome"] == "passed" for test in others)
        lines += [f"Beside them {len(others)} tests that never ask the Hub ({passed} passed).", ""]
        failed = [test["test"] for test in tests if test["reached"] and test["outcome"] == "failed"]
        lines += [f"* failed: `{name}`" for name in failed] + [""] * bool(failed)
    lines += ["## Not run", ""]
    for reason, groups in tomllib.loads((OURS / "deselected.toml").read_text()).items():
        lines += [f"* {reason}: " + ", ".join(f"`{each}`" for group in groups.values() for each in group)]
    lines += ["* marked `production` or `inference` upstream: they need the public Hub's own data", ""]
    return "\n".join(lines)


def pip(*words: str) -> None:
    subprocess.run([sys.executable, "-m", "pip", *words], check=True)


if __name__ == "__main__":
    sys.exit(main())
