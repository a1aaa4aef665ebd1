-- What waits about one meeting is done in the order in which it was decided, also beside jobs that
-- a newer release puts into the queue with an urgency of their own.
update procrastinate_jobs set priority = 20
where status in ('todo', 'doing') and lock like 'outlook %';
