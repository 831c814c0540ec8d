"""Our names for content are those of the official client and of the specification."""

from __future__ import annotations

import hf_xet
import pyarrow
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commons.local_hub.lz4_frame import is_one_frame
from commons.local_hub.xet_hashes import NamedChunk, file_name, name_chunk, text, xorb_name

from .xet_wire import raw_hash

# Of xet-core's own tests, merklehash/src/aggregated_hashes.rs at 180aac41: chunks, their xorb's name, their file's name.
ZERO = NamedChunk(bytes(32), 0)
ONE = NamedChunk(raw_hash("cfc5d07f6f03c29bbf424132963fe08d19a37d5757aaf520bf08119f05cd56d6"), 100)
TWO = NamedChunk(raw_hash("c3e67584b5c4fc2a89837ec39e40f2c8a6bb0b2987ac94cd4b31e5fbdd210a72"), 200)
THREE = NamedChunk(raw_hash("0d2beb91b9196929a5ddec9f6e306924ddf4a24268e3e59fd8464738d525af37"), 300)
FOUR = NamedChunk(raw_hash("adf8773496a9b7319b2e50dc98093f344053b17d8ad37100b9c07d9805988784"), 400)
REFERENCE = {
    "none": ((), "0" * 64, "0" * 64),
    "one": (
        (ONE,),
        "cfc5d07f6f03c29bbf424132963fe08d19a37d5757aaf520bf08119f05cd56d6",
        "8e16257caa3fe079d484d872a8975264b2ff683b0d6db9028cc7c0f968a45661",
    ),
    "three": (
        (ONE, TWO, THREE),
        "71ec1275fca074724e2dd666921b3277c7cee603e4d025bcab2d4050015be2bc",
        "54e55dccc6653c612bdb5576c5d3cb34bb31bc4e100248abccf4c908b3ef7715",
    ),
    "six": (
        (ONE, TWO, ONE, TWO, THREE, FOUR),
        "52c826f99507aa05d0b45e9837fa1709e0485425cfbcb1e80db3905cf98b3ee9",
        "91d21684db364c8883ab8209fa5eb2e781cf07f37e1fa43e731c30839afe422f",
    ),
    "a node that ends early": (
        (ZERO, ONE, ZERO, ONE, ZERO),
        "f36c6a6374a567efd36ed087aeb680b57e3af4e0b5b8e7be2593df4cb647a2de",
        "ab2f46d31855e1133b3b5b70e78f841394a648710a208923b221c1a8a0572a1f",
    ),
}


@pytest.mark.parametrize("case", REFERENCE)
def test_xorbs_and_files_are_named_as_in_the_specification(case: str) -> None:
    chunks, xorb, file = REFERENCE[case]
    assert (text(xorb_name(chunks)), text(file_name(chunks))) == (xorb, file)


@given(st.binary(min_size=1, max_size=8000))  # below the smallest chunk the client cuts
def test_a_file_of_one_chunk_is_named_as_the_client_names_it(tmp_path_factory, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "one-chunk"
    path.write_bytes(data)
    (file,) = hf_xet.hash_files([str(path)])
    assert text(file_name([name_chunk(data)])) == file.hash


def frame(data: bytes) -> bytes:
    return pyarrow.Codec("lz4").compress(data, asbytes=True)


@given(st.binary(max_size=3000), st.binary(min_size=1, max_size=30))
def test_a_frame_is_told_from_a_frame_and_more(data: bytes, more: bytes) -> None:
    whole = frame(data)
    assert is_one_frame(whole)
    assert not is_one_frame(whole + more)
    assert not is_one_frame(whole + whole)
    assert not is_one_frame(b"\x50\x2a\x4d\x18\x01\x00\x00\x00x" + whole), "a skippable frame first"
    assert not any(is_one_frame(whole[:end]) for end in range(0, len(whole), 97))
