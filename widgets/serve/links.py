"""Links: who may enter, by a secret of the workspace from which every annotator's link and cookie follow.

Nothing is stored for each person: the same name has the same link after a restart, so that a page that was
open goes on. A new secret ends every link and every cookie at once.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from workbench.errors import WorkbenchError

__all__ = ["SECRET_FILE", "Links", "read_secret"]

SECRET_FILE: Final = "links.json"
_MOST_LETTERS: Final = 80


class Links:
    """The annotators, and what lets each of them in.

    Args:
        annotators: their names, as they are stored with every verdict.
        secret: whoever has it can enter as anybody.

    Raises:
        WorkbenchError: without a name, or for one that is empty, too long, or there twice.
    """

    def __init__(self, annotators: Sequence[str], secret: str) -> None:
        self.annotators = tuple(name.strip() for name in annotators)
        if not self.annotators:
            raise WorkbenchError("There is nobody to serve.", "Name annotators: --annotator ana ben.")
        for name in self.annotators:
            if not name or len(name) > _MOST_LETTERS or not name.isprintable():
                raise WorkbenchError(
                    f"{name!r} is no name for an annotator.",
                    f"Use 1 to {_MOST_LETTERS} printable characters.",
                )
            if self.annotators.count(name) > 1:
                raise WorkbenchError(f"{name!r} is named twice.", "Give each annotator a name of their own.")
        self._secret = secret.encode()
        self._by_token = {self.token_of(name): name for name in self.annotators}
        self._by_cookie = {self.cookie_of(name): name for name in self.annotators}

    @property
    def cookie_name(self) -> str:
        """The cookie's name: of this workspace, since browsers share cookies between ports of one machine."""
        return f"cw-{self._derive('name')[:8]}"

    @property
    def place(self) -> str:
        """A text that names the workspace to a page without telling its path."""
        return self._derive("place")[:12]

    def token_of(self, annotator: str) -> str:
        """Return what an annotator's link ends in."""
        return self._derive(f"link:{annotator}")

    def cookie_of(self, annotator: str) -> str:
        """Return the value of an annotator's cookie; it is not the token, which is seen in addresses."""
        return self._derive(f"cookie:{annotator}")

    def enter(self, token: str) -> str | None:
        """Return whose link this is; None for nobody's."""
        return _find(self._by_token, token)

    def recognise(self, cookie: str | None) -> str | None:
        """Return whose cookie this is; None for nobody's."""
        return _find(self._by_cookie, cookie or "")

    def _derive(self, what: str) -> str:
        digest = hmac.new(self._secret, what.encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def read_secret(folder: Path, *, is_new: bool = False) -> str:
    """Return the secret of a workspace, made when it is not there; only its owner can read the file.

    Args:
        folder: of the workspace.
        is_new: make another, which ends every link given out before.

    Raises:
        WorkbenchError: when the file is there and cannot be read.
    """
    file = folder / SECRET_FILE
    if is_new:
        file.unlink(missing_ok=True)
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _stored_secret(file)
    with os.fdopen(handle, "w") as writer:
        secret = secrets.token_urlsafe(32)
        json.dump({"secret": secret}, writer)
    return secret


def _stored_secret(file: Path) -> str:
    try:
        secret = str(json.loads(file.read_text())["secret"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise WorkbenchError(
            f"{file} cannot be read: {error}.", "Delete it, and give the new links to the annotators."
        ) from error
    if len(secret) < 32:
        raise WorkbenchError(f"The secret in {file} is too short.", "Delete the file; another is made.")
    return secret


def _find(known: dict[str, str], given: str) -> str | None:
    # Every one is compared, in the same time: how long it takes must not tell how much of it was right.
    found = [name for value, name in known.items() if hmac.compare_digest(value.encode(), given.encode())]
    return found[0] if found else None
