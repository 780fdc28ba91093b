#!/usr/bin/env python3
"""Converts a pickled pandas table to Parquet, once, without running any code from the pickle.

    python3 scripts/convert-pickle.py set.pkl.gz set.parquet

A pickle is a program: reading one from elsewhere can run anything. This script first lists every name that the pickle
asks for, and refuses it (exit code 3) when one is not needed to rebuild a table of pandas and numpy; it then unpickles
with a reader that knows only those names. Needs pandas and pyarrow.
"""

import argparse
import gzip
import io
import os
import pickle
import pickletools
import sys

REFUSED = 3

# Names that rebuild a table and do nothing else; what they call takes data alone.
ALLOWED = {
    "builtins": {"slice", "bytearray", "complex", "set", "frozenset"},
    "collections": {"OrderedDict"},
    "datetime": {"date", "datetime", "timedelta", "timezone"},
    "numpy": {"dtype", "ndarray"},
    "numpy.core.multiarray": {"_reconstruct", "scalar"},
    "numpy.core.numeric": {"_frombuffer"},
    "numpy._core.multiarray": {"_reconstruct", "scalar"},
    "numpy._core.numeric": {"_frombuffer"},
    "pandas": {"DataFrame", "Index", "RangeIndex"},
    "pandas.core.frame": {"DataFrame"},
    "pandas.core.series": {"Series"},
    "pandas.core.indexes.base": {"_new_Index", "Index"},
    "pandas.core.indexes.range": {"RangeIndex"},
    "pandas.core.indexes.numeric": {"Int64Index", "Float64Index"},
    "pandas.core.internals.managers": {"BlockManager", "SingleBlockManager"},
    "pandas.core.internals.blocks": {"new_block"},
    "pandas._libs.internals": {"_unpickle_block"},
}
# Old protocols write bytes as text with its encoding; any other encoding may be code of somebody's.
ENCODE = ("_codecs", "encode")
OLD_MODULES = {"__builtin__": "builtins", "copy_reg": "copyreg"}


class Refused(Exception):
    """The pickle asks for something that a table does not need."""


def encode_latin1(text, encoding="latin1"):
    if encoding not in ("latin1", "latin-1"):
        raise Refused(f"_codecs.encode with the encoding {encoding!r}")
    return text.encode("latin1")


def is_allowed(module, name):
    return (module, name) == ENCODE or name in ALLOWED.get(OLD_MODULES.get(module, module), ())


def names_of(data):
    """Every (module, name) that the pickle loads; (None, None) where they are made up while it runs."""
    memo, strings = {}, []
    for opcode, argument, _ in pickletools.genops(data):
        name = opcode.name
        if name in ("GLOBAL", "INST"):
            module, _, attribute = argument.partition(" ")
            yield module, attribute
            strings.append(None)
        elif name == "STACK_GLOBAL":
            pair = strings[-2:]
            yield tuple(pair) if len(pair) == 2 and None not in pair else (None, None)
            strings.append(None)
        elif name in ("EXT1", "EXT2", "EXT4", "PERSID", "BINPERSID"):
            yield "pickle", name
        elif "UNICODE" in name or name in ("STRING", "BINSTRING", "SHORT_BINSTRING"):
            strings.append(argument)
        elif name == "MEMOIZE":
            memo[len(memo)] = strings[-1] if strings else None
        elif name in ("PUT", "BINPUT", "LONG_BINPUT"):
            memo[int(argument)] = strings[-1] if strings else None
        elif name in ("GET", "BINGET", "LONG_BINGET"):
            strings.append(memo.get(int(argument)))
        elif name not in ("PROTO", "FRAME", "MARK"):
            strings.append(None)


class TableUnpickler(pickle.Unpickler):
    """Finds nothing but the allowed names; the listing above is only there to refuse sooner and to name them all."""

    def find_class(self, module, name):
        if not is_allowed(module, name):
            raise Refused(f"{module}.{name}")
        if (module, name) == ENCODE:
            return encode_latin1
        return super().find_class(module, name)

    def persistent_load(self, pid):
        raise Refused(f"the persistent id {pid!r}")


def read_bytes(path):
    with open(path, "rb") as file:
        data = file.read()
    return gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data


def refuse_code(data):
    wanted = {pair for pair in names_of(data) if pair != (None, None)}
    refused = sorted(f"{module}.{name}" for module, name in wanted if not is_allowed(module, name))
    if refused:
        raise Refused(", ".join(refused))


def convert(source, target):
    data = read_bytes(source)
    refuse_code(data)
    table = TableUnpickler(io.BytesIO(data)).load()
    import pandas

    if not isinstance(table, pandas.DataFrame):
        raise ValueError(f"it holds a {type(table).__name__} and no table")
    part = f"{target}.part"
    table.to_parquet(part, engine="pyarrow", index=False, row_group_size=1000)
    os.replace(part, target)
    return table


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("source", help="the pickle (.pkl, .pkl.gz)")
    parser.add_argument("target", help="the Parquet file to write")
    arguments = parser.parse_args()
    try:
        table = convert(arguments.source, arguments.target)
    except Refused as refused:
        print(f"{arguments.source} is refused, nothing of it was run: it asks for {refused}.", file=sys.stderr)
        return REFUSED
    except ModuleNotFoundError as missing:
        print(f"{missing.name} is needed: pip install pandas pyarrow", file=sys.stderr)
        return 1
    except (OSError, ValueError, EOFError, pickle.UnpicklingError) as error:
        print(f"{arguments.source} cannot be converted: {error}", file=sys.stderr)
        return 1
    print(f"{arguments.target}: {len(table)} rows; columns {', '.join(map(str, table.columns))}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
