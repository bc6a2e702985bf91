"""Who may come in: passwords, and the tokens that those get who gave a right one."""

import hashlib
import hmac
import math
import secrets
import time
from collections.abc import Callable, Mapping
from enum import StrEnum

from rag.errors import SpacePolicyError
from ui.limits import MINUTE, Limit, TooMany

ATTEMPTS = 5  # wrong passwords of one address
WITHIN = 5 * MINUTE  # seconds
LASTS = 7 * 24 * 3600  # seconds a token is good for, unless the program ends before


class Role(StrEnum):
    """What someone may do."""

    READER = "reader"  # ask and read
    CURATOR = "curator"  # change the library too


ONLY_READS = "You are signed in to read: articles are added, corrected and removed by those with the other password."


class WrongPassword(SpacePolicyError):
    """No role has this password."""


class SignIn:
    """Checks passwords and tokens. Tokens are signed with a secret of this start: none outlives the program.

    passwords: in ascending order of what their roles may do.
    """

    def __init__(
        self,
        passwords: Mapping[Role, str],
        *,
        clock: Callable[[], float] = time.monotonic,  # which nobody can set back
        attempts: Limit | None = None,
    ) -> None:
        self._digests = {role: _digest(password) for role, password in passwords.items()}
        self._highest = list(passwords)[-1]
        self._clock = clock
        self._attempts = attempts or Limit(ATTEMPTS, WITHIN)
        self._secret = secrets.token_bytes(32)

    def role_for(self, password: str, client: str) -> Role:
        """The role that has this password. Takes as long whatever is wrong with it.

        Raises WrongPassword; TooMany after ATTEMPTS wrong ones from this client, for a right one too.
        """
        wait = self._attempts.take(client)
        if wait:
            minutes = math.ceil(wait / MINUTE)
            raise TooMany(
                f"Too many wrong passwords came from your address. "
                f"Try again in {minutes} {'minute' if minutes == 1 else 'minutes'}.",
                wait,
            )
        given = _digest(password.strip())
        right = [role for role, digest in self._digests.items() if hmac.compare_digest(given, digest)]
        if not right:
            raise WrongPassword("This is not the password. Try again, or ask whoever runs this page for it.")
        if right[-1] == self._highest:
            self._attempts.forget(client)
        else:  # else who may read could try passwords without end, with their own one between
            self._attempts.give_back(client)
        return right[-1]

    def token(self, role: Role) -> str:
        """What the browser of someone who has signed in shows from now on."""
        said = f"{role}.{int(self._clock()) + LASTS}.{secrets.token_urlsafe(8)}"
        return f"{said}.{self._signature(said)}"

    def role_of(self, token: str) -> Role | None:
        """The role that a token was made for; None: it was not made here, or not lately."""
        said, _, signature = token.rpartition(".")
        if not hmac.compare_digest(signature.encode(), self._signature(said).encode()):
            return None
        role, expires, _ = said.split(".", 2)
        return Role(role) if self._clock() < int(expires) else None

    def _signature(self, said: str) -> str:
        return hmac.new(self._secret, said.encode(), hashlib.sha256).hexdigest()


def _digest(password: str) -> bytes:
    return hashlib.sha256(password.encode("utf-8", "surrogateescape")).digest()
