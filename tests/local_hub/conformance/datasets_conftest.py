"""Fixtures that the hub-bound tests of datasets expect."""

from __future__ import annotations

import csv
import zipfile
from pathlib import Path

import datasets
import pytest

pytest_plugins = ["tests.fixtures.hub"]


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = tmp_path_factory.mktemp("datasets")
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", cache)
    monkeypatch.setattr(datasets.config, "HF_MODULES_CACHE", cache / "modules")
    monkeypatch.setattr(datasets.config, "DOWNLOADED_DATASETS_PATH", str(cache / "downloads"))
    monkeypatch.setattr(datasets.config, "EXTRACTED_DATASETS_PATH", str(cache / "downloads/extracted"))


def _write_csv(path: Path) -> Path:
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["col_1", "col_2", "col_3"])
        rows.writerows([str(n), n, float(n)] for n in range(4))
    return path


@pytest.fixture(autouse=True, scope="session")
def _sample_image() -> None:
    """The picture that some tests expect beside themselves."""
    from PIL import Image

    path = Path(__file__).parent / "features" / "data" / "test_image_rgb.jpg"
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (640, 480), (40, 90, 160)).save(path)


@pytest.fixture(scope="session")
def text_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("text") / "dataset.txt"
    path.write_text("first line\nsecond line\nthe third line.\n")  # 39 bytes, which a test counts
    return path


@pytest.fixture(scope="session")
def csv_path(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(_write_csv(tmp_path_factory.mktemp("csv") / "dataset.csv"))


@pytest.fixture(scope="session")
def zip_csv_with_dir_path(csv_path: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two files in one folder."""
    path = tmp_path_factory.mktemp("zip") / "dataset_with_dir.csv.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(csv_path, "main_dir/dataset.csv")
        archive.write(csv_path, "main_dir/dataset2.csv")
    return path


@pytest.fixture(scope="session")
def zip_image_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two images."""
    from PIL import Image

    folder = tmp_path_factory.mktemp("images")
    path = folder / "dataset.img.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, color in (("one.jpg", (255, 0, 0)), ("two.jpg", (0, 0, 255))):
            Image.new("RGB", (8, 8), color).save(folder / name)
            archive.write(folder / name, name)
    return path
