-- To which address each mail in somebody's name goes. One that went out, or may have, went to the address that the lead
-- was next corrected from; what was withdrawn before that goes nowhere.
update handoff set letters = (
    select jsonb_agg(
        (one - 'withdrawn') || jsonb_build_object('to', coalesce(
            (select entry.detail ->> 'was_contact_email' from entry
                where entry.handoff = handoff.id and entry.what in ('fixed', 'mended')
                    and entry.detail ? 'was_contact_email'
                    and entry.at > coalesce(one ->> 'sent_at', one ->> 'tried_at')::timestamptz
                order by entry.at limit 1),
            case when coalesce((one ->> 'withdrawn')::boolean, false) then '' end,
            (select contact_email from lead where lead.id = handoff.lead), ''))
        order by nr)
    from jsonb_array_elements(letters) with ordinality as every (one, nr))
where letters <> '[]';
-- Which of several introductions a rep answered: the last that had gone out by then.
update handoff set letters = (
    select jsonb_agg(
        case when (one ->> 'n')::int = answered.n
            then one || jsonb_build_object('answered_at', answered.at)
            else one
        end
        order by nr)
    from jsonb_array_elements(letters) with ordinality as every (one, nr))
from (
    select distinct on (h.id) h.id, (one ->> 'n')::int as n,
        to_char(coalesce(c.said_at, c.ended_at) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"') as at
    from handoff h
    join commitment c on c.handoff = h.id and c.who = h.rep and c.what = 'reply' and c.ending in ('kept', 'late')
    cross join jsonb_array_elements(h.letters) one
    where one ->> 'what' = 'introduction' and one ->> 'rep' = h.rep
        and (one ->> 'sent_at')::timestamptz <= coalesce(c.said_at, c.ended_at)
    order by h.id, c.n desc, (one ->> 'sent_at')::timestamptz desc
) answered
where handoff.id = answered.id;
