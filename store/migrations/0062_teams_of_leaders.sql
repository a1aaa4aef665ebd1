-- What whoever leads was told again or reminded of, for the team they lead, was counted in that of
-- their manager, and in none where nobody leads them; so was all else of whoever nobody leads. It
-- counts no more there and anew in their own, from now on: reports that were sent stay as they were.
with wrong as (
    select f.* from fact f
    where f.team <> f.who and (
        f.team = '' and exists (
            select from person p
            where p.id = f.who and p.managers = '{}' and p.roles && '{manager,leader}')
        or f.what in ('chased', 'reminded') and exists (
            select from entry e
            where e.handoff = f.handoff and e.at = f.at and e.what = f.code
                and e.detail ->> 'to' = f.who and e.detail ->> 'promise' in ('decide', 'judge')))
), counted as (
    insert into fact (handoff, pledge, n, sign, what, code, reason, at, known_at, who, rep, qualifier,
        team, pool, region, segment, stage, campaign, worth, currency, policy, took, took_working,
        late, late_working)
    select handoff, pledge, n, sign * times, what, code, reason, at, now(), who, rep, qualifier,
        case times when 1 then who else team end, pool, region, segment, stage, campaign, worth,
        currency, policy, took, took_working, late, late_working
    from wrong cross join (values (-1), (1)) as both_of_them (times)
    order by id, times
)
insert into dirty_day select distinct (at at time zone 'utc')::date from wrong;
