"""The files of an UNLOAD on their way to S3."""

from __future__ import annotations

import pytest

from dpctl.sandbox.redshift.unload import parts


@pytest.mark.parametrize("pieces", [[], [b"abc"], [b"abc", b"", b"de"], [b"abcd", b"efgh", b"i"]])
def test_a_spool_gives_back_what_it_took_in_memory_and_on_disk(
    pieces: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "_SPOOL", 5)
    spool = parts.Spool()
    for piece in pieces:
        assert spool.write(memoryview(piece)) == len(piece)
    whole = b"".join(pieces)
    assert spool.tell() == len(whole)
    found = spool.content()
    assert (found if isinstance(found, bytearray) else found.read()) == whole
    assert isinstance(found, bytearray) == (len(whole) <= 5)
    spool.close()
    assert spool.closed
