"""The mail to whom Teams does not reach: all in one, and nothing that people wrote acts."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

from cards.fallback_mail import MailItem, write_fallback_mail, write_pledge_mail
from cards.view import View
from handoff.policy import Policy, Promise
from tests.handoff.conftest import PEOPLE, Story


def test_everything_is_in_one_mail_and_only_answers_have_links(policy_in_force: Policy) -> None:
    story = Story(policy_in_force).offered()
    lead = replace(story.handoff.lead, company="<a href='https://evil.example'>Contoso</a>")
    other = replace(story.handoff, id=uuid4(), lead=lead)
    view = View(case=story.case, viewer=PEOPLE["rita"], at=story.at)
    answer = replace(story.owed(Promise.ANSWER), undelivered="has blocked <b>Baton</b>")
    asked = MailItem(
        view=view,
        promise=answer,
        address="https://baton.example/m/signed",
        until=story.at + timedelta(days=1),
    )
    second = MailItem(
        view=replace(view, case=replace(story.case, handoff=other)),
        promise=replace(answer, what=Promise.OUTCOME),
    )

    letter = write_fallback_mail([asked, second])

    assert letter.subject == "Answer the meeting: Contoso Logistics, and 1 more"
    assert letter.html.count("<a href=") == 2
    assert 'href="https://baton.example/m/signed/accept"' in letter.html
    assert 'href="https://baton.example/m/signed/send-back"' in letter.html
    assert "evil.example&#x27;&gt;Contoso" in letter.html
    assert "&lt;b&gt;Baton" in letter.html
    later = replace(answer, due_at=answer.due_at + timedelta(hours=1))
    assert "(first due Mon 14:00)" in write_fallback_mail([replace(asked, promise=later)]).html
    pledged = write_pledge_mail(PEOPLE["mara"], [replace(later, what=Promise.JUDGE)], story.at)
    assert " time) (first due Mon 14:00), in Teams" in pledged.html
    alone = write_fallback_mail([second]).html
    assert "<a href" not in alone
    assert "works once" not in alone
