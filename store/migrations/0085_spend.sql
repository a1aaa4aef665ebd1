-- What each campaign has cost in each month, as a list says.

create table spend (
    campaign text not null references campaign (code_key),
    month date not null check (extract(day from month) = 1),
    minor bigint not null check (minor >= 0),   -- minor units
    currency text not null,
    changed_at timestamptz not null,
    primary key (campaign, month)
);
