"""Files that ``lbcctl links mint`` reads and writes: odd rows among good ones, pictures that are there already."""

from __future__ import annotations

import json

import pytest
import zxingcpp
from PIL import Image

from lbcctl.exits import Exit

from .desk import Desk, proven


@pytest.mark.parametrize(
    ("odd", "why"),
    [
        (b'9,"c"x', "no CSV"),
        (b'9,"open', "no CSV"),
        (b'9,"over two\n7,lines"', "no CSV"),
        ("9,ñ".encode("latin-1"), "not UTF-8"),
        (b"9,\xff\xfe", "not UTF-8"),
        (b"9,a\x00b", "name"),
        (b"9," + b"x" * 200_000, "field larger than"),
    ],
    ids=["a quote too many", "an open quote", "a line break", "latin-1", "UTF-16", "a NUL", "no end"],
)
async def test_good_rows_around_an_odd_one_are_minted(desk: Desk, odd: bytes, why: str) -> None:
    path = desk.folder / "orders.csv"
    path.write_bytes(b"referrer,name\n1,one\n" + odd + b"\n2,two\n3,three\n")
    arguments = ("links", "mint", "--csv", str(path), "--out", str(desk.folder / "out"), "--json")
    result = json.loads(await desk.run(*arguments, status=Exit.FAILED))
    assert (result["bad"][0]["line"], why in result["bad"][0]["problem"]) == (3, True), result["bad"]
    assert {row["line"] for row in result["bad"]} <= {3, 4}
    minted = {row["name"]: int(row["line"]) for row in desk.links()}
    last = odd.count(b"\n") + 4
    assert {"one": 2, "two": last, "three": last + 1}.items() <= minted.items()
    assert set(minted) <= {"one", "two", "three"}


@pytest.mark.parametrize("break_", ["\n", "\r\n", "\r"])
async def test_lines_end_as_any_system_ends_them(desk: Desk, break_: str) -> None:
    path = desk.file(break_.join(("referrer", "7", "", "8")))
    await desk.run("links", "mint", "--csv", path, "--out", str(desk.folder / "out"))
    assert [(row["referrer"], row["line"]) for row in desk.links()] == [("7", "2"), ("8", "4")]


async def test_a_row_named_as_an_unnamed_one_takes_not_its_picture(desk: Desk) -> None:
    path = desk.file("referrer,name\n1,line-3\n2,\n3,line-4\n4,line-9\n")
    arguments = ("links", "mint", "--csv", path, "--out", str(desk.folder / "out"), "--qr", "png", "--json")
    result = json.loads(await desk.run(*arguments, status=Exit.FAILED))
    assert [row["line"] for row in result["bad"]] == [2, 5]
    assert all("what a row without a name is called" in row["problem"] for row in result["bad"])
    (unnamed, named) = desk.links()
    assert (unnamed["line"], named["line"]) == ("3", "4")
    with Image.open(desk.folder / "out" / "line-3.png") as picture:
        (found,) = zxingcpp.read_barcodes(picture)
    assert found.text == unnamed["link"]


async def test_a_picture_that_is_there_is_never_replaced(desk: Desk) -> None:
    out = desk.folder / "out"
    pictures = ("--qr", "svg", "--qr", "png", "--name", "poster", "--out", str(out))
    arguments = ("links", "mint", "--referrer", "7", *pictures)
    await desk.run(*arguments)
    (out / "poster.svg").unlink()
    before = (out / "poster.png").read_bytes()
    said = await desk.run(*arguments, status=Exit.USAGE)
    assert "poster.png is there already" in " ".join(said.split())
    assert "t.me" not in said
    assert [path.name for path in out.iterdir()] == ["poster.png"]
    assert (out / "poster.png").read_bytes() == before


async def test_rows_whose_picture_is_there_are_listed_and_the_others_minted(desk: Desk) -> None:
    out = desk.folder / "out"
    out.mkdir()
    (out / "two.svg").write_text("a poster in print")
    path = desk.file("referrer,name\n1,one\n2,two\n3,\n")
    arguments = ("links", "mint", "--csv", path, "--out", str(out), "--qr", "svg", "--json")
    result = json.loads(await desk.run(*arguments, status=Exit.FAILED))
    ((bad),) = result["bad"]
    assert bad["line"] == 3
    assert "two.svg is there already" in bad["problem"]
    assert [row["line"] for row in desk.links()] == ["2", "4"]
    assert (out / "two.svg").read_text() == "a poster in print"
    assert proven(desk.links()[0]["link"], desk.bot).claims.referrer == 1
