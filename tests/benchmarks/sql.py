"""The measures as queries of DuckDB, each doing the same work as ours."""

# What every measure counts, with the end of a flight where it is known and times in microseconds.
_BEGUN = """
begun AS (
  SELECT *, epoch_us(launch_net) AS launch, epoch_us(retrieved_at) AS now,
    CASE WHEN mission_end >= launch_net THEN epoch_us(mission_end) END AS ended
  FROM flights WHERE NOT is_planned AND NOT is_placeholder AND config_type_id <> 5)"""

# What follows each flight; a period after an end at midnight lasts a day at least.
_PERIODS = f"""
WITH {_BEGUN},
followed AS (
  SELECT *, is_latest AND status_id = 1 AND NOT in_space AS waits,
    lead(flight_number) OVER craft = flight_number + 1 AS is_next,
    lead(flight_id) OVER craft AS next_id, lead(launch) OVER craft AS next_launch
  FROM begun WINDOW craft AS (PARTITION BY spacecraft_id ORDER BY flight_number)),
measured AS (
  SELECT *, CASE WHEN waits THEN now WHEN is_next THEN next_launch END - ended AS length
  FROM followed),
periods AS (
  SELECT *, coalesce(
    length >= CASE WHEN ended % 86400000000 = 0 THEN 86400000000 ELSE 0 END, false) AS counted
  FROM measured)"""

# The product-limit curve of each family and of all, with its log-log band.
_CURVE = f"""{_PERIODS},
grouped AS (
  SELECT family, length, grouping(family) AS is_all,
    count(*) FILTER (NOT is_latest) AS returned, count(*) FILTER (is_latest) AS censored
  FROM periods WHERE counted GROUP BY GROUPING SETS ((family, length), (length))),
at_risk AS (
  SELECT *, sum(returned + censored) OVER (
    PARTITION BY is_all, family ORDER BY length DESC ROWS UNBOUNDED PRECEDING) AS n
  FROM grouped),
terms AS (
  SELECT *, sum(CASE WHEN n > returned THEN ln((n - returned) / n) ELSE '-inf'::DOUBLE END)
      OVER upwards AS log_s,
    sum(CASE WHEN n > returned THEN returned / (n * (n - returned)) END) OVER upwards AS variance
  FROM at_risk WINDOW upwards AS (
    PARTITION BY is_all, family ORDER BY length ROWS UNBOUNDED PRECEDING)),
curve AS (
  SELECT *, length / 86400000000 AS days, exp(log_s) AS s,
    CASE WHEN log_s < 0 AND isfinite(log_s) THEN exp(log_s * exp(1.959963984540054 *
      sqrt(variance) / -log_s)) END AS low,
    CASE WHEN log_s < 0 AND isfinite(log_s) THEN exp(log_s * exp(-1.959963984540054 *
      sqrt(variance) / -log_s)) END AS high
  FROM terms)"""

TURNAROUNDS = f"""{_PERIODS}
SELECT spacecraft_id, spacecraft_name, family, flight_id, flight_number, mission_end,
  CASE WHEN is_next THEN next_id END AS next_flight_id,
  CASE WHEN is_next THEN make_timestamptz(next_launch) END AS next_launch_net,
  length AS turnaround, NOT is_latest AS observed
FROM periods WHERE counted ORDER BY spacecraft_id, flight_number"""

SURVIVAL = f"""{_CURVE}
SELECT CASE WHEN is_all THEN 'all' ELSE family END AS family, days, n AS at_risk, returned,
  censored, s AS still_waiting_fraction, low AS low_fraction, high AS high_fraction
FROM curve ORDER BY is_all, family, length"""

TURNAROUND = f"""{_CURVE},
medians AS (
  SELECT is_all, family, min(days) FILTER (s <= 0.5 + 1e-12) AS km_median_days,
    min(days) FILTER (low <= 0.5 + 1e-12) AS km_low_days,
    min(days) FILTER (high <= 0.5 + 1e-12) AS km_high_days
  FROM curve GROUP BY ALL),
summary AS (
  SELECT family, grouping(family) AS is_all,
    quantile_cont(length / 86400000000, [0, 0.5, 0.9]) FILTER (counted AND NOT is_latest) AS q,
    count(*) FILTER (counted AND NOT is_latest) AS turnaround_count,
    count(*) FILTER (counted AND is_latest) AS censored_count,
    count(DISTINCT spacecraft_id) AS craft_count, count(*) AS flights_count,
    count(*) FILTER (is_latest AND NOT waits AND NOT in_space) AS not_waiting_count,
    count(*) FILTER ((waits OR NOT is_latest) AND NOT counted) AS left_out_count
  FROM periods GROUP BY GROUPING SETS ((family), ()))
SELECT CASE WHEN is_all THEN 'all' ELSE family END AS family, q[1] AS fastest_days,
  q[2] AS median_days, q[3] AS p90_days, km_median_days, km_low_days, km_high_days,
  turnaround_count, censored_count, craft_count, flights_count, not_waiting_count, left_out_count
FROM summary LEFT JOIN medians USING (is_all, family)
ORDER BY is_all, family"""
