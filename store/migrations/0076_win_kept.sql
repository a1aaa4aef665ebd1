-- What is told of a win is looked at again for a while: it may turn out to be none, or to be one after all.
create index win_kept on win (told_at);
