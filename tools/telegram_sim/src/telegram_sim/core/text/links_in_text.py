"""Links and e-mail addresses in a text, as Telegram finds them (td, MessageEntity.cpp, match_urls and fix_url).

A link without a scheme is found if it ends with a country's domain or one of those in `TOP_LEVEL`: td knows some 1,500.
"""

import re
import unicodedata
from collections.abc import Callable

Span = tuple[int, int]

_NAMES = (
    "academy ai app art biz blog bot business cafe chat cloud club co com community company consulting cool design dev "
    "digital edu education email events expert family finance fit foundation fun games global gov group guide health "
    "help host info institute int international io jobs land life link live ltd marketing me media mil mobi money name "
    "net network news ngo one online onion org page photo photos pics place plus press pro pub report rocks run school "
    "science services shop show site social software solutions space store stream studio study style support systems "
    "team tech tel tips today ton tools top training travel tube university vip wiki work works world xyz zip zone"
)
_CODES = (
    "ac ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo br bs bt bv bw by bz ca "
    "cc cd cf cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec ee eg er es et eu fi fj fk fm fo fr "
    "ga gb gd ge gf gg gh gi gl gm gn gp gq gr gs gt gu gw gy hk hm hn hr ht hu id ie il im in io iq ir is it je jm "
    "jo jp ke kg kh ki km kn kp kr kw ky kz la lb lc li lk lr ls lt lu lv ly ma mc md me mg mh mk ml mm mn mo mp mq "
    "mr ms mt mu mv mw mx my mz na nc ne nf ng ni nl no np nr nu nz om pa pe pf pg ph pk pl pm pn pr ps pt pw py qa "
    "re ro rs ru rw sa sb sc sd se sg sh si sj sk sl sm sn so sr ss st su sv sx sy sz tc td tf tg th tj tk tl tm tn "
    "to tr tt tv tw tz ua ug uk us uy uz va vc ve vg vi vn vu wf ws ye yt za zm zw"
)
TOP_LEVEL = frozenset(_NAMES.split())
_COUNTRIES = frozenset(_CODES.split())
_BAD_ENDS = ".:;,('?!`"
_NO_PATH = frozenset('\n<>"«»')
_NO_USER = frozenset("\n/[]{}()'`<>\"@«»")
_IN_NAME = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-~.")
_FIRST_LETTER = "\u00c0"
_PORT = re.compile(r":0*([1-9][0-9]{0,4})(?![0-9])")
_LAST_PORT = 65535
_SCHEME = re.compile(r"(?:https?|ftp|tonsite)://", re.IGNORECASE)
_EMAIL = re.compile(r"[A-Za-z0-9_.+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,24}")
_OWN = re.compile(r"(?:tg|ton)://[A-Za-z0-9_-]{1,253}", re.IGNORECASE)
_MAX_PART = 64
_BYTES, _LAST_BYTE = 4, 255
"""Of an IPv4 address."""
_BRACKETS = {")": "(", "]": "[", "}": "{"}


def find_links(text: str) -> list[tuple[int, int, str]]:
    """Return where links and addresses are, and which of them: url or email."""
    found = [(match.start(), _path_end(text, match.end()), "url") for match in _OWN.finditer(text)]
    for start, end in _candidates(text):
        source = text[start:end]
        address = source.removeprefix("mailto:")
        if _EMAIL.fullmatch(address):
            found.append((end - len(address), end, "email"))
        elif length := _link_length(source):
            found.append((start, start + length, "url"))
    return found


def _candidates(text: str) -> list[Span]:
    """Return what looks like a link around each dot (match_urls)."""
    found: list[Span] = []
    begin = 0
    while 0 <= (dot := text.find(".", begin)) < len(text) - 1:
        if text[dot + 1] == " ":
            begin = dot + 2
            continue
        span, begin = _around(text, dot, begin)
        found += [span] if span else []
    return found


def _around(text: str, dot: int, begin: int) -> tuple[Span | None, int]:
    """Return the candidate around a dot, and where to look on."""
    end = _while(text, dot, lambda one: one == "@" or _in_domain(one))
    has_user = "@" in text[dot:end]
    start = _back(text, dot, begin, _in_domain)
    start = _back(text, start, begin, _in_user) if has_user else start
    end = _port_end(text, end)
    end = _path_end(text, end)
    while end > dot + 1 and text[end - 1] == ".":
        end -= 1
    start, good = _with_user(text, start, begin, has_user=has_user)
    start, good = _with_scheme(text, start, begin) if good else (start, False)
    if good:
        span = (start, end) if end > dot + 1 else None
        return span, max(_while(text, end, ".".__eq__), dot + 1)
    return None, max(text.rfind(".", 0, end) + 1, dot + 1)


def _with_user(text: str, start: int, begin: int, *, has_user: bool) -> tuple[int, bool]:
    if start == begin or text[start - 1] != "@":
        return start, True
    user = _back(text, start - 1, begin, _in_user)
    return user, not has_user and user < start - 1


def _with_scheme(text: str, start: int, begin: int) -> tuple[int, bool]:
    before = text[begin:start]
    if len(before.encode()) < len("ftp://") or not before.endswith("://"):
        return start, not before or not (_in_word(before[-1]) or before[-1] in "/#@")
    scheme = text[_back(text, start - 3, begin, _in_scheme) : start - 3].lower()
    known = next((name for name in ("http", "https", "ftp", "tonsite") if scheme.endswith(name)), "")
    return start - len(known) - 3, bool(known) and scheme not in {"shttp", "tftp", "sftp"}


def _port_end(text: str, end: int) -> int:
    port = _PORT.match(text, end)
    return port.end() if port and int(port.group(1)) <= _LAST_PORT else end


def _path_end(text: str, end: int) -> int:
    if text[end : end + 1] not in {"/", "?", "#"}:
        return end
    stop = _while(text, end + 1, lambda one: one not in _NO_PATH and _is_plain(one))
    while stop > end + 1 and text[stop - 1] in _BAD_ENDS:
        stop -= 1
    return stop if text[end] == "/" or stop > end + 1 else end


def _link_length(source: str) -> int:
    """Return how much of a candidate is a link, 0 if it is none (fix_url)."""
    scheme = _SCHEME.match(source)
    begin = scheme.end() if scheme else 0
    place = re.split(r"[/?#]", source[begin:], maxsplit=1)[0]
    host = place.partition("@")[2] or place
    host = host.rpartition(":")[0] or host
    if not _is_host(host, has_scheme=scheme is not None):
        return 0
    path = begin + len(place)
    return path + _balanced(source[path:])


def _balanced(path: str) -> int:
    """Return how much of a path belongs to the link and not to the sentence around it."""
    open_ones = dict.fromkeys(_BRACKETS.values(), 0)
    length = 0
    for length, one in enumerate([*path, ""]):  # noqa: B007 - it is needed behind the loop
        if one in open_ones:
            open_ones[one] += 1
        elif one in _BRACKETS:
            open_ones[_BRACKETS[one]] -= 1
            if open_ones[_BRACKETS[one]] < 0:
                break
    return len(path[:length].rstrip(_BAD_ENDS))


def _is_host(host: str, *, has_scheme: bool) -> bool:
    parts = host.split(".")
    if len(parts) == 1 or any(not part or len(part.encode()) >= _MAX_PART or part[-1] == "-" for part in parts):
        return False
    if all(part.isascii() and part.isdecimal() for part in parts):
        return (
            len(parts) == _BYTES
            and all(len(part) <= len("255") and str(int(part)) == part for part in parts)
            and (max(map(int, parts)) <= _LAST_BYTE)
        )
    return "_" not in parts[-2] and _is_top_level(parts[-1], has_scheme=has_scheme)


def _is_top_level(name: str, *, has_scheme: bool) -> bool:
    if name.startswith("xn--"):
        return len(name) > len("xn--x") and name[4:].isalnum() and name.isascii()
    if len(name) <= 1 or "_" in name or "-" in name:
        return False
    lower = name.lower()
    begins_a_sentence = lower != name and lower[1:] == name[1:]
    return has_scheme or (not begins_a_sentence and (lower in TOP_LEVEL or lower in _COUNTRIES))


def _back(text: str, start: int, begin: int, belongs: Callable[[str], bool]) -> int:
    while start > begin and belongs(text[start - 1]):
        start -= 1
    return start


def _while(text: str, start: int, belongs: Callable[[str], bool]) -> int:
    while start < len(text) and belongs(text[start]):
        start += 1
    return start


def _is_plain(one: str) -> bool:
    if "\u2000" <= one <= "\u206f":
        return one in "\u200c\u200d" or "\u2010" <= one <= "\u2015"
    return not unicodedata.category(one).startswith("Z")


def _in_domain(one: str) -> bool:
    return one in _IN_NAME if one < _FIRST_LETTER else _is_plain(one)


def _in_user(one: str) -> bool:
    return one not in _NO_USER and _is_plain(one)


def _in_scheme(one: str) -> bool:
    return (one.isalnum() or one in "+-") if one.isascii() else _is_plain(one)


def _in_word(one: str) -> bool:
    return one == "_" or unicodedata.category(one)[0] in "LN"
