"""Keeps the workspace on disk, so that what was said is still there after the process has ended."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bot.playground.workspace import Change, Channel, Message, User, Workspace

_FILE = "workspace.json"
_UPLOADS = "uploads"
_NEVER_WRITTEN = 10_000


class Kept:
    """Writes the workspace to a file whenever something changes in it, and reads it back."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / _FILE
        self._uploads = folder / _UPLOADS
        self._uploads.mkdir(parents=True, exist_ok=True)

    def restore(self, workspace: Workspace) -> bool:
        """Fill a workspace with what was kept; False where nothing was."""
        try:
            document = json.loads(self._file.read_text("utf-8"))
        except (FileNotFoundError, ValueError):
            # A file that was cut off while it was written is none: the workspace begins anew.
            self._write_uploads(workspace)
            return False
        for row in document["users"]:
            workspace.users[row["id"]] = User(**row)
        for row in document["channels"]:
            members = frozenset(row["members"])
            workspace.channels[row["id"]] = Channel(**{**row, "members": members})
        workspace.restore([_message(row) for row in document["messages"]])
        for path in self._uploads.iterdir():
            workspace.uploads[path.name] = path.read_bytes()
        # What was on its way when the process ended had numbers that nobody wrote down.
        workspace.clock.number = document["number"] + _NEVER_WRITTEN
        return True

    def write(self, workspace: Workspace, _: Change | None = None) -> None:
        """Write the workspace as it stands, whole or not at all."""
        channels = [
            {**asdict(one), "members": sorted(one.members)} for one in workspace.channels.values()
        ]
        document = {
            "number": workspace.clock.number,
            "users": [asdict(one) for one in workspace.users.values()],
            "channels": channels,
            "messages": [asdict(one) for one in workspace.everything()],
        }
        self._write_uploads(workspace)
        part = self._file.with_suffix(".part")
        part.write_text(json.dumps(document, ensure_ascii=False), "utf-8")
        part.replace(self._file)

    def _write_uploads(self, workspace: Workspace) -> None:
        """Write files that are new, and take away those whose message is gone."""
        there = {path.name for path in self._uploads.iterdir()}
        for name in there - workspace.uploads.keys():
            (self._uploads / name).unlink()
        for name in workspace.uploads.keys() - there:
            (self._uploads / name).write_bytes(workspace.uploads[name])


def _message(row: dict[str, Any]) -> Message:
    reactions = tuple((name, user) for name, user in row["reactions"])
    listed = {name: tuple(row[name]) for name in ("blocks", "attachments", "files")}
    return Message(**{**row, **listed, "reactions": reactions})
