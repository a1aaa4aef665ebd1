-- The main job: people, leads, handoffs and what they owe.

create table policy (
    version int generated always as identity primary key,
    digest  text not null,
    text    text not null,
    since   timestamptz not null
);

create table person (
    id          text primary key,                              -- Entra object id
    n           bigint generated always as identity unique,    -- what the exclusion constraint counts in
    name        text not null,
    mail        text not null,
    zone        text not null,
    days        smallint[] not null,
    day_start   time not null,
    day_end     time not null,
    holidays    date[] not null,
    away        tstzmultirange not null,
    managers    text[] not null,
    roles       text[] not null,
    pools       text[] not null,
    unreachable text,
    dark        text,
    present     boolean not null default true,                 -- false once no longer named by the policy
    synced_at   timestamptz not null
);
create index person_mail on person (lower(mail));

create table conversation (
    person      text primary key,                              -- may write before the directory knows them
    reference   jsonb not null,                                -- Bot Framework's conversation reference
    welcomed_at timestamptz
);

create table heard (                                           -- activities dealt with: Teams may repeat one
    activity text primary key,
    at       timestamptz not null default now()
);

create table lead (
    id               uuid primary key,
    company          text not null,
    contact_name     text not null,
    contact_email    text not null,
    contact_zone     text not null,
    needs            text not null,
    pains            text not null,
    current_solution text not null,
    request          text not null,
    value            text not null,
    campaign         text not null
);

create table handoff (
    id              uuid primary key,
    number          bigint generated always as identity unique,
    lead            uuid not null references lead,
    qualifier       text not null references person,
    owner           text not null references person,           -- an open lead always has one
    rep             text references person,
    policy          int not null references policy,
    state           text not null check (state in ('qualified', 'booking', 'offered', 'proposed', 'accepting',
                                                   'accepted', 'following', 'sent_back', 'ended')),
    search          jsonb,
    meeting         tstzrange,
    organizer_event text,
    rep_event       text,
    uid             text,
    join_url        text,
    obstacles       jsonb not null,
    moving          boolean not null,
    response        text,
    response_at     timestamptz,
    proposal        tstzrange,
    others          timestamptz[],
    may_propose     boolean not null,
    stand_ins       text[],
    reason          text,
    note            text not null,
    trouble         text,
    outcome         text,
    check ((state = 'ended') = (outcome is not null)),
    check (state in ('qualified', 'sent_back', 'ended') or (rep is not null and meeting is not null))
);
create index handoff_rep_event on handoff (rep_event) where state <> 'ended';
create index handoff_organizer_event on handoff (organizer_event) where state <> 'ended';
create index handoff_open on handoff (state) where state <> 'ended';

create table commitment (
    handoff         uuid not null references handoff,
    n               int not null,
    what            text not null,
    who             text not null references person,
    made_at         timestamptz not null,
    due_at          timestamptz not null,
    hours           interval,
    brought_forward boolean not null,
    alarms          jsonb not null,
    rings_at        timestamptz,                               -- the first of the alarms; the sweep looks here
    reached         text,
    about           int,
    said_at         timestamptz,
    kind            text,
    not_before      timestamptz,
    minutes         int,
    span            tstzrange,
    event           text,
    ended_at        timestamptz,
    ending          text,
    primary key (handoff, n),
    check ((ended_at is null) = (ending is null)),
    check (ended_at is null or rings_at is null)
);
create index commitment_rings on commitment (rings_at) where rings_at is not null;
create index commitment_open on commitment (who) where ended_at is null;
create index commitment_event on commitment (event) where event is not null and ended_at is null;

-- No rep is anywhere twice. Ranges of one number stand in for equality, which would need an extension.
create table reservation (
    handoff uuid not null references handoff,
    rep     bigint not null references person (n),
    during  tstzrange not null,
    constraint nobody_is_booked_twice
        exclude using gist (int8range(rep, rep, '[]') with &&, during with &&)
);
create index reservation_handoff on reservation (handoff);

create table entry (
    n       bigint generated always as identity primary key,
    handoff uuid not null references handoff,
    at      timestamptz not null,
    by      text not null,
    what    text not null,
    rule    text not null,
    detail  jsonb not null
);
create index entry_handoff on entry (handoff, n);
create index entry_chosen on entry ((detail ->> 'to'), at) where what in ('booked', 'given', 'reassigned');

create table card (                                            -- the one live card of a person on a handoff
    handoff    uuid not null references handoff,
    person     text not null,
    activity   text,                                           -- its id in the conversation; null until posted
    held_until timestamptz,                                    -- waits for the person's working hours
    primary key (handoff, person)
);
create index card_held on card (held_until) where held_until is not null;

create table subscription (
    mailbox      text primary key,                             -- Entra object id
    id           text unique,
    client_state text not null,
    expires_at   timestamptz,
    delta        text,                                         -- Graph's link to what changed since
    delta_until  timestamptz,                                  -- end of the window that the link covers
    polled_at    timestamptz
);

create table sent (                                            -- what the limits of Teams are counted on
    conversation text not null,
    at           timestamptz not null
);
create index sent_conversation on sent (conversation, at desc);
create table pace (
    single  boolean primary key default true check (single),
    next_at timestamptz not null
);
insert into pace (next_at) values (now());

create table beat (                                            -- who last did what is done again and again
    what text primary key,
    at   timestamptz not null
);

-- A worker takes a job only if none with its lock comes before it. Procrastinate's own index begins
-- with the id, so that looking for a lock among many waiting jobs reads all of them.
create index procrastinate_jobs_waiting on procrastinate_jobs (lock, priority desc, id)
    where status in ('todo', 'doing') and lock is not null;
