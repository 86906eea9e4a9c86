"""The words for people: headlines, first steps, and the sentence behind every rule, gate and plan step.

Logic never reads this module's text; the check holds that every rule, kind and gate has its words.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from bot.errors import RulebookBroken

_HEADLINES = {
    "prompt": "Work on the instructions, not the weights.",
    "rag": "Bring the knowledge to the model; training will not keep it there.",
    "workflow": "Change the process around the model.",
    "fine_tune": "Fine-tune: the gap is behaviour, and it can be shown by examples.",
    "distill": "Teach a small model what the large one does.",
    "serving": "Run it cheaper or faster as it is; nothing needs to be learned.",
    "data_first": "Put the data right first.",
    "evals_first": "Measure first; nobody can tell yet what would help.",
    "not_llm": "This does not need a language model.",
    "no_change": "Leave it as it is.",
    "need_info": "I need to know a little more before I can say anything useful.",
    "out_of_scope": "This is not about adapting a language model, so I have no advice on it.",
}
_FIRST_STEPS = {
    "prompt": "Write down what a good answer is and try it on ten real cases.",
    "prompt.clarify": "State the missing rule plainly, in one place, and try it on ten real cases.",
    "prompt.examples": "Put three to eight good examples into the prompt and score the result.",
    "prompt.ground": "Tell the model to answer from the given text only, to quote it, and when to decline.",
    "prompt.describe_tool": "Describe each tool by when to use it, with one call as an example.",
    "prompt.retrieve_examples": "Store the corrections and put the most similar ones into each prompt.",
    "prompt.no_tuning_path": "Put many examples into a cached prompt, since this model cannot be tuned.",
    "prompt.no_owner": "Stay with prompts until someone will own a tuned model.",
    "rag.long_context": "Put the whole material into a cached prompt; it fits.",
    "rag.retrieval": "Give the model the right passages at question time, and measure the search apart.",
    "rag.fix_retrieval": "Take twenty questions and look at what the search returns before the model sees it.",
    "workflow.live_lookup": "Fetch the value from its system at question time with a query or a tool.",
    "workflow.actions": "Write the steps down, connect each system, and let code keep the order.",
    "workflow.structured_output": "Let the API enforce the schema, and validate what comes back.",
    "workflow.decompose": "Split the work into narrow steps and score each one.",
    "workflow.fix_tool": "Call the tool by hand with the failing input and mend what it returns.",
    "workflow.fix_pipeline": "Log what really goes in and out of the model, and mend the code between.",
    "fine_tune.sft": "Hold out a scored test, then train a LoRA pilot against the best prompt.",
    "fine_tune.dpo": "Train on the chosen answers first, then on the preference pairs.",
    "fine_tune.rft": "Check that the grader is sound and the base model sometimes succeeds, then train with it.",
    "fine_tune.cpt_sft": "Continue pretraining on your texts, then tune on examples of the task.",
    "distill.large_to_small": "Collect the large model's good answers and train a small one on them.",
    "distill.classic_classifier": "Train a small classifier on the large model's labels.",
    "serving.trim": "Cut what every call repeats without need, and measure again.",
    "serving.cache": "Put what repeats at the front of the prompt and turn caching on.",
    "serving.smaller_model": "Run the smaller model on the same test and switch if it holds.",
    "serving.batch": "Send what can wait as a batch.",
    "serving.fix_setup": "Mend the way the model is run; the finding is in your own figures.",
    "data_first.collect": "Collect 50 to 100 checked examples; use those you have in the prompt today.",
    "data_first.make_pairs": "Turn the documents or records into inputs with the wanted outputs.",
    "data_first.fix_labels": "Agree on a guide, label fifty items twice, and settle where people differ.",
    "data_first.right_kind": "Rebuild the examples so that they show just the wanted input and output.",
    "data_first.mix_general": "Mix general examples in with yours, and more of yours, before training again.",
    "data_first.clear_rights": "Settle whether this data may be used for training before anything else.",
    "data_first.clean_source": "Correct, date or retire the wrong entries at their source.",
    "evals_first.error_analysis": "Read twenty to fifty real outputs and name each failure.",
    "evals_first.test_set": "Build a scored set that can tell a real change from noise.",
    "not_llm.plain_code": "Write it as ordinary code with tests.",
    "not_llm.classic_model": "Try a classic model on the labelled data; it takes an afternoon.",
    "no_change": "Keep the test running and come back when something fails.",
    "need_info": "Tell me what goes wrong, with one example.",
    "out_of_scope": "Ask me when a language model does not do what you need.",
}
_BECAUSE = {
    "other-topic": "Nothing in the message is about a language model or a job for one.",
    "exact-value-to-look-up": "The answer is an exact value, count or list: a query gives it, a model does not.",
    "code-is-enough": "Ordinary code or simple means give the right answer every time.",
    "no-difference-to-gain": "Quality is good and the differences seen are within the noise.",
    "test-cannot-tell": "The test cannot tell better from worse, so no change could be judged.",
    "nothing-to-fix": "No failing behaviour, missing knowledge or cost problem was named.",
    "quality-unknown": "Nobody can say how good it is now, so no remedy can be chosen.",
    "served-wrongly": "What was observed points at the way the model is run, not at what it can do.",
    "content-is-wrong": "The stored content itself is wrong; any model that reads it will repeat it.",
    "material-lost-on-the-way": "The material is there, but what feeds the search loses it on the way in.",
    "search-finds-wrong": "The search hands the model the wrong passages; search quality caps the answer.",
    "tool-returns-wrong": "The tool or feed returns wrong, old or no data, and training cannot mend that.",
    "code-around-fails": "The code around the model loses or spoils what it needs.",
    "instruction-at-fault": "The instruction itself was seen to be the cause.",
    "one-step-is-code": "One step is exact and belongs in code; the model keeps the rest.",
    "labels-at-fault": "The labels are wrong or disputed, and a model cannot be better than they are.",
    "simpler-likely": "A pattern, code or a classic model probably does the whole job.",
    "not-language": "It predicts from tables or logs, where classic models do better than language models.",
    "smaller-only-looks-enough": "A cheaper model only looks as good so far: measure both before you switch.",
    "smaller-is-enough": "A smaller model does it well enough without training.",
    "own-examples-for-a-small-model": "A large model can do it and is too slow or dear, and you have your own examples to train a small one on.",
    "big-one-passes": "A larger model does the job, the job repeats, and only cost or speed is in the way.",
    "good-but-dear-and-repeated": "Quality is fine and the job repeats; a small model can learn it from the logs.",
    "good-but-dear": "Quality is fine; caching, batching and trimming are cheaper than any training.",
    "classic-classifier": "It sorts into labels, labelled cases exist, and it has to be fast or cheap.",
    "live-value-not-fetched": "The facts live in a system that changes all the time, and nothing fetches them.",
    "tool-misused": "The tool is there and the model uses it wrongly: it needs a better description.",
    "tuned-on-wrong-examples": "What an earlier training was shown explains what came out of it.",
    "code-without-examples": "The documentation reaches the model and worked examples do not: show it some.",
    "pasted-too-much": "Too much is pasted into each prompt: it is slow, and the right part gets lost in it.",
    "right-enough-but-dear": "It is nearly right, much too slow or dear, and the logs hold what a small model can learn.",
    "training-forgot": "Training cost other abilities or did not take: the mix of examples is the cause.",
    "trained-in-facts": "Facts were trained in and did not hold; weights are a poor memory.",
    "tuned-on-wrong-data": "An earlier training brought nothing: the examples come before another run.",
    "there-or-not-unsaid": "Prompting is used up, and one thing decides: was the right text in front of the model when it failed?",
    "searched-and-no-complaint": "A search over the material exists and nothing is said to fail: look at real answers first.",
    "many-jobs-in-one-instruction": "One instruction does many unlike jobs, so mending one breaks another.",
    "facts-do-not-reach": "The right answers are in material that does not reach the model when it answers.",
    "facts-wrong-source-unsaid": "Its facts are wrong, and no place was named from which it could have the right ones.",
    "found-but-strays-trained": "The right text is there, asking for its use is not enough, and enough cases show how to use it.",
    "found-but-strays": "The right text is there and the model strays from it: tell it how to use it.",
    "form-not-enforced": "Only the form breaks, and nothing enforces it.",
    "many-steps": "It takes several steps in other systems or over many turns: that is process, not behaviour.",
    "wishes-differ": "What is wanted changes or differs per customer, faster than training could follow.",
    "not-prompted": "No real prompt was tried, and that is the cheapest thing that could work.",
    "language-or-order-unsaid": "The language or a rule is not kept: state it where the model reads it last.",
    "examples-contradict": "The examples contradict each other; the model would learn the contradiction.",
    "vague-and-unmeasured": "It is not good enough and nobody measured how or why.",
    "one-prompt-many-jobs": "One prompt does many unlike jobs, so each change breaks another.",
    "voice-undescribed": "The wanted voice was hardly described or shown to the model.",
    "too-few-translations": "House terms in translation take thousands of segments; with few it gets worse.",
    "language-not-in-base": "The base model lacks the language itself, and there is text to learn it from.",
    "not-measured-yet": "Prompting is used up, but without a scored test nobody will know if training helped.",
    "plateau-with-examples": "Prompting with examples stopped helping, the job is narrow, and good examples exist.",
    "own-small-model-falls-short": "It must be an own, small model, it falls short, and examples of the job exist.",
    "strongest-fails": "Even the strongest model falls short after several prompts, and examples of the job exist.",
    "examples-unfit": "Prompting is used up, and there are not enough fitting examples to train on yet.",
    "try-examples": "Examples in the prompt were not tried yet, and they are the next cheap step.",
    "neither-job-nor-source-said": "It is not said what the model has to do, nor where right answers come from.",
    "may-not-be-used": "The material that shows the wanted way may not be used for it, or not yet: that comes before any method.",
    "tuned-before-prompted": "It was tuned before anybody had shown the wanted way in a prompt, and did not gain by it: the prompt is the step that was left out.",
    "tool-misused-after-all-else": "Its tools are described, examples were tried in the prompt, and it still chooses wrongly: enough right calls exist to learn from.",
    "nothing-built": "Nothing was tried yet; a prompt with examples shows within a day what is missing.",
    "examples-at-hand": "The job is clear and checked examples exist: in a prompt they show within a day what is missing.",
    "cost-alone": "Only cost or speed is named: trim, cache and batch before anything is trained.",
    "not-measured": "Nothing is measured, so the failures have to be looked at first.",
    "too-little-said": "No failure, job or source of answers was named yet.",
}
_GATES = {
    "effort": "Training needs a prompt with examples to beat.",
    "measurement": "Training needs a scored test of your own, 30 cases or more.",
    "teacher-measured": "Teaching a small model needs a scored test on which to compare the two.",
    "headroom": "Training needs room to improve: under 95 percent today.",
    "breadth": "Training needs one repeated job, or a few fixed ones.",
    "stability": "Training needs a behaviour that stays the same for months.",
    "rights": "Training needs data that may be used for it.",
    "labels": "Training needs examples on which experts agree.",
    "examples": "Training needs enough examples of the very kind that is wanted.",
    "teacher-data": "Teaching a small model needs inputs of the kind that it will see.",
    "tunable": "Training needs a model that this team can tune today.",
    "owner": "Training needs somebody who will retrain and watch the model.",
    "teacher": "Teaching a small model needs a large one that passes the same test.",
    "small-one-tunable": "A small model has to be one that this team can tune today; until then the bill goes down by other means.",
    "small-one-owned": "A tuned small model needs somebody who will retrain and watch it; until then the bill goes down by other means.",
    "payback": "Training has to pay back within six months against cached prompts.",
}
_STEPS = {
    "read-failures": "Read 20 to 50 failing outputs and name what is wrong in each.",
    "build-test": "Build 30 to 100 scored cases, and keep the same ones from then on.",
    "clear-prompt": "Write a clear prompt with a few good examples.",
    "interim-examples": "Use the examples that you have in the prompt today.",
    "supply-knowledge": "Supply the knowledge at question time, and measure the search apart from the answer.",
    "live-lookup": "Fetch live values with a query or a tool at question time.",
    "structured-output": "Let the API enforce the output's schema.",
    "decompose": "Split the work into narrow steps, with code where a rule is exact.",
    "fix-part": "Mend the part that was seen to fail, and try the failing cases again.",
    "clean-source": "Give every record an owner, a date and a retired mark; remove doubles.",
    "re-measure": "Measure again on the same cases.",
    "clear-rights": "Settle the rights to train on the data, and remove personal data.",
    "label-guide": "Write a label guide and settle where experts differ.",
    "collect-examples": "Collect 50 to 100 checked examples of the wanted input and output.",
    "collect-with-passages": "Collect 50 to 100 checked examples with the supplied passages in them.",
    "mix-general": "Mix general examples in, so that other abilities stay.",
    "lora-pilot": "Train a LoRA pilot and compare it with the prompted model on the held-out cases.",
    "distil-pilot": "Train the small model on the large one's good answers and compare on the same cases.",
    "double-data": "Double the data only if the pilot moved the score.",
    "preference-residue": "Use preference or reinforcement tuning only for what is left.",
    "before-release": "Before release: test safety and other tasks again, note the base model's end date, "
    "keep a way back, set when to retrain.",
    "trim": "Trim the prompt and the output to what is used.",
    "cache": "Order the prompt so that what repeats comes first, and check the cache hits.",
    "smaller-model": "Try a smaller model, untuned, on the same cases.",
    "batch": "Batch what does not have to be answered at once.",
    "classic-baseline": "Build the simple method and run it on labelled cases as the baseline.",
    "watch": "Keep a small test running and watch for change.",
}
_CLASSES = {
    "plenty": "Plenty",
    "under_50": "Fewer than 50",
    "under_100": "50 to 100",
    "under_500": "100 to 500",
    "under_1000": "500 to 1,000",
    "under_5000": "1,000 to 5,000",
    "under_10000": "5,000 to 10,000",
    "headroom": "Under 95 percent",
    "headroom_gone": "95 percent or more",
    "offered": "A model that can be tuned",
    "not_offered": "Nothing that can be tuned today",
}
_SPOKEN = {
    "prompt": "work on the prompt",
    "rag": "supply the knowledge",
    "workflow": "change the workflow",
    "fine_tune": "fine-tune",
    "distill": "teach a smaller model",
    "serving": "run it cheaper as it is",
    "data_first": "put the data right first",
    "evals_first": "measure first",
    "not_llm": "no language model is needed",
    "no_change": "leave it as it is",
    "need_info": "I would need to know more",
    "out_of_scope": "it is nothing that I advise on",
}
_NUMBER_CHOICES = {
    "examples_count": (
        ("20", "Fewer than 50"),
        ("75", "50 to 100"),
        ("500", "100 to 1,000"),
        ("5000", "More than 1,000"),
    ),
    "pass_rate": (
        ("40", "Under 60 percent"),
        ("80", "60 to 95 percent"),
        ("97", "Over 95 percent"),
    ),
}


@cache
def headlines() -> Mapping[str, str]:
    """Return the headline of each approach."""
    return _HEADLINES


def first_step(approach: str, subkind: str | None) -> str:
    """Return the first step of an approach and its kind, in one sentence."""
    return _FIRST_STEPS.get(f"{approach}.{subkind}") or _FIRST_STEPS[approach]


def because(rule_id: str) -> str:
    """Return the sentence behind a rule or a gate."""
    sentence = _BECAUSE.get(rule_id) or _GATES.get(rule_id)
    if sentence is None:
        raise RulebookBroken(f"{rule_id} has no sentence: write one in bot/domain/words.py.")
    return sentence


def step(step_id: str) -> str:
    """Return the sentence of a plan step."""
    return _STEPS[step_id]


def known_words() -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """Return the ids that have words: rules and gates, plan steps, first steps."""
    return frozenset({*_BECAUSE, *_GATES}), frozenset(_STEPS), frozenset(_FIRST_STEPS)


def of_class(name: str) -> str:
    """Return the words for a class of numbers or of market rows."""
    return _CLASSES.get(name) or _CLASSES[name.rsplit("/", maxsplit=1)[-1]]


def spoken(approach: str) -> str:
    """Return the approach as part of a sentence."""
    return _SPOKEN[approach]


def which_holds(meaning: str) -> str:
    """Return the question where people said different things."""
    return f"You said different things here. {meaning} Which holds?"


def which_fits(meaning: str) -> str:
    """Return the question where a value is only surmised and the vocabulary has none of its own."""
    return f"{meaning} Which of these fits best?"


def so_far(headline: str) -> str:
    """Return the headline of an answer that rests on what is only surmised."""
    return f"So far it looks like this: {headline[0].lower()}{headline[1:]}"


def number_choices(name: str) -> tuple[tuple[str, str], ...]:
    """Return ranges to choose from for a number: a typical value of each, and its label."""
    return _NUMBER_CHOICES[name]
