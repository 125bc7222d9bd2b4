"""What happens to a loan, as records of a kind with values by field name (data/kinds)."""
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

from loans import time_text


@dataclass(slots=True)
class Original:
    """A file that belongs to an event; draw(path, *about) makes it. signed_at: when the bank's seal
    was put to it, None: it has none."""
    name: str
    draw: object
    about: tuple
    signed_at: object = None


@dataclass(slots=True)
class Event:
    kind: str
    at: datetime
    number: str
    values: dict  # field name: text, or an Original


@dataclass
class Diary:
    """A loan's events. Numbers are unique over the loans of a part."""
    part: int
    loan_number: int
    contract_no: str
    end: datetime  # nothing happens later
    events: list = field(default_factory=list)

    def add(self, kind, at, values):
        """The event, or None where it lies after the end."""
        if at > self.end:
            return None
        at = at.replace(microsecond=0)
        number = (f"{kind.split('.')[1][0].upper()}{at:%Y%m%d}{self.part:03d}"
                  f"{self.loan_number:06d}{len(self.events) + 1:04d}")
        values = {"contract_no": self.contract_no, "occurred_at": time_text(at), **values}
        self.events.append(Event(kind, at, number, values))
        return self.events[-1]


def at_office(rng, day, first=9, last=17):
    """Some time of the day between the hours."""
    return (datetime.combine(day, time(first))
            + timedelta(seconds=rng.randrange((last - first) * 3600)))
