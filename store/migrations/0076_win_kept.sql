-- What is told of a win is looked at again for a while: it may turn out to be none, or to be one after all.
-- Who believes that it is won.
update win set told = '{}' where not stands;
create index win_kept on win (told_at);
