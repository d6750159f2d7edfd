"""Photos, documents, and files that the bot gets back."""

import struct

import pytest

from telegram_sim.client import Person, Sim, SimError
from telegram_sim.core.errors import ApiError
from telegram_sim.core.media.files import Files
from telegram_sim.core.media.images import image_size
from telegram_sim.core.media.kinds import MAX_UPLOAD, MEDIA_KINDS

from .conftest import TOKEN, Bot
from .images import png, upload


async def test_a_photo_is_measured_and_sent_again_by_its_file_id(bot: Bot, alice: Person) -> None:
    _, body = await upload(bot, alice, "photo", png(64, 48), "a.png")
    photo = body["result"]["photo"]
    assert [(size["width"], size["height"]) for size in photo] == [(64, 48)]
    assert photo[0]["file_size"] == len(png(64, 48))
    again = await bot.ok("sendPhoto", chat_id=alice.id, photo=photo[0]["file_id"], caption="again")
    assert again["photo"] == photo
    assert (await alice.expects("photo", text="again")).raw == again


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"this is no image", "IMAGE_PROCESS_FAILED"),
        (b"", "file must be non-empty"),
        (png(9000, 1001), "PHOTO_INVALID_DIMENSIONS"),
        (png(1, 21), "PHOTO_INVALID_DIMENSIONS"),
        (
            png(8, 8, 10 * 1024 * 1024 + 1),
            "file of size 10485761 bytes is too big for a photo; the maximum size is 10485760 bytes",
        ),
    ],
)
async def test_refusals_of_photos(bot: Bot, alice: Person, content: bytes, words: str) -> None:
    status, body = await upload(bot, alice, "photo", content, "a.png")
    assert (status, body["description"]) == (400, f"Bad Request: {words}")


async def test_what_is_sent_can_be_downloaded(bot: Bot, base_url: str, alice: Person) -> None:
    _, body = await upload(bot, alice, "document", b"%PDF-1.7 of a kind", "report.PDF")
    document = body["result"]["document"]
    assert document["file_name"] == "report.PDF"
    file = await bot.ok("getFile", file_id=document["file_id"])
    assert file == {
        "file_id": document["file_id"],
        "file_unique_id": document["file_unique_id"],
        "file_size": 18,
        "file_path": "documents/file_1.pdf",
    }
    async with bot.session.get(f"{base_url}/file/bot{TOKEN}/{file['file_path']}") as answer:
        assert (answer.status, await answer.read()) == (200, b"%PDF-1.7 of a kind")
    async with bot.session.get(f"{base_url}/file/bot{TOKEN}/documents/file_2.pdf") as answer:
        assert (answer.status, (await answer.json())["description"]) == (404, "Not Found")
    async with bot.session.get(f"{base_url}/file/bot{TOKEN[:-1]}/{file['file_path']}") as answer:
        assert answer.status == 401
    async with bot.session.get(f"{base_url}/file/bot{TOKEN}/videos/file_1.pdf") as answer:
        assert answer.status == 404


async def test_refusals_of_get_file(bot: Bot, sim: Sim, alice: Person) -> None:
    assert await bot.refused("getFile") == (400, "Bad Request: file_id not specified")
    assert await bot.refused("getFile", file_id="nothing") == (400, "Bad Request: invalid file_id")
    _, body = await upload(bot, alice, "document", bytes(20 * 1024 * 1024), "big.bin")
    assert "file_path" in await bot.ok("getFile", file_id=body["result"]["document"]["file_id"])
    _, body = await upload(bot, alice, "document", bytes(20 * 1024 * 1024 + 1), "bigger.bin")
    file_id = body["result"]["document"]["file_id"]
    assert await bot.refused("getFile", file_id=file_id) == (400, "Bad Request: file is too big")
    await sim.forget_files(file_id)
    assert await bot.refused("getFile", file_id=file_id) == (400, "Bad Request: invalid file_id")


def test_what_is_larger_than_telegram_takes_is_refused() -> None:
    MEDIA_KINDS["video"].check_size(MAX_UPLOAD)
    with pytest.raises(ApiError, match="Request Entity Too Large") as refused:
        MEDIA_KINDS["video"].check_size(MAX_UPLOAD + 1)
    assert refused.value.code == 413


@pytest.mark.parametrize(
    ("name", "end"),
    [("a.backup123", ".backup123"), ("a.backup1234", ".mp4"), ("a.b-c", ".mp4"), ("a.\u00e9", ".mp4"), ("a", ".mp4")],
)
def test_a_path_ends_as_its_file_does_if_that_is_short_and_plain(name: str, end: str) -> None:
    assert Files(1, 1000, 10).add("video", b"x", "video/mp4", name, {}).path == f"videos/file_1{end}"


@pytest.mark.parametrize(
    ("kind", "name", "path"),
    [
        ("photo", "a.png", "photos/file_1.jpg"),
        ("audio", "a", "music/file_1.mp3"),
        ("voice", "a", "voice/file_1.oga"),
        ("document", "a", "documents/file_1"),
    ],
)
def test_each_kind_has_a_folder_and_an_end_of_its_own(kind: str, name: str, path: str) -> None:
    assert Files(1, 1000, 10).add(kind, b"x", "a/b", name, {}).path == path


async def test_a_photo_is_no_document_and_a_document_stays_one(bot: Bot, alice: Person) -> None:
    _, body = await upload(bot, alice, "photo", png(8, 8), "a.png")
    photo = body["result"]["photo"][0]["file_id"]
    words = "Bad Request: can't use file of type Photo as Document"
    assert await bot.refused("sendDocument", chat_id=alice.id, document=photo) == (400, words)
    _, body = await upload(bot, alice, "document", b"words", "a.txt")
    document = body["result"]["document"]["file_id"]
    words = "Bad Request: can't use file of type Document as Photo"
    assert await bot.refused("sendPhoto", chat_id=alice.id, photo=document) == (400, words)
    again = await bot.ok("sendVideo", chat_id=alice.id, video=document)
    assert again["document"]["file_id"] == document


@pytest.mark.parametrize(
    ("file_id", "words"),
    [
        ("AAAAA", "wrong remote file identifier specified: Wrong string length"),
        ("not base64url", "wrong remote file identifier specified: Wrong string length"),
        ("not base64 url", "wrong remote file identifier specified: Wrong character in the string"),
        ("AAAA", "wrong remote file identifier specified: can't unserialize it. Wrong last symbol"),
        ("AAAE", "wrong file identifier/HTTP URL specified"),
        ("attach://nowhere", "there is no photo in the request"),
        ("127.0.0.1:9/a", "failed to get HTTP URL content"),
        ("ftp://a.b/c", "invalid file HTTP URL specified: Unsupported URL protocol"),
        ("http://a b.c/", "invalid file HTTP URL specified: Disallowed character in URL host"),
        ("http://a.b:99999/", "invalid file HTTP URL specified: Wrong port number specified in the URL"),
        ("//a.b/", "invalid file HTTP URL specified: URL host is empty"),
    ],
)
async def test_refusals_of_file_ids(bot: Bot, alice: Person, file_id: str, words: str) -> None:
    assert await bot.refused("sendPhoto", chat_id=alice.id, photo=file_id) == (400, f"Bad Request: {words}")


async def test_the_same_bytes_under_another_name_are_another_file(bot: Bot, alice: Person) -> None:
    _, body = await upload(bot, alice, "document", b"words", "a.txt")
    first = body["result"]["document"]
    _, body = await upload(bot, alice, "document", b"words", "b.txt")
    assert body["result"]["document"]["file_unique_id"] != first["file_unique_id"]
    assert (await bot.ok("sendDocument", chat_id=alice.id, document=first["file_id"]))["document"] == first


@pytest.mark.parametrize("cut", [slice(-1), slice(1, None), slice(20)])
async def test_a_file_id_that_was_cut_is_none(bot: Bot, alice: Person, cut: slice) -> None:
    _, body = await upload(bot, alice, "document", b"words", "a.txt")
    file_id = body["result"]["document"]["file_id"][cut]
    words = "Bad Request: wrong remote file identifier specified: "
    assert (await bot.refused("sendDocument", chat_id=alice.id, document=file_id))[1].startswith(words)
    assert await bot.refused("getFile", file_id=file_id) == (400, "Bad Request: invalid file_id")


def test_a_voice_message_has_no_name() -> None:
    files = Files(1, 1000, 10)
    shown = {kind: files.add(kind, b"x", "audio/ogg", "a.ogg", {}).shown() for kind in ("voice", "audio", "document")}
    assert ["file_name" in media for media in shown.values()] == [False, True, True]


def test_the_same_bytes_are_kept_once() -> None:
    files = Files(1, 1000, 10)
    stored = [files.add("document", b"four", "text/plain", "a.txt", {}) for _ in range(3)]
    assert stored[0] == stored[2]
    assert files.held == {"files": 1, "contents": 1, "bytes": 4}
    files.forget()
    assert files.held == {"files": 0, "contents": 0, "bytes": 0}


@pytest.mark.parametrize("name", ["file_x", "file_", "file_²", "file_-1", f"file_{'9' * 30}", "file_2", "other_1", "1"])
def test_a_path_of_nothing_leads_nowhere(name: str) -> None:
    files = Files(1, 1000, 10)
    stored = files.add("document", b"x", "text/plain", "a.txt", {})
    assert files.download(stored.path) == (stored, b"x")
    assert files.download(f"documents/{name}.txt") is None


def test_a_file_id_is_of_one_bot() -> None:
    mine, other = Files(1, 1000, 10), Files(2, 1000, 10)
    stored = mine.add("document", b"x", "text/plain", "x.txt", {})
    assert mine.find(stored.file_id, "document") is stored
    with pytest.raises(ApiError, match="wrong file identifier/HTTP URL specified"):
        other.find(stored.file_id, "document")


@pytest.mark.parametrize(
    "content",
    [
        png(300, 200),
        b"GIF89a" + struct.pack("<HH", 300, 200),
        b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc0\x00\x11\x08" + struct.pack(">HH", 200, 300) + b"\x03",
        b"RIFF\0\0\0\0WEBPVP8X" + bytes(8) + (299).to_bytes(3, "little") + (199).to_bytes(3, "little"),
        b"RIFF\0\0\0\0WEBPVP8L" + bytes(4) + b"/" + struct.pack("<I", 299 | 199 << 14),
        b"RIFF\0\0\0\0WEBPVP8 " + bytes(10) + struct.pack("<HH", 300, 200),
        b"BM" + bytes(16) + struct.pack("<ii", 300, -200),
    ],
    ids=["png", "gif", "jpeg", "webp-extended", "webp-lossless", "webp", "bmp"],
)
def test_sizes_are_read_and_cut_images_are_none(content: bytes) -> None:
    assert image_size(content) == (300, 200)
    for end in range(len(content) if len(content) < 40 else 20):
        assert image_size(content[:end]) in {None, (300, 200)}


async def test_what_a_person_sends_can_be_downloaded_and_sent_back(bot: Bot, base_url: str, alice: Person) -> None:
    sent = await alice.send_media("photo", png(30, 20), "image/png", caption="look")
    photo = sent.raw["photo"][-1]
    assert (photo["width"], photo["height"], sent.raw["caption"], sent.from_bot) == (30, 20, "look", False)
    file = await bot.ok("getFile", file_id=photo["file_id"])
    async with bot.session.get(f"{base_url}/file/bot{TOKEN}/{file['file_path']}") as answer:
        assert await answer.read() == png(30, 20)
    assert (await bot.ok("sendPhoto", chat_id=alice.id, photo=photo["file_id"]))["photo"][-1] == photo
    document = await alice.send_media("document", b"%PDF", "application/pdf", name="a.pdf")
    assert document.raw["document"]["file_name"] == "a.pdf"


@pytest.mark.parametrize(
    ("kind", "content", "mime_type", "words"),
    [
        ("photo", b"no image", "image/png", "400: a photo is a JPEG"),
        ("song", b"x", "audio/mpeg", "404: there are photo"),
        ("audio", b"", "audio/mpeg", "400: an empty medium"),
        ("audio", b"x", "text/plain", "415: the medium itself"),
    ],
)
async def test_what_a_person_cannot_send(alice: Person, kind: str, content: bytes, mime_type: str, words: str) -> None:
    with pytest.raises(SimError, match=words):
        await alice.send_media(kind, content, mime_type)
