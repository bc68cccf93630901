"""Work on files from outside may swell, spin or crash; the process that asked for it goes on."""

import os

import pytest

from portal import sandbox


def echo(payload: bytes, *args: str) -> sandbox.Result:
    os.write(1, b"a library's warning")
    return {"args": args, "secret": os.environ.get("SECRET_KEY")}, [payload, b"", payload[::-1]]


def swell(payload: bytes) -> sandbox.Result:
    return {}, [bytes(200 << 20)]


def spin(payload: bytes) -> sandbox.Result:
    while True:
        pass


def crash(payload: bytes) -> sandbox.Result:
    os.abort()


def write(payload: bytes) -> sandbox.Result:
    with open(payload.decode(), "wb") as file:
        file.write(b"left behind")
    return {}, []


def test_facts_and_contents_come_back_whole_and_secrets_stay_here():
    facts, contents = sandbox.run(echo, b"\n\0x", "một", seconds=5, megabytes=100)
    assert facts == {"args": ["một"], "secret": None}
    assert contents == [b"\n\0x", b"", b"x\0\n"]


@pytest.mark.parametrize(("work", "reason"), [(swell, "memory"), (spin, "time"), (crash, "crash")])
def test_work_out_of_bounds_ends_and_says_why(work, reason):
    with pytest.raises(sandbox.Failed) as failure:
        sandbox.run(work, b"", seconds=1, megabytes=100)
    assert failure.value.reason == reason


def test_work_can_write_no_file(tmp_path):
    with pytest.raises(sandbox.Failed):
        sandbox.run(write, str(tmp_path / "trace").encode(), seconds=5, megabytes=100)
    assert not (tmp_path / "trace").exists() or (tmp_path / "trace").stat().st_size == 0
