"""The command line: builds and joins what each command needs; the service is `bot.service`."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import time
from argparse import Namespace
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from importlib import import_module
from io import TextIOWrapper
from types import ModuleType

from bot.commands import ask, data, evaluate, read, rules
from bot.commands.arguments import parser
from bot.commands.io import as_block, as_line, json_lines, json_of, text_given
from bot.consultant import MAX_QUESTIONS_WITHOUT_MODEL, Consultant
from bot.domain.costs import DEDICATED, HOSTED, Sizes, compare, costs_markdown
from bot.domain.decide import MAX_QUESTIONS
from bot.domain.problem import problem_from_json
from bot.domain.proof import prove
from bot.errors import BadInput, BadSetting, BotError, UsageError
from bot.market.loader import load_market
from bot.reading.breaker import BreakerReader
from bot.reading.call import ModelSettings
from bot.reading.chain import chain_reader
from bot.reading.cues import CueReader
from bot.reading.fallback import FallbackReader
from bot.reading.port import Reader
from bot.reading.prompts import load_prompt
from bot.reading.recordings import RecordedReader, load_answers
from bot.settings import Settings, read_settings
from bot.slack.manifest import manifest


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code: 0 fine, 1 failed, 2 wrong usage."""
    _speak_utf_8()
    # At the prompt a failed model call is said once, by the reader that takes over.
    logging.getLogger("bot").addHandler(logging.NullHandler())
    try:
        options = parser().parse_args(arguments)
        return _run(options)
    except UsageError as error:
        return _failed(error, 2)
    except BotError as error:
        return _failed(error, 1)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read us has seen enough; what is still buffered has nowhere to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _run(options: Namespace) -> int:
    code = _COMMANDS[options.command](options)
    # Said now, so that a reader who has gone is noticed here and not while Python ends.
    sys.stdout.flush()
    return code


def _speak_utf_8() -> None:
    """Read and write UTF-8 whatever the locale, so that every language survives a pipe."""
    for stream, errors in ((sys.stdin, "strict"), (sys.stdout, "replace"), (sys.stderr, "replace")):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors=errors)


def _failed(error: BotError, code: int) -> int:
    print(error.sentence, file=sys.stderr)
    return code


def _today() -> date:
    return datetime.now(UTC).date()


def _consult(options: Namespace) -> int:
    """`python -m bot` alone: the service where Slack is set up, else a Slack of our own."""
    settings = read_settings()
    if settings.slack_bot_token is not None:
        return _serve(options)
    for name in ("slack_app_token", "slack_signing_secret", "slack_api_url"):
        if getattr(settings, name):
            raise BadSetting(
                f"{name.upper()} is set and SLACK_BOT_TOKEN is not: set it to run in Slack, or "
                "empty both to try the bot in your browser."
            )
    asyncio.run(_service().play(settings, _consultant(_AUTO, settings)))
    return 0


def _ask(options: Namespace) -> int:
    statements = ask.confirmed(options.set)
    consultant = _consultant(options, read_settings())
    if options.text is None and not options.json:
        text = _typed("What is going wrong, or what do you plan? ") or ""
    else:
        text = text_given(options.text, sys.stdin)
    if options.json:
        print(asyncio.run(ask.as_json(consultant, statements, text)))
    else:
        asyncio.run(ask.converse(consultant, statements, text, _typed, print))
    return 0


def _read(options: Namespace) -> int:
    read.check_usage(options)
    reader = _reader(options, read_settings())

    async def each() -> None:
        async for row in read.read_lines(reader, sys.stdin):
            print(as_line(row), flush=True)

    if options.jsonl:
        asyncio.run(each())
    else:
        text = text_given(options.text, sys.stdin)
        print(as_block(asyncio.run(read.read_text(reader, text))))
    return 0


def _decide(options: Namespace) -> int:
    consultant = Consultant(reader=CueReader(), market=load_market(), today=_today)
    if not options.jsonl:
        document = json_of(text_given(None, sys.stdin), "standard input")
        print(as_block(consultant.decide(problem_from_json(document)).as_json()))
        return 0
    for number, document in json_lines(sys.stdin):
        try:
            decision = consultant.decide(problem_from_json(document)).as_json()
        except UsageError as error:
            raise UsageError(f"line {number}: {error.sentence}") from error
        named = {"id": document["id"]} if "id" in document else {}
        print(as_line({**named, **decision}))
    return 0


def _eval(options: Namespace) -> int:
    if options.requests:
        written = evaluate.write_requests(options.files, load_prompt(), options.requests)
        print(f"{written} requests written to {options.requests}.")
        return 0
    settings = read_settings()
    prices = {row.id: row for row in load_market().prices}
    price = prices.get(settings.openai_model)
    print(asyncio.run(evaluate.run(_consultant(options, settings), options, price)))
    return 0


def _rules(options: Namespace) -> int:
    if not options.check:
        print(rules.as_markdown() if options.markdown else rules.as_text())
        return 0
    began = time.perf_counter()
    proof = prove()
    print(rules.proof_as_text(proof, time.perf_counter() - began))
    return 0 if proof.holds else 1


def _costs(options: Namespace) -> int:
    sizes = Sizes(options.calls, options.static, options.dynamic, options.output)
    reference = DEDICATED if options.own else HOSTED
    market = load_market()
    compared = compare(sizes, market, _today(), examples=options.examples, reference=reference)
    print(as_block(compared.as_json()) if options.json else costs_markdown(compared))
    return 0


def _data(options: Namespace) -> int:
    measurement = data.measure(options, sys.stdin.buffer, load_market(), _today())
    print(data.shown(measurement, as_json=options.json))
    return 0 if measurement.examples else 1


def _consultant(options: Namespace, settings: Settings) -> Consultant:
    reads = options.reader == "chain" or options.replay or settings.has_model
    with_model = bool(reads) and options.reader != "cues"
    return Consultant(
        reader=_reader(options, settings),
        market=load_market(),
        today=_today,
        max_questions=MAX_QUESTIONS if with_model else MAX_QUESTIONS_WITHOUT_MODEL,
    )


def _reader(options: Namespace, settings: Settings) -> Reader:
    if options.replay:
        return RecordedReader(load_prompt(), load_answers(options.replay))
    if options.reader == "cues" or (options.reader == "auto" and not settings.has_model):
        return CueReader()
    if not settings.has_model:
        raise BadSetting(
            "--reader chain needs OPENAI_API_KEY, or OPENAI_BASE_URL for a server of your own."
        )
    chain = chain_reader(_model_settings(settings), load_prompt())
    return chain if options.reader == "chain" else FallbackReader(BreakerReader(chain), CueReader())


def _model_settings(settings: Settings) -> ModelSettings:
    key = settings.openai_api_key
    return ModelSettings(
        name=settings.openai_model,
        api_key=key.get_secret_value() if key else "",
        base_url=settings.openai_base_url,
    )


def _typed(text: str) -> str | None:
    try:
        return input(text)
    except EOFError:
        return None
    except UnicodeDecodeError as error:
        raise BadInput("what was typed is not UTF-8 text: try again in UTF-8.") from error


def _inbox(options: Namespace) -> int:
    asyncio.run(_service().set_aside(read_settings(), options.retry, print))
    return 0


def _manifest(options: Namespace) -> int:
    address = "" if options.socket else options.url or read_settings().public_url
    if address and not address.startswith("https://"):
        raise BadSetting(
            f"{address[:60]!r} is no address that Slack calls: it starts with https://."
        )
    print(as_block(manifest(address)))
    return 0


def _serve(options: Namespace) -> int:
    settings = read_settings()
    asyncio.run(_service().serve(options.command, settings, _consultant(_AUTO, settings)))
    return 0


def _service() -> ModuleType:
    """Load the service: Bolt and uvicorn take a second that no other command should pay."""
    return import_module("bot.service")


_AUTO = Namespace(reader="auto", replay=None)
_COMMANDS: Mapping[str | None, Callable[[Namespace], int]] = {
    None: _consult,
    "ask": _ask,
    "read": _read,
    "decide": _decide,
    "eval": _eval,
    "rules": _rules,
    "costs": _costs,
    "data": _data,
    "web": _serve,
    "socket": _serve,
    "worker": _serve,
    "manifest": _manifest,
    "inbox": _inbox,
}

if __name__ == "__main__":
    sys.exit(main())
