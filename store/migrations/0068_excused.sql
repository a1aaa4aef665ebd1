-- Who was excused is found without reading all that was ever promised: whom Teams does not reach is looked at by managers.
create index commitment_excused on commitment (who) where ending = 'excused' or excused_at is not null and ended_at is null;
