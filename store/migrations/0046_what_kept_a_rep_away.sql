-- That a rep could not be there is counted; what kept them away is not.

insert into dirty_day select distinct (at at time zone 'UTC')::date from fact where reason like 'own:%';
update fact set reason = 'own' where reason like 'own:%';
