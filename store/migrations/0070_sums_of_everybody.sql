-- Facts added up by day and region, whoever's team they are of: what everybody reads of the whole.
create table day_total (                                       -- as day_sum, and with it
    day    date not null,                                      -- UTC
    region text not null,
    what   text not null,
    code   text not null,
    reason text not null,
    count  int not null
);
insert into day_total select day, region, what, code, reason, sum(count)::int from day_sum
    where team is not null group by day, region, what, code, reason having sum(count) <> 0;
create index day_total_day on day_total (day);
