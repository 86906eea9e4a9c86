"""The words of the command line: every command, its options, its help."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import NoReturn

from bot.errors import UsageError

READERS = ("auto", "chain", "cues")


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, as every other error of ours."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}. Try: {self.prog} --help")


def parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    top = _Parser(
        prog="python -m bot",
        description="Tells a team whether to fine-tune, or what their problem really is.",
        epilog="Without a command: the bot in Slack where that is set up, else in your browser.",
    )
    commands = top.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser)
    _ask(commands.add_parser("ask", help="one consultation, at the prompt or as JSON"))
    _read(commands.add_parser("read", help="text into facts, nothing decided"))
    _decide(
        commands.add_parser(
            "decide",
            help="facts on standard input into a decision",
            epilog='The facts: {"facts": {"symptoms": ["made_up_facts"], "breadth": "open"}}, or '
            'each value as {"value": …, "basis": …, "quote": …}, as the command read prints them.',
        )
    )
    _eval(commands.add_parser("eval", help="accuracy on files of cases"))
    _rules(commands.add_parser("rules", help="the rule book: printed, or proved"))
    _costs(
        commands.add_parser("costs", help="long prompt, caching, smaller and tuned model compared")
    )
    _data(commands.add_parser("data", help="a training file measured: form, faults, size, price"))
    commands.add_parser("web", help="hear Slack over HTTP and queue what is said")
    commands.add_parser("socket", help="hear Slack over Socket Mode and queue what is said")
    commands.add_parser("worker", help="take turns from the queue and answer")
    inbox = commands.add_parser("inbox", help="turns that were set aside after too many tries")
    inbox.add_argument("--retry", default="", metavar="ID", help="put one back into its line")
    made = commands.add_parser("manifest", help="the Slack app's manifest, to paste when making it")
    made.add_argument("--url", default="", metavar="URL", help="where Slack reaches you, for HTTP")
    made.add_argument("--socket", action="store_true", help="for Socket Mode, which is the default")
    return top


def _reader(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--reader", choices=READERS, default="auto", help="auto: the model where one is set"
    )
    command.add_argument(
        "--replay", type=Path, metavar="FILE", help="answer model requests from recordings"
    )


def _ask(command: argparse.ArgumentParser) -> None:
    command.add_argument("text", nargs="?", metavar="TEXT", help="the problem; - reads stdin")
    command.add_argument("--json", action="store_true", help="print the decision, ask nothing")
    command.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="confirm a fact"
    )
    _reader(command)


def _read(command: argparse.ArgumentParser) -> None:
    command.add_argument("text", nargs="?", metavar="TEXT", help="what to read; - reads stdin")
    command.add_argument("--json", action="store_true", help="print JSON (the default)")
    command.add_argument(
        "--jsonl", action="store_true", help='read lines of {"id", "text"} on stdin'
    )
    _reader(command)


def _decide(command: argparse.ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", help="print JSON (the default)")
    command.add_argument(
        "--jsonl", action="store_true", help="one problem a line, one decision a line"
    )


def _eval(command: argparse.ArgumentParser) -> None:
    command.add_argument("files", nargs="+", type=Path, metavar="FILE", help="cases, JSONL")
    command.add_argument("--json", action="store_true", help="print the figures as JSON")
    command.add_argument("--misses", action="store_true", help="name each case that went wrong")
    command.add_argument(
        "--sheets", type=Path, metavar="FILE", help="what each person answers when asked, JSONL"
    )
    command.add_argument(
        "--requests", type=Path, metavar="FILE", help="write the exact model requests and stop"
    )
    _reader(command)


def _rules(command: argparse.ArgumentParser) -> None:
    form = command.add_mutually_exclusive_group()
    form.add_argument("--check", action="store_true", help="prove the invariants")
    form.add_argument("--markdown", action="store_true", help="print the rules as Markdown")


def _costs(command: argparse.ArgumentParser) -> None:
    command.add_argument("--calls", type=float, required=True, metavar="N", help="calls a month")
    command.add_argument(
        "--static", type=float, required=True, metavar="N", help="prompt tokens that repeat"
    )
    command.add_argument(
        "--dynamic", type=float, required=True, metavar="N", help="prompt tokens that differ"
    )
    command.add_argument("--output", type=float, required=True, metavar="N", help="tokens written")
    command.add_argument("--examples", type=float, metavar="N", help="examples to train on")
    command.add_argument("--own", action="store_true", help="tuned on a hired machine by the hour")
    command.add_argument("--json", action="store_true", help="print JSON")


def _data(command: argparse.ArgumentParser) -> None:
    command.add_argument("file", metavar="FILE", help="JSONL or CSV; - reads stdin")
    command.add_argument("--json", action="store_true", help="print JSON")
