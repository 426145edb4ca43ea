# report_page.py - what the page generators of tools/ share
# SPDX-License-Identifier: GPL-2.0-or-later
"""Tables in Markdown, and files that are whole or not there."""

import os
import pathlib


def table(head, rows):
    """Lines of texts; ends in a newline."""
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def write(path, text):
    """Temporary file beside it, fsync, rename."""
    path = pathlib.Path(path)
    new = path.with_name(path.name + ".new")
    with new.open("w") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    os.replace(new, path)
