"""How pictures are given to the process that reads them: each behind its length."""

import struct

LENGTH = struct.Struct(">I")
