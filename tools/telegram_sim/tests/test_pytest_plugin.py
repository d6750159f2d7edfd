"""The plugin as others use it: each test writes a project of its own and runs pytest on it."""

import textwrap

import pytest

pytest_plugins = ["pytester"]
pytestmark = pytest.mark.timeout(300)  # each starts a few processes

BOT = '''
import json, threading, urllib.request
import pytest

@pytest.fixture
def call(request):
    telegram = request.getfixturevalue("telegram_sync" if "telegram_sync" in request.fixturenames else "telegram")
    def call(method, **arguments):
        url = f"{telegram.url}/bot{telegram.token}/{method}"
        headers = {"Content-Type": "application/json"}
        asked = urllib.request.Request(url, json.dumps(arguments).encode(), headers)
        with urllib.request.urlopen(asked, timeout=10) as answer:
            return json.load(answer)["result"]
    return call

@pytest.fixture
def echo(call):
    """A bot in a thread that polls: says what it hears, with a button, and answers taps."""
    stop = threading.Event()
    def run():
        offset = 0
        while not stop.is_set():
            for update in call("getUpdates", offset=offset, timeout=1):
                offset = update["update_id"] + 1
                if "message" in update:
                    row = [{"text": "Again", "callback_data": "again:1"}]
                    said = update["message"]
                    call("sendMessage", chat_id=said["chat"]["id"], text=said["text"],
                         reply_markup={"inline_keyboard": [row]})
                else:
                    call("answerCallbackQuery", callback_query_id=update["callback_query"]["id"], text="done")
    thread = threading.Thread(target=run)
    thread.start()
    yield
    stop.set()
    thread.join()
'''


def run(pytester: pytest.Pytester, tests: str, *options: str) -> pytest.RunResult:
    pytester.makeconftest(BOT)
    pytester.makepyfile(textwrap.dedent(tests))
    pytester.makeini(
        "[pytest]\nfilterwarnings = error\nasyncio_mode = auto\nasyncio_default_fixture_loop_scope = function\n"
    )
    return pytester.runpytest_subprocess("--strict-markers", "-p", "no:cacheprovider", *options, timeout=120)


def test_people_act_and_expect(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        from telegram_sim.testing import ExpectationError, anything, text

        async def test_async(telegram, echo):
            alice, bob = telegram.person(language="es"), telegram.person("Bob")
            alice.start("campaign-7")
            message = await alice.expects(text("campaign-7").with_button("again"))
            assert message.buttons[0].data == "again:1"
            assert (await alice.tap("again").answered())["text"] == "done"
            bob.say("hello")
            await bob.expects("text")
            await bob.expects_nothing(0.05)
            await telegram.idle()

        def test_sync(telegram_sync, echo):
            alice = telegram_sync.person(person_id=77)
            assert (alice.id, alice.name) == (77, "Alice")
            alice.say("hello")
            assert alice.expects(anything).text == "hello"
            assert alice.tap("again").answered()["text"] == "done"
            alice.expects_nothing(0.05)
            telegram_sync.idle()
            assert [call["method"] for call in telegram_sync.calls("sendMessage")] == ["sendMessage"]
        """,
    )
    result.assert_outcomes(passed=2)


def test_a_failure_tells_what_happened(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        from telegram_sim.testing import video

        async def test_wrong_kind(telegram, echo):
            alice = telegram.person()
            alice.say("hello")
            await alice.expects("text")
            alice.tap("again")
            await alice.expects(video("welcome"), timeout=0.3)

        def test_plain_assertion(telegram_sync, call):
            alice = telegram_sync.person("Bob", known=True)
            telegram_sync.fail("sendMessage", "429", retry_after=7)
            try:
                call("sendMessage", chat_id=alice.id, text="hi")
            except Exception:
                pass
            alice.say("anybody there?")
            assert False

        def test_nobody_polls(telegram_sync):
            alice = telegram_sync.person()
            alice.start("token")
            alice.expects(video, timeout=0.1)
        """,
    )
    result.assert_outcomes(failed=3)
    result.stdout.fnmatch_lines(
        [
            "E*ExpectationError: Alice got no video with 'welcome' within 0.3 s",
            "E*Alice (en)",
            "E*Alice: 'hello'*",
            "E*bot: 'hello' [[]Again: again:1]*",
            "E*tap on 'again:1' of message *",
        ]
    )
    result.stdout.fnmatch_lines(
        [
            "*- Telegram -*",
            "*bot: sendMessage -> Too Many Requests: retry after 7 (asked for: 429)",
            "*Bob: 'anybody there?'*",
            "*1 updates wait for getUpdates, no webhook is set",
        ]
    )
    result.stdout.fnmatch_lines(
        ["E*Alice got no video within 0.1 s", "E*1 updates wait for getUpdates, no webhook is set"]
    )
    result.stdout.no_fnmatch_line("*- Telegram -*Alice got no video*")


def test_settings_come_from_a_fixture_and_a_marker(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        import pytest

        pytestmark = pytest.mark.telegram(bot_name="Module", max_messages=5)

        @pytest.fixture
        def telegram_settings():
            return {"bot_username": "my_bot", "bot_name": "Fixture", "time_scale": 0.5}

        @pytest.mark.telegram(bot_name="Mine")
        def test_mine(telegram_sync, call):
            assert call("getMe")["username"] == "my_bot"
            assert call("getMe")["first_name"] == "Mine"
            settings = telegram_sync.settings
            assert (settings.max_messages, settings.time_scale, settings.token) == (5, 0.5, telegram_sync.token)

        @pytest.mark.telegram(colour="blue")
        def test_unknown(telegram):
            pass

        @pytest.mark.telegram(time_scale=-1)
        def test_wrong(telegram):
            pass
        """,
    )
    result.assert_outcomes(passed=1, errors=2)
    result.stdout.fnmatch_lines(["*telegram has no setting colour; there are bot_name, *"])
    result.stdout.fnmatch_lines(["*time_scale: 1e-06 to 1e+06 is expected, not -1*"])


def test_a_test_repeats_its_dice_in_one_process_or_many(pytester: pytest.Pytester) -> None:
    tests = """
        import pytest

        @pytest.mark.parametrize("number", range(4))
        def test_order(telegram_sync, number):
            people = [telegram_sync.person(name) for name in "abcdef"]
            telegram_sync.switch(hold_updates=True)
            for person in people:
                person.say("x")
            order = [number - 100000000 for number in telegram_sync.release(shuffle=True)]
            with open(f"{number}.txt", "a") as file:
                print(order, file=file)
    """
    run(pytester, tests).assert_outcomes(passed=4)
    run(pytester, tests, "-n", "2").assert_outcomes(passed=4)
    orders = [(pytester.path / f"{number}.txt").read_text().splitlines() for number in range(4)]
    assert [len(lines) for lines in orders] == [2, 2, 2, 2]
    assert all(len(set(lines)) == 1 for lines in orders)
    assert len({lines[0] for lines in orders}) > 1


def test_faults_time_and_switches(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        import urllib.error, pytest
        from telegram_sim.testing import SimError

        def test_faults(telegram_sync, call):
            telegram_sync.fault("500", probability=0.0, times=0)
            call("getMe")
            telegram_sync.clear_faults()
            telegram_sync.fail("getMe", "502")
            with pytest.raises(urllib.error.HTTPError):
                call("getMe")
            alice = telegram_sync.person()
            alice.block()
            with pytest.raises(SimError, match="blocked"):
                alice.say("x")
            alice.unblock()
            tap = alice.tap_raw(1, "gone")
            telegram_sync.advance(seconds=200)
            assert call("getUpdates", offset=0)[0]["my_chat_member"]
            telegram_sync.update({"poll": {"id": "1"}})
            assert len(telegram_sync.record("update")) == 4
            alice.change(first_name="Eve")
            alice.send(sticker={"emoji": "x"})
            assert [message.kind for message in alice.messages()] == ["sticker"]
            assert "Eve" in telegram_sync.story()
        """,
    )
    result.assert_outcomes(passed=1)


def test_people_go_on_while_the_bot_is_refused(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        def test_refused(telegram_sync, call):
            alice = telegram_sync.person()
            telegram_sync.fault("refuse", seconds=60)
            reason = None
            while not isinstance(reason, ConnectionRefusedError):
                try:
                    call("getMe")
                except OSError as cause:
                    reason = getattr(cause, "reason", None)
            alice.say("anybody there?")
            assert False
        """,
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*- Telegram -*", "*Alice: 'anybody there?'*", "*wait for getUpdates*"])


def test_a_failure_with_a_simulator_of_many_tests_tells_what_happened_too(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        import pytest
        from telegram_sim.testing import SyncTelegram

        @pytest.fixture(scope="module")
        def shared():
            with SyncTelegram.running(seed=3) as telegram:
                yield telegram

        def test_shared(shared):
            shared.person("Bob").say("anybody there?")
            assert False
        """,
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*- Telegram -*", "*Bob: 'anybody there?'*"])


def test_it_costs_nothing_until_it_is_used(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        import sys

        def test_nothing_is_imported():
            assert "telegram_sim.pytest_plugin" in sys.modules
            heavy = {"aiohttp", "starlette", "uvicorn", "telegram_sim.settings", "telegram_sim.client"}
            assert not heavy & set(sys.modules)
        """,
    )
    result.assert_outcomes(passed=1)
