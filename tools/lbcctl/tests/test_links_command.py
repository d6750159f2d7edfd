"""``lbcctl links`` on DynamoDB Local."""

from __future__ import annotations

import asyncio
import json
import re
import signal

import pytest
import segno
import zxingcpp
from PIL import Image

from lbc_contracts import tables, tokens
from lbc_testkit import wait_until
from lbcctl.exits import Exit

from .desk import PREFIX, Desk, proven


async def test_a_link_carries_what_was_ordered(desk: Desk) -> None:
    identity = await desk.campaign()
    link = await desk.run("links", "mint", "--campaign", "spring", "--referrer", "77", "--expires", "2099-01-01")
    link = link.strip()
    assert re.fullmatch(rf"https://t\.me/{desk.bot}\?start=[A-Za-z0-9_-]{{51}}", link)
    claims = proven(link, desk.bot).claims
    assert (claims.campaign, claims.referrer, claims.expires_at, claims.capped) == (identity, 77, 4_070_908_800, False)


async def test_a_capped_link_is_counted_from_nothing(desk: Desk) -> None:
    link = await desk.mint("--referrer", "77", "--max-uses", "5")
    found = await desk.inspect(link, "--look-up")
    assert found["says"]["uses"] == "0 of 5"


async def test_the_pictures_lead_to_the_link(desk: Desk) -> None:
    out = desk.folder / "out"
    link = await desk.mint("--referrer", "77", "--qr", "png", "--qr", "svg", "--name", "poster", "--out", str(out))
    with Image.open(out / "poster.png") as picture:
        (found,) = zxingcpp.read_barcodes(picture)
    assert found.text == link
    drawing = (out / "poster.svg").read_text()
    dark = sum(int(length) for length in re.findall(r"h(\d+)", re.findall(r' d="([^"]+)"', drawing)[-1]))
    assert dark == sum(map(sum, segno.make_qr(link, error="m").matrix))


async def test_of_a_file_the_good_rows_are_minted_and_the_others_listed_by_line(desk: Desk) -> None:
    await desk.campaign("spring")
    rows = [
        "campaign,referrer,expires,max_uses,name",
        "spring,,,,one",
        "nosuch,,,,two",
        "",
        "spring,12x,,,three",
        ",,,,four",
        "spring,5,30d,3,five",
        "spring,,yesterday,,six",
        "spring,,2020-01-01,,seven",
        "spring,,,0,eight",
        "spring,,,,one",
        "spring,,,,../nine",
        "spring,,,,ten,more",
        '"spring",7,,,"eleven"',
    ]
    path = desk.file("\r\n".join(rows), "utf-8-sig")
    out = str(desk.folder / "out")
    shown = await desk.run("links", "mint", "--csv", path, "--out", out, "--qr", "svg", "--json", status=Exit.FAILED)
    result = json.loads(shown)
    bad = {row["line"]: row["problem"] for row in result["bad"]}
    assert (result["minted"], sorted(bad)) == (3, [3, 5, 6, 8, 9, 10, 11, 12, 13])
    assert "no campaign 'nosuch'" in bad[3]
    assert "referrer '12x'" in bad[5]
    assert "line 2" in bad[11]
    minted = {row["name"]: row for row in desk.links()}
    assert set(minted) == {"one", "five", "eleven"}
    assert proven(minted["five"]["link"], desk.bot).claims.capped
    assert {path.name for path in (desk.folder / "out").iterdir()} == {
        "links.csv", "one.svg", "five.svg", "eleven.svg",
    }  # fmt: skip
    again = await desk.run("links", "mint", "--csv", path, "--out", out, status=Exit.USAGE)
    assert "is there already" in again


async def test_a_good_file_ends_well(desk: Desk) -> None:
    path = desk.file("referrer\n" + "\n".join(str(number) for number in range(1, 101)))
    assert "100 links" in await desk.run("links", "mint", "--csv", path, "--out", str(desk.folder / "out"))
    links = [row["link"] for row in desk.links()]
    assert [proven(link, desk.bot).claims.referrer for link in links] == list(range(1, 101))


async def test_a_file_may_be_written_with_semicolons(desk: Desk) -> None:
    path = desk.file("referrer;max_uses;name\n7;5;one\n")
    await desk.run("links", "mint", "--csv", path, "--out", str(desk.folder / "out"))
    (row,) = desk.links()
    assert (row["referrer"], row["max_uses"], row["name"]) == ("7", "5", "one")


async def test_tables_that_are_away_are_told(desk: Desk) -> None:
    away = {**desk.environment, "LBC_AWS__DYNAMODB_ENDPOINT": "http://127.0.0.1:9"}
    alone = Desk(desk.bot, desk.folder, away)
    for command in (("campaigns", "list"), ("links", "mint", "--campaign", "spring")):
        assert "127.0.0.1:9" in await alone.run(*command, status=Exit.DOWN)


@pytest.mark.parametrize(
    ("text", "encoding", "why"),
    [
        ("", "utf-8", "names nothing"),
        ("colour\nred", "utf-8", "names colour"),
        ("name\nx", "utf-8", "must name campaign or referrer"),
        ("campaign,campaign\na,b", "utf-8", "names campaign, campaign"),
        ("campaign,ñ\nx,y", "latin-1", "not UTF-8"),
        ('campaign,"name\nx,y', "utf-8", "line 1 is no CSV"),
    ],
)
async def test_a_file_of_no_use_is_refused_as_a_whole(desk: Desk, text: str, encoding: str, why: str) -> None:
    path = desk.file(text, encoding)
    said = await desk.run("links", "mint", "--csv", path, "--out", str(desk.folder / "out"), status=Exit.USAGE)
    assert why in said


async def test_what_onboarding_would_say_is_said(desk: Desk) -> None:
    await desk.campaign()
    link = await desk.mint("--campaign", "spring", "--max-uses", "1")
    assert (await desk.inspect(link))["verdict"] == "verified"
    async with desk.tables() as raw:
        await raw.update_item(
            TableName=PREFIX + tables.LINKS.name,
            Key={"linkId": {"S": f"{desk.bot.lower()}:{proven(link, desk.bot).link_id}"}},
            UpdateExpression="ADD #uses :one",
            ExpressionAttributeNames={"#uses": "uses"},
            ExpressionAttributeValues={":one": {"N": "1"}},
        )
    assert (await desk.inspect(link, "--look-up", status=Exit.FAILED))["verdict"] == "used_up"
    await desk.run("campaigns", "close", "spring", "--yes")
    found = await desk.inspect(link, "--look-up", status=Exit.FAILED)
    assert (found["verdict"], found["says"]["uses"]) == ("closed_campaign", "1 of 1")


async def test_the_tables_of_one_bot_say_nothing_of_another_one_s_link(desk: Desk) -> None:
    await desk.campaign()
    link = await desk.mint("--campaign", "spring", "--max-uses", "1")
    another = Desk("Another_bot", desk.folder, {**desk.environment, "LBC_BOT": "Another_bot"})
    assert (await another.inspect(link))["verdict"] == "verified"
    said = await another.run("links", "inspect", link, "--look-up", "--json", status=Exit.USAGE)
    assert f"LBC_BOT={desk.bot}" in " ".join(said.split())
    assert "unknown_campaign" not in said
    same = Desk(desk.bot, desk.folder, {**desk.environment, "LBC_BOT": desk.bot.upper()})
    assert (await same.inspect(link, "--look-up"))["verdict"] == "verified"


async def test_a_new_key_is_for_its_owner_alone_and_never_shown(desk: Desk) -> None:
    path = desk.folder / "new"
    shown = await desk.run("links", "new-key", "--id", "2", "--out", str(path))
    (key,) = tokens.parse_keys(path.read_text())
    assert key.id == 2
    assert path.stat().st_mode & 0o777 == 0o600
    assert key.secret.decode() not in shown
    before = path.read_text()
    await desk.run("links", "new-key", "--id", "3", "--out", str(path), status=Exit.FAILED)
    assert path.read_text() == before


async def test_without_a_key_nothing_is_minted_and_the_unsigned_part_explained(desk: Desk) -> None:
    link = await desk.mint("--referrer", "77")
    keyless = Desk(desk.bot, desk.folder, {**desk.environment, "LBC_SIGNING_KEY_FILE": ""})
    del keyless.environment["LBC_SIGNING_KEY_FILE"]
    said = await keyless.run("links", "mint", "--referrer", "7", status=Exit.USAGE)
    assert "LBC_SIGNING_KEY_FILE is required" in said
    found = await keyless.inspect(link)
    assert (found["verdict"], found["says"]["referrer"]) == ("unproven", 77)


async def test_interrupted_it_keeps_what_it_wrote_and_every_link_counts(desk: Desk) -> None:
    out = desk.folder / "out"
    path = desk.file("referrer,max_uses\n" + "\n".join(f"{number},5" for number in range(1, 20_001)))
    process = await desk.started("links", "mint", "--csv", path, "--out", str(out))

    async def under_way() -> bool:
        return (out / "links.csv").exists() and len(desk.links()) > 50

    await wait_until(under_way, what="some links", timeout=60)
    process.send_signal(signal.SIGINT)
    _, said = await asyncio.wait_for(process.communicate(), 60)

    assert process.returncode == Exit.INTERRUPTED
    assert b"Interrupted" in said
    rows = desk.links()
    assert 50 < len(rows) < 20_000
    for row in (rows[0], rows[-1]):
        assert (await desk.inspect(row["link"], "--look-up"))["says"]["uses"] == "0 of 5"
