-- Whoever is in a pool reads which of its leads passed them, and why. While the index is made, no lead is given.
create index routing_record_pool on routing_record (pool, n) where kind = 'turn';
