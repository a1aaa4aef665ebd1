"""The file from which a Playground learns whose Teams it is.

A Playground that does not like its file ends without a word, so everything that it asks for is
asked for here: https://aka.ms/teams-app-test-tool-config/0.1.1/config.schema.json
"""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from sandbox.company import Directory, Person
from sandbox.teams.chats import Chats

FILE = ".m365agentsplayground.yml"  # JSON is YAML, too
OTHERS = 5  # exactly so many other people have to be in it
_STRICT = ConfigDict(extra="forbid", frozen=True)

Short = Annotated[str, Field(min_length=1, max_length=256)]
Words = Annotated[str, Field(min_length=1)]


class Bot(BaseModel):
    model_config = _STRICT

    id: Words
    name: Annotated[str, Field(min_length=1, max_length=42)]


class User(BaseModel):
    model_config = _STRICT

    id: Words
    name: Short
    userPrincipleName: Words  # noqa: N815  # Microsoft's spelling
    aadObjectId: Words  # noqa: N815
    givenName: Short  # noqa: N815
    surname: Short
    email: Words


class Chat(BaseModel):
    model_config = _STRICT

    id: Words


class Named(BaseModel):
    model_config = _STRICT

    id: Words
    name: Short


class Team(BaseModel):
    model_config = _STRICT

    id: Words
    name: Short
    aadGroupId: Words  # noqa: N815
    channels: Annotated[list[Named], Field(max_length=1)]


class Config(BaseModel):
    model_config = _STRICT

    version: str = "0.1.1"
    tenantId: Words  # noqa: N815
    bot: Bot
    currentUser: User  # noqa: N815
    users: Annotated[list[User], Field(min_length=OTHERS, max_length=OTHERS)]
    personalChat: Chat  # noqa: N815
    groupChat: Named  # noqa: N815
    team: Team

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        people = [self.currentUser.id, *(user.id for user in self.users)]
        places = [self.personalChat.id, self.groupChat.id, self.team.id]
        places += [channel.id for channel in self.team.channels]
        if len(set(people)) < len(people) or len(set(places)) < len(places):
            raise ValueError("every person and every conversation needs an id of its own")
        return self


def config(person: Person, directory: Directory, chats: Chats, *, tenant: str) -> Config:
    """The person's own Teams: a chat with the bot, and five colleagues. In a company with fewer,
    nobodies make up the number.
    """
    others = [_user(other, chats) for other in directory if other.id != person.id][:OTHERS]
    others += [_nobody(number) for number in range(len(others), OTHERS)]
    return Config(
        tenantId=tenant,
        bot=Bot(**chats.bot),
        currentUser=_user(person, chats),
        users=others,
        personalChat=Chat(id=chats.chat(person).conversation),
        groupChat=Named(id="group", name="Group chat"),
        team=Team(id="team", name="Team", aadGroupId="team", channels=[]),
    )


def _user(person: Person, chats: Chats) -> User:
    return User(
        id=chats.chat(person).member,
        name=person.name,
        userPrincipleName=person.upn,
        aadObjectId=person.id,
        givenName=person.given,
        surname=person.surname,
        email=person.mail,
    )


def _nobody(number: int) -> User:
    return User(
        id=f"29:nobody-{number}",
        name=f"Nobody {number}",
        userPrincipleName=f"nobody{number}@nowhere.example",
        aadObjectId=f"nobody-{number}",
        givenName="Nobody",
        surname=str(number),
        email=f"nobody{number}@nowhere.example",
    )
