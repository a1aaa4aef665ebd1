-- Until the meeting begins both sides may change their mind.

-- Who asked for the other times of a meeting: its rep, to propose one; its qualifier, to move it; or "prospect".
alter table handoff add column others_for text;

create table pass (                                                        -- what lets a prospect change their meeting
    handoff    uuid primary key references handoff on delete cascade,
    id         uuid not null,                                              -- another one for another address
    key        int not null,                                               -- which signs it: it reads the same each time
    expires_at timestamptz not null
);
