"""Whatever fails, wherever it fails: nobody misses anything, and nothing comes twice.

Each story is played once undisturbed, and then again with each statement to the database and each
request to Graph and Teams failing in turn. Who clicked clicks again, Teams delivers again, the
queue tries again, a worker that died is replaced. What people and Outlook end up with is the same.

But for one thing, which nobody can do: where Teams has taken a message and the failure comes before
anything that lasts could say so, it comes again. Teams has no key by which it would know it.
"""

import hashlib
import random
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest
from procrastinate import App
from procrastinate.testing import InMemoryConnector

from bot import teams
from cards.elements import form_open
from jobs import tasks
from tests.failures.acts import Click, Dialog
from tests.failures.playing import Failure, Place, stage, theatre
from tests.failures.stories import STORIES, Story
from tests.failures.wire import Cut
from tests.thoroughness import THOROUGH, dealt, shuffled
from tests.world import MAKES, World

SEED = 20260302
PLAYED = shuffled(STORIES) if THOROUGH else random.Random(SEED).sample(STORIES, 6)
IN_EACH = [
    (story, crm)
    for story in PLAYED
    for crm in (dealt(tuple(MAKES), story.name) if story.crm else ("",))
]
FAILURES = 8  # of each story that is played, where not all are


def registered() -> set[str]:
    """The jobs that a worker does, as the app itself knows them."""
    app = App(connector=InMemoryConnector())
    tasks.add_to(app)
    return {name for name in app.tasks if "builtin" not in name and name != "newer"}


def test_every_verb_and_every_job_has_its_story() -> None:
    verbs = {verb for story in STORIES for verb in story.verbs}
    jobs = {job for story in STORIES for job in story.jobs}

    assert sorted({*teams.VERBS, *teams.DIALOGS} - verbs) == [], "verbs without a story"
    assert sorted(registered() - jobs) == [], "jobs without a story"


def stale(world: World) -> list[str]:
    """What stands on cards that only the client shows which clicked; a form that is open there may
    be being filled in.
    """
    chats = [world.box.teams.chat(person) for person in world.box.directory]
    answers = [message.view for chat in chats for message in chat if message.view]
    return [str(card["fallbackText"]) for card in answers if not form_open(card)]


@dataclass(frozen=True)
class Claims:
    """Which places some story of this run has failed at, whichever worker plays it."""

    folder: Path

    def take(self, place: Place) -> bool:
        """Whether nobody had it before."""
        name = hashlib.sha256(repr(place).encode()).hexdigest()
        try:
            (self.folder / name).touch(exist_ok=False)
        except FileExistsError:
            return False
        return True


@pytest.fixture(scope="session")
def claims(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Claims:
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "places"
    folder.mkdir(exist_ok=True)
    return Claims(folder)


@pytest.mark.large
@pytest.mark.parametrize(
    ("story", "crm"), IN_EACH, ids=[f"{story.name} {crm}".strip() for story, crm in IN_EACH]
)
async def test_whatever_fails_it_ends_the_same(
    story: Story, crm: str, database: str, claims: Claims
) -> None:
    """Each place once: where a job is in many stories, one of them, another with each seed, fails
    at its third statement.
    """
    async with theatre(database, crm=crm) as (world, way):
        act = await story.tell(world)
        scene = await stage(world, way)
        played = await scene.undisturbed(act)
        assert story.verbs <= {act.verb} if isinstance(act, Click | Dialog) else not story.verbs
        assert story.jobs <= played.jobs
        opened = isinstance(act, Click) and act.verb == "open"  # where it was clicked, nowhere else
        assert opened or stale(world) == [], "another device, or a reload, shows what is no more"
        assert await scene.play(act, None, played) == [], "it ends the same when nothing fails"

        failures = played.failures()
        if THOROUGH:
            failures = [one for one in failures if claims.take(played.place(one))]
        else:
            failures = random.Random(f"{SEED} {story.name}").sample(
                failures, min(FAILURES, len(failures))
            )
        found = {failure: await scene.play(act, failure, played) for failure in failures}

    wrong = [
        f"{failure.told(played)}: {other}" for failure, others in found.items() for other in others
    ]
    if wrong:
        pytest.fail("\n".join(wrong))


# What ended otherwise for one of them once, by the words of the statement that fails.
FOUND: dict[str, list[tuple[str, Cut]]] = {
    # A rep who declined is invited anew by one change, and nothing but that.
    "a_brief_is_mended_and_goes_back": [("update handoff set meeting", Cut.BEFORE)],
    # A rep who lost the invitation gets one copy of it.
    "a_rep_who_lost_the_invitation_is_invited_again": [
        ("update handoff set meeting", Cut.BEFORE),
    ],
    # Whoever asked who is free gets one card with it.
    "a_manager_looks_who_is_free": [("update handoff set stand_ins", Cut.AFTER)],
    # Whom Teams does not reach gets one mail: of what is decided once, and of what went out once.
    "a_lead_is_ended_and_the_meeting_cancelled": [
        ("update delivery set failed_at", Cut.AFTER),
        ("update delivery set mailed_at", Cut.BEFORE),
    ],
    # And no mail of an introduction, which is one, however late Teams says so.
    "who_blocked_baton_is_told_by_mail": [
        ("update delivery set failed_at", Cut.BEFORE),
        ("update delivery set mailed_at", Cut.BEFORE),
    ],
}


@pytest.mark.parametrize("tell", FOUND)
async def test_what_ended_otherwise_once_ends_the_same(tell: str, database: str) -> None:
    [story] = [one for one in STORIES if one.name == tell]
    async with theatre(database) as (world, way):
        act = await story.tell(world)
        scene = await stage(world, way)
        played = await scene.undisturbed(act)
        for words, how in FOUND[tell]:
            n = next(n for n, one in enumerate(played.statements) if words in one.text)
            if how is Cut.AFTER:  # it is kept, and nobody hears so
                n = next(n for n in count(n) if played.statements[n].commits)
            assert await scene.play(act, Failure(how, n + 1), played) == [], words


async def test_what_teams_took_and_was_kept_does_not_come_again(database: str) -> None:
    """A reminder, and what is answered to a word: kept, and then the connection is lost."""
    for tell in ("a_rep_is_reminded", "something_is_said"):
        [story] = [one for one in STORIES if one.name == tell]
        async with theatre(database) as (world, way):
            act = await story.tell(world)
            scene = await stage(world, way)
            played = await scene.undisturbed(act)
            assert played.posted
            for place in played.posted:
                kept = next(n for n in count(place) if played.statements[n].commits)
                assert await scene.play(act, Failure(Cut.AFTER, kept + 1), played) == []
