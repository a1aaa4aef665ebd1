-- What a lead is worth a year, as an amount. What was written before stays beside it, for versions
-- that read that; where it is no amount for certain it is all that is known, and the doctor names it.
alter table lead add column worth bigint;                                -- in the currency's minor units
alter table lead add column worth_currency text;                         -- ISO 4217 code
alter table lead add column worth_unclear boolean not null default false;  -- looked at, and unclear
alter table lead add check ((worth is null) = (worth_currency is null)) not valid;
create index lead_to_read on lead (id) where value <> '' and worth is null and not worth_unclear;
create index lead_unclear on lead (id) where worth_unclear;

-- A version before writes the text alone. Then the amount beside it is of what stood there before.
create function lead_written_anew() returns trigger language plpgsql as $$
begin
    new.worth := null;
    new.worth_currency := null;
    new.worth_unclear := false;
    return new;
end $$;
create trigger lead_written_anew before update of value on lead for each row
    when (new.value is distinct from old.value and new.worth is not distinct from old.worth
          and new.worth_currency is not distinct from old.worth_currency
          and new.worth_unclear is not distinct from old.worth_unclear)
    execute function lead_written_anew();
