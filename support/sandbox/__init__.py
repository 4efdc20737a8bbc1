"""What opens a stranger's file: a disposable process with limits, no network and no files.

``open_file`` gives pictures or a reason, ``read_pictures`` reads our pictures optically. Everything
under ``inside`` runs in the disposable process; everything else here runs in ours and believes
nothing that comes out of it unchecked.
"""

from support.sandbox.cell import SandboxUnavailable
from support.sandbox.findings import (
    Barcode,
    Box,
    Flag,
    Opened,
    Picture,
    Word,
    distance,
)
from support.sandbox.inside.codes import FlagCode, Reason, Source, Verdict
from support.sandbox.opening import open_file
from support.sandbox.reading import read_pictures

__all__ = [
    "Barcode",
    "Box",
    "Flag",
    "FlagCode",
    "Opened",
    "Picture",
    "Reason",
    "SandboxUnavailable",
    "Source",
    "Verdict",
    "Word",
    "distance",
    "open_file",
    "read_pictures",
]
