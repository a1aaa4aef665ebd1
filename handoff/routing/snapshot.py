"""Who could take a lead when, as Outlook said when it was asked. Kept until a time is chosen."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The answer of the last look at a pool's calendars."""

    pool: str
    rule: str = ""  # name of the rule that chose the pool; empty when a person did
    rule_first: tuple[str, ...] = ()  # who goes before whoever is next
    starts: Mapping[datetime, tuple[str, ...]] = field(default_factory=dict)  # who is free then
    # What is in whose way then: the kind alone, for a calendar's subjects are its owner's.
    busy: Mapping[datetime, Mapping[str, str]] = field(default_factory=dict)
    first: Mapping[str, datetime | None] = field(default_factory=dict)
    dark: tuple[str, ...] = ()
    passed: tuple[Mapping[str, Any], ...] = ()  # pools in which nobody could, as they were asked
    until: datetime | None = None  # how far ahead was looked
    held_until: datetime | None = None  # for the next free rep
    looks_at: datetime | None = None  # when to look again

    def free_at(self, start: datetime) -> frozenset[str]:
        return frozenset(self.starts.get(start, ()))

    def busy_at(self, start: datetime) -> Mapping[str, str]:
        return self.busy.get(start, {})

    def to_json(self) -> dict[str, Any]:
        return {
            "pool": self.pool,
            "rule": self.rule,
            "rule_first": list(self.rule_first),
            "starts": {start.isoformat(): list(free) for start, free in self.starts.items()},
            "busy": {start.isoformat(): dict(why) for start, why in self.busy.items()},
            "first": {rep: at.isoformat() if at else None for rep, at in self.first.items()},
            "dark": list(self.dark),
            "passed": list(self.passed),
            "until": self.until.isoformat() if self.until else None,
        }

    @classmethod
    def read(
        cls, json: Mapping[str, Any], *, held_until: datetime | None, looks_at: datetime | None
    ) -> Self:
        moment = datetime.fromisoformat
        return cls(
            pool=json["pool"],
            rule=json["rule"],
            rule_first=tuple(json["rule_first"]),
            starts={moment(start): tuple(free) for start, free in json["starts"].items()},
            busy={moment(start): why for start, why in json.get("busy", {}).items()},
            first={rep: moment(at) if at else None for rep, at in json["first"].items()},
            dark=tuple(json["dark"]),
            passed=tuple(json.get("passed", ())),
            until=moment(json["until"]) if json["until"] else None,
            held_until=held_until,
            looks_at=looks_at,
        )
