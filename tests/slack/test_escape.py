"""What people write is shown as they wrote it, and does nothing to anybody."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.slack.escape import cut, link, listed, mrkdwn, ours, plain, theirs
from tests.slack.test_render import NASTY, faults

# what was written -> what is sent
SENT: dict[str, tuple[str, str]] = {
    "plain words stay": ("Our bot is slow.", "Our bot is slow."),
    "the three signs of control are escaped": ("a < b & c > d", "a &lt; b &amp; c &gt; d"),
    "a call to the channel is text": ("<!channel> look", "&lt;!channel&gt; look"),
    "a mention is text": ("ask <@U123>", "ask &lt;@U123&gt;"),
    "what was escaped is escaped again": ("&lt;!here&gt;", "&amp;lt;!here&amp;gt;"),
    "bold cannot be forged": ("*Decided.*", "∗Decided.∗"),
    "italics cannot be forged": ("_(confirmed)_", "ˍ(confirmed)ˍ"),
    "names in code can still be copied": ("my_own_field", "my_own_field"),
    "code cannot be opened": ("``` rest", "ˋˋˋ rest"),
    "an emoji's name is its name": ("done :tada:", "done ∶tada:"),
    "a time of day stays": ("at 10:30:15", "at 10:30:15"),
    "lines become one": ("a\r\n\n> b\tc", "a &gt; b c"),
    "direction cannot be turned": ("\u202egnp\u202c.exe\u2066", "gnp.exe"),
    "what nobody sees goes": ("a\u200bb\ufeffc\u00add\u2060e\U000e0041", "abcde"),
    "joiners stay where a script needs them": ("नमस्\u200dते 👩\u200d💻", "नमस्\u200dते 👩\u200d💻"),
    "joiners in plain letters go": ("pay\u200dpal\u200c", "paypal"),
    "control characters are gaps": ("a\x00b\x1b[31m", "a b [31m"),
    "half a sign is replaced": ("a\ud800b", "a\ufffdb"),
    "nothing is nothing": (" \u200b\n", ""),
}


@pytest.mark.parametrize("name", SENT)
def test_what_people_write_is_sent_as(name: str) -> None:
    written, sent = SENT[name]
    assert theirs(written, 300) == sent


# text, limit -> cut
CUTS: dict[str, tuple[str, int, str]] = {
    "what fits stays": ("hello", 5, "hello"),
    "it is cut at a word": ("hello wide world", 12, "hello wide…"),
    "a word that ends at the limit stays": ("hello wide world", 11, "hello wide…"),
    "a long word is cut in itself": ("aaaaaaaaaaaaaaaa", 8, "aaaaaaa…"),
    "half a text is not dropped for one word": ("a " + "b" * 30, 12, "a " + "b" * 9 + "…"),
    "escapes count, and are never cut in two": ("&&&&", 12, "&amp;&amp;…"),
}


@pytest.mark.parametrize("name", CUTS)
def test_long_text_is_cut(name: str) -> None:
    text, limit, expected = CUTS[name]
    assert cut(text, limit) == expected


@settings(deadline=None, max_examples=1_000)
@given(
    st.text(max_size=120) | st.lists(st.sampled_from(NASTY), max_size=5).map(" ".join),
    st.integers(1, 90),
)
def test_any_text_is_fit_to_send_and_short_enough(text: str, limit: int) -> None:
    sent = theirs(text, limit)
    assert len(sent) <= limit
    assert not faults(sent)
    assert "\n" not in sent
    assert not set("*~`") & set(sent)


def test_our_own_words_keep_their_formatting() -> None:
    assert ours("*bold* & <more>") == "*bold* &amp; &lt;more&gt;"


def test_nothing_in_a_text_becomes_a_link_by_itself() -> None:
    assert mrkdwn("https://example.org") == {
        "type": "mrkdwn",
        "text": "https://example.org",
        "verbatim": True,
    }
    assert plain("a\nb", 10) == {"type": "plain_text", "text": "a b", "emoji": False}


# address, title -> what is sent
LINKS: dict[str, tuple[str, str, str]] = {
    "an address with a title": (
        "https://a.org/x?b=1&c=2",
        "A & B",
        "<https://a.org/x?b=1&amp;c=2|A &amp; B>",
    ),
    "a title cannot end the link": ("https://a.org", "a|b>c", "<https://a.org|a∣b&gt;c>"),
    "an address that could break out is no link": ("https://a.org|x> <!here", "Title", "Title"),
    "only https is a link": ("javascript:alert(1)", "Title", "Title"),
    "without TLS there is only this machine": (
        "http://127.0.0.1:3000/archives/C1/p1",
        "Open",
        "<http://127.0.0.1:3000/archives/C1/p1|Open>",
    ),
    "any other place without TLS is none": ("http://127.0.0.1.evil.example/x", "Title", "Title"),
    "an address without end is no link": (f"https://a.org/{'a' * 500}", "Title", "Title"),
    "no address is no link": ("", "our choice", "our choice"),
}


@pytest.mark.parametrize("name", LINKS)
def test_links(name: str) -> None:
    address, title, expected = LINKS[name]
    assert link(address, title) == expected


def test_a_list_says_how_many_are_left_out() -> None:
    assert listed("abc", 3) == ["a", "b", "c"]
    assert listed("abcd", 3) == ["a", "b", "and 2 more"]
