\set a random(1, 1990000)
\set b random(1, 1990000)
\set c random(1, 1990000)
UPDATE pgbench_accounts SET abalance = abalance + 1 WHERE aid BETWEEN :a AND :a + 20 OR aid BETWEEN :b AND :b + 20 OR aid BETWEEN :c AND :c + 20;
INSERT INTO pgbench_history (tid, bid, aid, delta, mtime) SELECT 1, 1, :a + i, i, CURRENT_TIMESTAMP FROM generate_series(1, 20) i;
