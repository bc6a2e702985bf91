"""Who owns a library, what they write down of themselves, and what is left of one that was killed."""

import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from rag.errors import LibraryOwned
from rag.ownership import Ownership, announce, owner, token, turn

OWNER = """
import sys, time
from pathlib import Path
from rag.ownership import Ownership, announce
home = Path(sys.argv[1])
owned = Ownership.take(home)
announce(home, "http://127.0.0.1:9")
print("owned", flush=True)
time.sleep(60)
"""


@pytest.fixture
def killed(tmp_path: Path) -> int:
    """The pid of an owner that opened its door and was killed."""
    process = subprocess.Popen([sys.executable, "-c", OWNER, str(tmp_path)], stdout=subprocess.PIPE)
    assert process.stdout
    process.stdout.readline()
    with pytest.raises(LibraryOwned, match=rf"Process {process.pid}, started .*, at http://127.0.0.1:9, writes"):
        Ownership.take(tmp_path)
    process.kill()
    process.communicate()
    return process.pid


def test_an_owner_is_known_until_it_gives_the_right_back(tmp_path: Path) -> None:
    ownership = Ownership.take(tmp_path)
    announce(tmp_path, "http://127.0.0.1:9")
    who = owner(tmp_path)
    assert who
    assert (who.pid, who.address) == (os.getpid(), "http://127.0.0.1:9")
    ownership.release()
    assert (owner(tmp_path), token(tmp_path)) == (None, None)
    assert [path.name for path in tmp_path.iterdir()] == ["owner.lock"]


def test_the_token_is_new_for_each_owner_and_for_its_user_alone(tmp_path: Path) -> None:
    given = []
    for _ in range(2):
        ownership = Ownership.take(tmp_path)
        given.append(announce(tmp_path, "http://127.0.0.1:9"))
        assert token(tmp_path) == given[-1]
        assert stat.S_IMODE((tmp_path / "owner.token").stat().st_mode) == 0o600
        ownership.release()
    assert given[0] != given[1]
    assert min(map(len, given)) >= 43  # 256 bits


def test_only_the_owner_can_say_where_it_takes_work(tmp_path: Path) -> None:
    with pytest.raises(LibraryOwned):
        announce(tmp_path, "http://127.0.0.1:9")
    assert token(tmp_path) is None


def test_what_a_killed_owner_left_is_ignored_by_the_next(killed: int, tmp_path: Path) -> None:
    left = owner(tmp_path)
    assert left
    assert (left.pid, token(tmp_path) is None) == (killed, False)
    ownership = Ownership.take(tmp_path)  # the system has freed the lock
    now = owner(tmp_path)
    assert now
    assert (now.pid, now.address, token(tmp_path)) == (os.getpid(), None, None)
    ownership.release()


def test_a_folder_that_cannot_be_written_down_in_is_not_owned(tmp_path: Path) -> None:
    (tmp_path / "owner.json").mkdir()
    with pytest.raises(OSError, match=r"owner\.json"):
        Ownership.take(tmp_path)
    (tmp_path / "owner.json").rmdir()
    Ownership.take(tmp_path).release()


def test_works_of_one_folder_take_turns_however_it_is_named(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "home")
    entered: list[bool] = []
    with turn(tmp_path / "home"), turn(tmp_path / "home"):
        other = threading.Thread(target=lambda: entered.append(turn(tmp_path / "link").acquire(timeout=0.05)))
        other.start()
        other.join()
    assert entered == [False]
    assert turn(tmp_path / "link") is not turn(tmp_path)
