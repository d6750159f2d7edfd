"""Turns the code in an image into that of the next release: `Send` gets version 2 and a field more."""

import py_compile
from pathlib import Path

import lbc_contracts.messages

CHANGES = (
    (
        'TYPE: ClassVar[str] = "send"\n    VERSION: ClassVar[int] = 1\n\n    version: Literal[1] = 1\n',
        'TYPE: ClassVar[str] = "send"\n    VERSION: ClassVar[int] = 2\n\n    version: Literal[1, 2] = 2\n',
    ),
    ("    fallback: Text | None = None\n", '    fallback: Text | None = None\n    release: str = "next"\n'),
)

path = Path(lbc_contracts.messages.__file__)
text = path.read_text(encoding="utf-8")
for old, new in CHANGES:
    if text.count(old) != 1:
        raise SystemExit(f"not what it was when this was written:\n{old}")
    text = text.replace(old, new)
path.write_text(text, encoding="utf-8")
# The images' byte code is never compared with its source.
py_compile.compile(str(path), doraise=True, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
