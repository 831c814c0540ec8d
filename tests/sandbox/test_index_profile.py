"""The INDEX profile: FAISS and tantivy work on a folder to read and a folder to write, and nothing else can be opened."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support import confined_children

from commons.sandbox.limits import MIB, ProcessLimits
from commons.sandbox.system_calls import Profile

pytestmark = pytest.mark.skipif(
    confined_children.landlock_version() < 1, reason="this kernel has no Landlock, and the sandbox says so"
)
LIMITS = ProcessLimits(file_bytes=64 * MIB)
TRY = """
def attempt(what):
    try:
        what()
    except OSError as error:
        return errno.errorcode[error.errno]
    return "done"
"""


@pytest.fixture
def folders(tmp_path: Path) -> dict[str, Path]:
    places = {"readable": tmp_path / "artifact", "writable": tmp_path / "scratch"}
    for place in places.values():
        place.mkdir()
    (tmp_path / "other").write_text("not handed in")
    return places


def test_faiss_maps_an_index_and_searches_it(folders: dict[str, Path]) -> None:
    faiss = pytest.importorskip("faiss")
    numpy = pytest.importorskip("numpy")
    index = faiss.index_factory(8, "IVF2,SQ8")
    vectors = numpy.eye(100, 8, dtype="float32") + numpy.arange(800, dtype="float32").reshape(100, 8)
    index.train(vectors)
    index.add(vectors)
    faiss.write_index(index, str(folders["readable"] / "open.faiss"))
    numpy.save(folders["readable"] / "asked.npy", vectors[:3])
    code = """
        folder, scratch = sys.argv[1:]
        index = faiss.read_index(folder + "/open.faiss", faiss.IO_FLAG_MMAP | faiss.IO_FLAG_READ_ONLY)
        asked = numpy.load(folder + "/asked.npy")
        _, places = index.search(asked, 1)
        faiss.write_index(faiss.IndexFlatL2(8), scratch + "/built.faiss")
        print(json.dumps([places.ravel().tolist(), faiss.read_index(scratch + "/built.faiss").d]))
    """
    done = confined_children.after_entering(
        code,
        *map(str, folders.values()),
        before="import faiss, numpy, numpy.lib.format\nfaiss.omp_set_num_threads(1)",
        limits=LIMITS,
        profile=Profile.INDEX,
        folders=folders,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == [[0, 1, 2], 8]


def test_tantivy_builds_an_index_and_answers_from_it(folders: dict[str, Path]) -> None:
    pytest.importorskip("tantivy")
    code = """
        schema = tantivy.SchemaBuilder().add_text_field("text", stored=True).build()
        index = tantivy.Index(schema, path=sys.argv[2])
        writer = index.writer(heap_size=30_000_000, num_threads=1)
        writer.add_document(tantivy.Document(text="water boils"))
        writer.commit()
        writer.wait_merging_threads()
        again = tantivy.Index.open(sys.argv[2])
        again.reload()
        print(json.dumps(again.searcher().search(again.parse_query("boils", ["text"]), 10).count))
    """
    done = confined_children.after_entering(
        code,
        *map(str, folders.values()),
        before="import tantivy",
        limits=LIMITS,
        profile=Profile.INDEX,
        folders=folders,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "1"


def test_one_folder_is_for_reading_one_for_writing_and_nothing_else_is_there(
    folders: dict[str, Path],
) -> None:
    (folders["readable"] / "given").write_text("x")
    code = (
        TRY
        + """
folder, scratch = sys.argv[1:]
print(json.dumps([
    attempt(lambda: open(folder + "/given").read()),
    attempt(lambda: os.listdir(folder)),
    attempt(lambda: open(folder + "/given", "a")),
    attempt(lambda: open(folder + "/new", "w")),
    attempt(lambda: os.unlink(folder + "/given")),
    attempt(lambda: open(scratch + "/new", "w").write("x")),
    attempt(lambda: os.rename(scratch + "/new", scratch + "/newer")),
    attempt(lambda: os.rename(scratch + "/newer", folder + "/newer")),
    attempt(lambda: os.unlink(scratch + "/newer")),
    attempt(lambda: open(folder + "/../other").read()),
    attempt(lambda: open("/etc/passwd").read()),
    attempt(lambda: os.listdir("/")),
    attempt(lambda: open("/proc/self/environ").read()),
    attempt(lambda: os.link(folder + "/given", scratch + "/link")),
    attempt(lambda: os.symlink("/etc/passwd", scratch + "/link")),
    attempt(lambda: os.fork()),
    attempt(lambda: socket.socket()),
]))
"""
    )
    done = confined_children.after_entering(
        code, *map(str, folders.values()), limits=LIMITS, profile=Profile.INDEX, folders=folders
    )
    outcomes = json.loads(done.stdout.splitlines()[-1])
    assert outcomes[:2] == ["done"] * 2
    assert outcomes[2:5] == ["EACCES"] * 3
    assert outcomes[5:7] == ["done"] * 2
    assert outcomes[7] in ("EACCES", "EXDEV")  # with Landlock's first version, that no link leads out
    assert outcomes[8] == "done"
    assert outcomes[9:13] == ["EACCES"] * 4
    assert outcomes[13:] == ["EPERM"] * 4


def test_a_file_that_is_written_has_a_bound(folders: dict[str, Path]) -> None:
    code = (
        TRY + 'print(json.dumps(attempt(lambda: pathlib.Path(sys.argv[2], "new").write_bytes(bytes(4096)))))'
    )
    done = confined_children.after_entering(
        code,
        *map(str, folders.values()),
        before="import pathlib",
        limits=ProcessLimits(file_bytes=1024),
        profile=Profile.INDEX,
        folders=folders,
    )
    assert done.stdout.splitlines()[-1] == '"EFBIG"'


def test_a_thread_that_ran_before_would_not_be_bound_so_nothing_is_read(folders: dict[str, Path]) -> None:
    """Landlock binds the thread that asks for it and those it starts."""
    before = "threading.Thread(target=threading.Event().wait, daemon=True).start()"
    done = confined_children.after_entering(
        "", before=before, limits=LIMITS, profile=Profile.INDEX, folders=folders
    )
    introduction = json.loads(done.stdout.splitlines()[0])
    assert introduction["entered"] is False
    assert "thread" in introduction["gaps"][0]
