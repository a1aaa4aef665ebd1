-- To which address each mail in somebody's name goes. Of an introduction before the newest of its rep, that is the
-- address that the lead was corrected from; what was withdrawn goes nowhere.
update handoff set letters = (
    select jsonb_agg(
        (one - 'withdrawn') || jsonb_build_object('to', case
            when coalesce((one ->> 'withdrawn')::boolean, false) then ''
            when one ->> 'what' = 'introduction' and exists (
                select from jsonb_array_elements(letters) later
                where later ->> 'what' = 'introduction' and later ->> 'rep' = one ->> 'rep'
                    and (later ->> 'n')::int > (one ->> 'n')::int
                    and not coalesce((later ->> 'withdrawn')::boolean, false))
            then coalesce((
                select deed ->> 'was' from jsonb_array_elements(deeds) deed
                where deed ->> 'what' = 'address' order by deed ->> 'at' desc limit 1), '')
            else coalesce((select contact_email from lead where lead.id = handoff.lead), '')
        end)
        order by nr)
    from jsonb_array_elements(letters) with ordinality as every (one, nr))
where letters <> '[]';
