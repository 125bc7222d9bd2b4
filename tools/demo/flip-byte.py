#!/usr/bin/python3
"""Copy a file with one bit of its middle byte turned. `flip-byte.py FILE COPY [OFFSET]`"""
import sys
from pathlib import Path

content = bytearray(Path(sys.argv[1]).read_bytes())
offset = int(sys.argv[3]) if len(sys.argv) > 3 else len(content) // 2
content[offset] ^= 1
Path(sys.argv[2]).write_bytes(content)
print(f"  {sys.argv[1]}: byte {offset}")
