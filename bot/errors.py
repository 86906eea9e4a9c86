"""The family of errors; each carries the sentence that a person may see.

BotError
├── UsageError            the caller's words are off: exit code 2
│   ├── UnknownFact       a fact name that is not in the vocabulary
│   ├── UnknownValue      a value that the named fact does not have
│   ├── BadInput          text, JSON or a file that cannot be read as asked
│   └── BadSetting        an environment variable that does not hold what it should
├── ReaderFailed          the model could not read this message; another reader takes the turn
│   ├── ReaderTimedOut
│   ├── ReaderRefused
│   ├── ReaderOverQuota
│   ├── ReaderUnreachable
│   └── ReaderAnsweredBadly
├── StoreFailed           what was said could not be kept, or not be found again
│   ├── StoreUnreachable  Redis does not answer, or not in time
│   ├── StoreFull         more of this workspace waits than may: it is refused, and said so
│   ├── StoreContended    somebody else wrote the case meanwhile: the turn is taken again
│   ├── StoreUnreadable   what is kept cannot be opened with the keys that we hold
│   └── StoreTooNew       a newer version of us wrote it: left for one of its kind
├── TurnFailed            a defect of ours kept a turn from being taken; it is tried again
├── SlackFailed           Slack did not do what we asked
│   ├── SlackRefused      it said no, and would say no again: `code` is Slack's word for it
│   ├── SlackRevoked      it takes our token no longer: turns wait until the operator mends that
│   ├── SlackBusy         it asks us to wait for `seconds`
│   └── SlackUnclear      no answer came: it may have been done, or not
└── RulebookBroken        a rule, fact or sentence contradicts another: a defect of ours
"""

from __future__ import annotations


class BotError(Exception):
    """Any failure that we name; `sentence` says what was wrong, where, and what to do."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class UsageError(BotError):
    """What the caller gave cannot be used."""


class UnknownFact(UsageError):
    """A fact name that is not in the vocabulary."""


class UnknownValue(UsageError):
    """A value that the named fact does not have."""


class BadInput(UsageError):
    """Text, JSON or a file that cannot be read as asked."""


class BadSetting(UsageError):
    """An environment variable that does not hold what it should."""


class ReaderFailed(BotError):
    """The model could not read this message; another reader takes the turn."""


class ReaderTimedOut(ReaderFailed):
    """The model took longer than the whole turn may take."""


class ReaderRefused(ReaderFailed):
    """The model declined to answer."""


class ReaderOverQuota(ReaderFailed):
    """The model's provider limits us for now."""


class ReaderUnreachable(ReaderFailed):
    """The model's provider could not be reached, or failed on its side."""


class ReaderAnsweredBadly(ReaderFailed):
    """The model's answer was cut off or did not have the agreed form, repair included."""


class StoreFailed(BotError):
    """What was said could not be kept, or not be found again."""


class StoreUnreachable(StoreFailed):
    """Redis does not answer, or not in time."""


class StoreFull(StoreFailed):
    """More of a workspace waits than may; nothing was kept."""


class StoreContended(StoreFailed):
    """Somebody else wrote the case since it was read."""


class StoreUnreadable(StoreFailed):
    """What is kept cannot be opened with the keys that we hold."""


class StoreTooNew(StoreFailed):
    """A newer version of us wrote it, in a form that this one does not know."""


class TurnFailed(BotError):
    """A defect of ours kept a turn from being taken; its cause is what happened."""


class SlackFailed(BotError):
    """Slack did not do what we asked."""


class SlackRefused(SlackFailed):
    """Slack said no, and would say no again."""

    def __init__(self, code: str) -> None:
        super().__init__(f"Slack refused: {code}.")
        self.code = code


class SlackRevoked(SlackFailed):
    """Slack takes our token no longer; nothing can be shown until somebody mends that."""

    def __init__(self, code: str) -> None:
        super().__init__(f"Slack takes our token no longer: {code}.")
        self.code = code


class SlackBusy(SlackFailed):
    """Slack asks us to wait."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"Slack asks us to wait for {seconds:g} seconds.")
        self.seconds = seconds


class SlackUnclear(SlackFailed):
    """No answer came from Slack: what we asked may have been done, or not."""


class RulebookBroken(BotError):
    """A rule, fact or sentence contradicts another: a defect of ours, found by the check."""
