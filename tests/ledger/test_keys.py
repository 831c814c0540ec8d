"""Keys: made once, readable by their owner only, opened from what people have; and no key that anybody could sign for."""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa, x25519
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from commons.errors import LedgerError
from commons.ledger import keys
from commons.ledger.keys import PublicKey, SigningKey

P = 2**255 - 19
# The eight points of small order in every encoding that a sign bit allows (https://github.com/C2SP/CCTV, ed25519).
EIGHTH = 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826
LOW_ORDER = {
    "order 1": 1,
    "order 2": P - 1,
    "order 4": 0,
    "order 8": EIGHTH,
    "the other of order 8": P - EIGHTH,
}
NOT_CANONICAL = {"p": P, "p + 1": P + 1, "p + 18": P + 18, "p + 3": P + 3}


def raw(y: int, *, sign: bool = False) -> bytes:
    return (y | (sign << 255)).to_bytes(32, "little")


def code_of(data: bytes) -> str:
    with pytest.raises(LedgerError) as caught:
        PublicKey(data)
    return caught.value.code


class TestPublicKeys:
    @pytest.mark.parametrize("sign", [False, True])
    @pytest.mark.parametrize("name", LOW_ORDER)
    def test_a_key_of_low_order_is_refused(self, name: str, sign: bool) -> None:
        assert code_of(raw(LOW_ORDER[name], sign=sign)) == "key-low-order"

    @pytest.mark.parametrize("sign", [False, True])
    @pytest.mark.parametrize("name", NOT_CANONICAL)
    def test_a_key_in_a_second_encoding_is_refused(self, name: str, sign: bool) -> None:
        assert code_of(raw(NOT_CANONICAL[name], sign=sign)) == "key-not-canonical"

    @pytest.mark.parametrize("length", [0, 31, 33, 64])
    def test_a_key_has_32_bytes(self, length: int) -> None:
        assert code_of(b"\x07" * length) == "key-malformed"

    @given(st.binary(min_size=32, max_size=32))
    def test_every_key_that_anybody_makes_is_taken_and_named_by_its_bytes(self, seed: bytes) -> None:
        public = SigningKey(Ed25519PrivateKey.from_private_bytes(seed)).public
        digest = hashlib.sha256(b"knowledge-key/v1\n" + public.raw).digest()
        assert public.key_id == "kk1" + base64.b32encode(digest).decode().lower().rstrip("=")
        assert len(public.key_id) == 55

    def test_a_key_id_is_a_promise(self) -> None:
        public = SigningKey(Ed25519PrivateKey.from_private_bytes(bytes(32))).public
        assert public.raw.hex() == "3b6a27bcceb6a42d62a3a8d02a6f0d73653215771de243a63ac048a18b59da29"
        assert public.key_id == "kk1mmwdfqgtaq43i77d7hjqtxi4hdg45awxalonh555ojpa3dheokuq"


class TestTheFile:
    def test_it_is_readable_by_its_owner_only_whatever_the_umask(self, tmp_path: Path) -> None:
        before = os.umask(0)
        try:
            keys.create(tmp_path / "new" / "key.pem")
        finally:
            os.umask(before)
        assert (tmp_path / "new" / "key.pem").stat().st_mode & 0o777 == 0o600
        assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700

    def test_it_is_opened_again(self, tmp_path: Path) -> None:
        made = keys.create(tmp_path / "key.pem")
        assert keys.load(tmp_path / "key.pem").public == made.public

    @pytest.mark.parametrize("content", [b"", b"something else"])
    def test_whatever_lies_there_is_not_overwritten(self, content: bytes, tmp_path: Path) -> None:
        (tmp_path / "key.pem").write_bytes(content)
        with pytest.raises(LedgerError) as caught:
            keys.create(tmp_path / "key.pem")
        assert caught.value.code == "key-exists"
        assert (tmp_path / "key.pem").read_bytes() == content

    def test_nor_what_a_link_points_to(self, tmp_path: Path) -> None:
        (tmp_path / "key.pem").symlink_to(tmp_path / "elsewhere")
        with pytest.raises(LedgerError) as caught:
            keys.create(tmp_path / "key.pem")
        assert caught.value.code == "key-exists"
        assert not (tmp_path / "elsewhere").exists()

    def test_with_a_passphrase_it_opens_with_that_only(self, tmp_path: Path) -> None:
        path = tmp_path / "key.pem"
        made = keys.create(path, "correct horse ✓")
        assert b"ENCRYPTED" in path.read_bytes()
        assert keys.load(path, "correct horse ✓").public == made.public
        for wrong in ("", "wrong"):
            with pytest.raises(LedgerError) as caught:
                keys.load(path, wrong)
            assert caught.value.code == "key-locked"

    def test_a_passphrase_for_a_key_that_has_none_is_no_riddle(self, tmp_path: Path) -> None:
        """The environment may hold a passphrase for another key."""
        keys.create(tmp_path / "key.pem")
        try:
            keys.load(tmp_path / "key.pem", "not needed")
        except LedgerError as error:
            assert "passphrase" in error.message

    def test_a_missing_file_says_how_to_make_one(self, tmp_path: Path) -> None:
        for path in (tmp_path / "none.pem", tmp_path):
            with pytest.raises(LedgerError) as caught:
                keys.load(path)
            assert caught.value.code == "key-missing"
            assert caught.value.hint == "commons key new"

    def test_a_private_key_never_prints_itself(self, tmp_path: Path) -> None:
        made = keys.create(tmp_path / "key.pem")
        secret = made.private.private_bytes_raw()
        shown = f"{made!r} {made}"
        assert made.public.key_id in shown
        assert secret.hex() not in shown
        assert repr(secret) not in shown


class TestWhatPeopleHave:
    def test_a_key_in_openssh_form(self) -> None:
        private = Ed25519PrivateKey.generate()
        pem = private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
        )
        assert keys.parse(pem).public == SigningKey(private).public

    @pytest.mark.skipif(not shutil.which("ssh-keygen"), reason="OpenSSH is not installed")
    @pytest.mark.parametrize("passphrase", ["", "secret words"])
    def test_a_key_that_ssh_keygen_made(self, passphrase: str, tmp_path: Path) -> None:
        path = tmp_path / "id_ed25519"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-f", str(path)], check=True)
        public = base64.b64decode((tmp_path / "id_ed25519.pub").read_text().split()[1])
        assert keys.load(path, passphrase).public.raw == public[-32:]
        if passphrase:
            for wrong in ("", "secret"):
                with pytest.raises(LedgerError) as caught:
                    keys.load(path, wrong)
                assert caught.value.code == "key-locked"

    @pytest.mark.parametrize(
        "private",
        [
            rsa.generate_private_key(65537, 2048),
            ec.generate_private_key(ec.SECP256R1()),
            x25519.X25519PrivateKey.generate(),
        ],
        ids=["RSA", "P-256", "X25519"],
    )
    def test_a_key_of_another_kind_is_refused(self, private: rsa.RSAPrivateKey) -> None:
        pem = private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        with pytest.raises(LedgerError) as caught:
            keys.parse(pem)
        assert caught.value.code == "key-malformed"

    @pytest.mark.parametrize(
        "data",
        [
            b"",
            b"nonsense",
            b"\xff" * 100,
            b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
            b"-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n",
            b"-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAO2onvM62pC1io6jQKm8Nc2UyFXcd4kOmOsBIoYtZ2ik=\n-----END PUBLIC KEY-----\n",
        ],
    )
    def test_what_is_no_private_key_is_refused_in_words(self, data: bytes) -> None:
        with pytest.raises(LedgerError) as caught:
            keys.parse(data, name="the file")
        assert caught.value.code == "key-locked"
        assert "the file" in caught.value.message
