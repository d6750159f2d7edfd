from hypothesis import given
from hypothesis import strategies as st

from lbc_contracts import ids
from lbc_contracts.ids import Step

command = st.tuples(
    st.from_regex(r"[A-Za-z0-9_]{1,10}", fullmatch=True),
    st.integers(),
    st.integers(1, 99),
    st.sampled_from(Step),
    st.integers(1, 9),
)


@given(command, command)
def test_commands_share_a_key_only_when_they_are_the_same(
    a: tuple[str, int, int, Step, int], b: tuple[str, int, int, Step, int]
) -> None:
    assert (ids.command_key(*a) == ids.command_key(*b)) == (a == b)


def test_events_of_different_kinds_never_share_a_key() -> None:
    keys = {
        ids.update_event("b", 1),
        ids.callback_event("b", "1"),
        ids.due_event("b:1:1:video:1", 1),
        ids.reply_key(ids.update_event("b", 1), 0),
    }
    assert len(keys) == 4


def test_every_key_begins_with_the_bot() -> None:
    assert ids.user_key("b", 5) == "b:telegram_5"
    assert ids.session_key("b", 5, 2) == "b:5:2"
