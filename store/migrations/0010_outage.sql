-- How long no sweep ran is told by the database's own clock: the app's may be moved, in a trial.
alter table beat add column real_at timestamptz not null default now();
