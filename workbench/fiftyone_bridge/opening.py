"""Open FiftyOne with what this project needs of it: a database of our own, and nothing sent anywhere.

Importing fiftyone opens no connection; its first use does, and from then on the database is fixed for the
life of the process. So everything here is set before that first use.
"""

from __future__ import annotations

import importlib.util
import logging
import os
import sys
from pathlib import Path
from typing import Any, Final

from workbench.errors import FiftyOneError, MissingExtraError

__all__ = ["DATABASE_NAME", "INFO", "find_dataset", "load_fiftyone", "workspace_of"]

#: Where our datasets are, apart from the user's own.
DATABASE_NAME: Final = "caption-workbench"
#: What a dataset keeps of where it came from, in its `info`.
INFO: Final = "workbench"


def load_fiftyone() -> Any:
    """Import fiftyone, with telemetry off, connected to the database of our own.

    A database named by the environment variable FIFTYONE_DATABASE_NAME is kept to.

    Returns:
        The module `fiftyone`.

    Raises:
        MissingExtraError: fiftyone is not installed.
        FiftyOneError: its database cannot be started or reached, or this process is on another one already.
    """
    if importlib.util.find_spec("fiftyone") is None:
        raise MissingExtraError("The FiftyOne app", "fiftyone")
    wanted = os.environ.get("FIFTYONE_DATABASE_NAME") or DATABASE_NAME
    if "fiftyone" not in sys.modules:
        os.environ["FIFTYONE_DATABASE_NAME"] = wanted
    os.environ["FIFTYONE_DO_NOT_TRACK"] = "1"  # for the server, which is a process of its own
    import fiftyone

    # It says three lines about an option that we never set, each time a configuration is copied.
    logging.getLogger("fiftyone.core.config").setLevel(logging.ERROR)
    fiftyone.config.do_not_track = True
    _choose_database(fiftyone, wanted)
    _connect(fiftyone)
    return fiftyone


def find_dataset(fiftyone: Any, dataset: Any) -> Any:
    """Return a dataset given as itself, as a view of it, or by its name.

    Raises:
        FiftyOneError: there is none of that name; says which there are.
    """
    if not isinstance(dataset, str):
        return getattr(dataset, "_dataset", dataset)
    if not fiftyone.dataset_exists(dataset):
        names = ", ".join(fiftyone.list_datasets()) or "none"
        raise FiftyOneError(
            f"There is no FiftyOne dataset {dataset!r} in the database {fiftyone.config.database_name!r}.",
            f"Make one: ws.to_fiftyone(). There are: {names}.",
        )
    return fiftyone.load_dataset(dataset)


def workspace_of(dataset: Any) -> Path | None:
    """Return the folder of the workspace that a dataset was made from; None for a dataset of other origin."""
    told = (dataset.info or {}).get(INFO)
    return Path(told["path"]) if isinstance(told, dict) and "path" in told else None


def _choose_database(fiftyone: Any, wanted: str) -> None:
    from fiftyone.core.odm import database

    if fiftyone.config.database_name == wanted:
        return
    if database._client is not None:
        raise FiftyOneError(
            f"FiftyOne is open in this process on the database {fiftyone.config.database_name!r}, and the "
            f"workbench keeps its datasets in {wanted!r}.",
            "Restart the kernel and call ws.to_fiftyone() first; or set FIFTYONE_DATABASE_NAME to the name "
            "of the one to use, before FiftyOne is first used.",
        )
    fiftyone.config.database_name = wanted


def _connect(fiftyone: Any) -> None:
    """Use the database once, so that what is wrong with it is said here and plainly."""
    from fiftyone.core.config import FiftyOneConfigError
    from pymongo.errors import PyMongoError

    try:
        fiftyone.list_datasets()
    except (PyMongoError, FiftyOneConfigError, ConnectionError, OSError, RuntimeError) as error:
        raise FiftyOneError(
            f"FiftyOne's database cannot be reached: {str(error).strip().splitlines()[0][:200]}.",
            "Run: workbench doctor. It names the MongoDB that fits this machine.",
        ) from error
