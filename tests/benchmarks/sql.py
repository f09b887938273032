"""The measures as queries of DuckDB, each doing the same work: same rows, columns and order.

Times are microseconds, as DuckDB reads the durations in Parquet.
"""

DAY = 86_400_000_000

_COUNTED = "NOT is_placeholder AND config_type_id <> 5"
_BEGUN = f"""
begun AS (
  SELECT *, epoch_us(launch_net) AS launch, epoch_us(retrieved_at) AS now,
    CASE WHEN mission_end >= launch_net THEN epoch_us(mission_end) END AS ended
  FROM flights WHERE NOT is_planned AND {_COUNTED})"""

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
  SELECT *, coalesce(length >= CASE WHEN ended % {DAY} = 0 THEN {DAY} ELSE 0 END, false) AS counted
  FROM measured)"""

# The product-limit curve of each family and of all, with its log-log band.
_CURVE = f"""{_PERIODS},
lengths AS (
  SELECT family, length, grouping(family) AS is_all,
    count(*) FILTER (NOT is_latest) AS returned, count(*) FILTER (is_latest) AS censored
  FROM periods WHERE counted GROUP BY GROUPING SETS ((family, length), (length))),
risks AS (
  SELECT *, sum(returned + censored) OVER (
    PARTITION BY is_all, family ORDER BY length DESC ROWS UNBOUNDED PRECEDING) AS at_risk
  FROM lengths),
sums AS (
  SELECT *, sum(CASE WHEN at_risk > returned THEN ln((at_risk - returned) / at_risk)
      ELSE '-inf'::DOUBLE END) OVER upwards AS log_s,
    sum(CASE WHEN at_risk > returned THEN returned / (at_risk * (at_risk - returned)) END)
      OVER upwards AS variance
  FROM risks WINDOW upwards AS (
    PARTITION BY is_all, family ORDER BY length ROWS UNBOUNDED PRECEDING)),
widths AS (
  SELECT *, CASE WHEN log_s < 0 AND isfinite(log_s)
    THEN exp(1.959963984540054 * sqrt(variance) / -log_s) END AS width
  FROM sums),
curve AS (
  SELECT is_all, CASE WHEN is_all THEN 'all' ELSE family END AS family, length / {DAY} AS days,
    at_risk::BIGINT AS at_risk, returned, censored, exp(log_s) AS still_waiting_fraction,
    exp(log_s * width) AS low_fraction, exp(log_s / width) AS high_fraction
  FROM widths)"""

# Each event within its flight, without what earlier ones of the same owner cover.
_SPANS = """
spans AS (
  SELECT *, epoch_us(CASE WHEN docking IS NOT NULL THEN greatest(docking, launch_net) END) AS start,
    epoch_us(CASE WHEN is_open OR departure IS NOT NULL THEN least(
      CASE WHEN is_open THEN retrieved_at ELSE departure END,
      CASE WHEN mission_end >= launch_net THEN mission_end END, latest) END) AS until
  FROM events),
reaches AS (
  SELECT *, max(until) FILTER (start < until) OVER (
    PARTITION BY {owner} ORDER BY start, until, docking_id
    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS reach
  FROM spans),
once AS (
  SELECT *, CASE WHEN start < until AND coalesce(reach < until, true)
    THEN greatest(start, reach) END AS later
  FROM reaches)"""

_LISTED = """
listed AS (
  SELECT spacecraft_id, sum(docked) AS listed, bool_or(is_open) AS still_docked,
    max(departure) AS last_departure, max(retrieved_at) AS events_at
  FROM dockings WHERE coalesce(docking <= retrieved_at, true) GROUP BY spacecraft_id)"""
_TOLERANCE = """60000000 + CASE WHEN still_docked OR last_departure > retrieved_at
    THEN abs(epoch_us(events_at) - epoch_us(retrieved_at)) ELSE 0 END"""

# The craft with their service life.
_CRAFT = f"""{_BEGUN},
careers AS (
  SELECT spacecraft_id, count(*) AS listed_flights, max(ended) FILTER (is_latest) AS last_end,
    CASE WHEN count(launch) = count(*) THEN min(launch) END AS first_launch
  FROM begun GROUP BY spacecraft_id),
lives AS (
  SELECT s.*, listed_flights, flights_count > 0 AS flown,
    status_id = 1 AND NOT in_space AND last_end IS NOT NULL AS waits,
    CASE WHEN waits OR in_space THEN epoch_us(retrieved_at) ELSE last_end END - first_launch AS life
  FROM spacecraft s LEFT JOIN careers USING (spacecraft_id) WHERE {_COUNTED}),
craft AS (
  SELECT *, flights_count >= 2 OR (flown AND waits) AS eligible,
    eligible AND coalesce(time_in_space > 0 AND time_in_space <= life
      AND listed_flights >= flights_count, false) AS serving
  FROM lives)"""

_BY_SUMS = f"""
WITH {_CRAFT},
used AS (SELECT *, time_docked AS docked FROM craft)"""

_BY_EVENTS = f"""
WITH {_CRAFT},
events AS (
  SELECT d.*, c.retrieved_at AS latest FROM dockings d
  JOIN (SELECT spacecraft_id, retrieved_at FROM craft) c USING (spacecraft_id)
  WHERE coalesce(docking <= d.retrieved_at, true)),
{_SPANS.format(owner="spacecraft_id")},
{_LISTED},
unions AS (
  SELECT spacecraft_id, sum(until - later) AS covered, count(*) AS event_count
  FROM once GROUP BY spacecraft_id),
used AS (
  SELECT craft.*, event_count, CASE WHEN abs(time_docked - coalesce(listed, 0)) <= {_TOLERANCE}
    THEN coalesce(covered, 0) END AS docked
  FROM craft LEFT JOIN unions USING (spacecraft_id) LEFT JOIN listed USING (spacecraft_id))"""

_USED = """,
rated AS (
  SELECT *, flown AND coalesce(time_in_space > 0 AND docked BETWEEN 0 AND time_in_space, false)
    AS docking
  FROM used)
SELECT CASE WHEN grouping(family) THEN 'all' ELSE family END AS family,
  sum(time_in_space) FILTER (serving) / sum(life) FILTER (serving) AS in_space_fraction,
  sum(docked) FILTER (docking) / sum(time_in_space) FILTER (docking) AS docked_fraction,
  sum(flights_count) / nullif(count(*) FILTER (flown), 0) AS flights_per_craft,
  sum(time_in_space) / 86400000000 AS time_in_space_days,
  sum(time_docked) / 86400000000 AS time_docked_days,
  count(*) FILTER (in_space) AS in_space_now_count, count(*) AS craft_count,
  count(*) FILTER (flown) AS flown_count, sum(flights_count)::BIGINT AS flights_count,
  sum(life) FILTER (serving) / 86400000000 AS service_days,
  count(*) FILTER (serving) AS in_space_craft_count,
  count(*) FILTER (eligible AND NOT serving) AS in_space_left_out_count, {days}
  count(*) FILTER (docking) AS docked_craft_count,
  count(*) FILTER (flown AND NOT docking) AS docked_left_out_count {events}
FROM rated GROUP BY GROUPING SETS ((family), ()) ORDER BY grouping(family), family"""
_DAYS = "sum(docked) FILTER (docking) / 86400000000 AS docked_event_days,"
_EVENTS = ", coalesce(sum(event_count) FILTER (docking), 0)::BIGINT AS docked_event_count"

# How much of each year spans fill, by counting those that begin and end.
_YEARS = """
changes AS (
  SELECT grp, date_trunc('year', make_timestamptz(instant)) AS period, sum(sign) AS change,
    sum(sign * (instant - epoch_us(date_trunc('year', make_timestamptz(instant))))) AS late
  FROM (SELECT grp, start AS instant, 1 AS sign FROM stays WHERE start + until IS NOT NULL
    UNION ALL SELECT grp, until, -1 FROM stays WHERE start + until IS NOT NULL)
  GROUP BY ALL),
years AS (
  SELECT period, coalesce(lead(period) OVER (ORDER BY period), last) AS period_end
  FROM (SELECT unnest(generate_series(date_trunc('year', first), last, INTERVAL 1 YEAR)) AS period,
    last FROM (SELECT make_timestamptz(min(begin)) AS first, max(retrieved_at) AS last FROM grid))
  WHERE period < last),
filled AS (
  SELECT period, period_end, grp, epoch_us(period_end) - epoch_us(period) AS length,
    sum(coalesce(change, 0)) OVER (PARTITION BY grp ORDER BY period) * length
      - coalesce(late, 0) AS time
  FROM years CROSS JOIN (SELECT DISTINCT grp FROM grid) LEFT JOIN changes USING (grp, period))
SELECT period AS period_start, period_end, grp AS {by}, time / 86400000000 AS {days},
  time / length AS {average}
FROM filled ORDER BY period, grp"""

_ARRIVALS = f"""
WITH {_BEGUN}, {_LISTED},
first_dockings AS (
  SELECT flight_id,
    min(docking) FILTER (possible) AS first_docking,
    arg_min(target_name, (docking, docking_id)) FILTER (possible) AS target
  FROM (SELECT d.*, epoch_us(docking) > launch AND coalesce(epoch_us(docking) <= ended, true)
      AS possible FROM dockings d JOIN begun USING (flight_id))
  WHERE coalesce(docking <= retrieved_at, true) GROUP BY flight_id),
arrivals AS (
  SELECT b.*, first_docking, target, epoch_us(first_docking) - launch AS took,
    coalesce(spacecraft_time_docked - coalesce(listed, 0) > {_TOLERANCE}, false) AS incomplete,
    CASE WHEN incomplete OR (f.flight_id IS NOT NULL AND first_docking IS NULL) THEN 'left out'
      WHEN f.flight_id IS NOT NULL THEN 'docked'
      WHEN spacecraft_time_docked IS NULL THEN 'unknown' ELSE 'never docked' END AS outcome
  FROM begun b LEFT JOIN first_dockings f USING (flight_id) LEFT JOIN listed USING (spacecraft_id))
"""

QUERIES = {
    "turnarounds": f"""{_PERIODS}
SELECT spacecraft_id, spacecraft_name, family, flight_id, flight_number, mission_end,
  CASE WHEN is_next THEN next_id END AS next_flight_id,
  CASE WHEN is_next THEN make_timestamptz(next_launch) END AS next_launch_net,
  length AS turnaround, NOT is_latest AS observed
FROM periods WHERE counted ORDER BY spacecraft_id, flight_number""",
    "turnaround_by_family": f"""{_CURVE},
medians AS (
  SELECT is_all, family, min(days) FILTER (still_waiting_fraction <= 0.5 + 1e-12) AS km_median_days,
    min(days) FILTER (low_fraction <= 0.5 + 1e-12) AS km_low_days,
    min(days) FILTER (high_fraction <= 0.5 + 1e-12) AS km_high_days
  FROM curve GROUP BY ALL),
summary AS (
  SELECT CASE WHEN grouping(family) THEN 'all' ELSE family END AS family,
    grouping(family) AS is_all,
    quantile_cont(length / {DAY}, [0, 0.5, 0.9]) FILTER (counted AND NOT is_latest) AS quantiles,
    count(*) FILTER (counted AND NOT is_latest) AS turnaround_count,
    count(*) FILTER (counted AND is_latest) AS censored_count,
    count(DISTINCT spacecraft_id) AS craft_count, count(*) AS flights_count,
    count(*) FILTER (is_latest AND NOT waits AND NOT in_space) AS not_waiting_count,
    count(*) FILTER ((waits OR NOT is_latest) AND NOT counted) AS left_out_count
  FROM periods GROUP BY GROUPING SETS ((family), ()))
SELECT family, quantiles[1] AS fastest_days, quantiles[2] AS median_days, quantiles[3] AS p90_days,
  km_median_days, km_low_days, km_high_days, turnaround_count, censored_count, craft_count,
  flights_count, not_waiting_count, left_out_count
FROM summary LEFT JOIN medians USING (is_all, family) ORDER BY is_all, family""",
    "turnaround_survival": f"""{_CURVE}
SELECT * EXCLUDE is_all FROM curve ORDER BY is_all, family, days""",
    "utilisation_by_family": _BY_SUMS + _USED.format(days="", events=""),
    "utilisation_by_family with dockings": _BY_EVENTS + _USED.format(days=_DAYS, events=_EVENTS),
    "in_orbit": f"""
WITH {_BEGUN},
grid AS (SELECT family AS grp, launch AS begin, retrieved_at FROM begun),
stays AS (
  SELECT family AS grp, launch AS start,
    CASE WHEN is_open OR ended > now THEN now ELSE ended END AS until
  FROM begun),
{_YEARS.format(by="family", days="craft_days", average="average_in_orbit")}""",
    "times_to_dock": f"""{_ARRIVALS}
SELECT spacecraft_id, spacecraft_name, family, flight_id, launch_net, first_docking AS docking,
  target AS target_name, took AS time_to_dock
FROM arrivals WHERE outcome = 'docked' ORDER BY spacecraft_id, launch_net, flight_id""",
    "time_to_dock_by_family": f"""{_ARRIVALS},
summary AS (
  SELECT CASE WHEN grouping(family) THEN 'all' ELSE family END AS family,
    grouping(family) AS is_all,
    quantile_cont(took / 3600000000, [0, 0.5, 0.9]) FILTER (outcome = 'docked') AS quantiles,
    count(*) FILTER (outcome = 'docked') AS docked_flight_count,
    count(*) FILTER (outcome = 'never docked') AS never_docked_count,
    count(*) FILTER (outcome = 'unknown') AS unknown_count,
    count(*) FILTER (outcome = 'left out') AS left_out_count, count(*) AS flights_count
  FROM arrivals GROUP BY GROUPING SETS ((family), ()))
SELECT family, quantiles[1] AS fastest_hours, quantiles[2] AS median_hours,
  quantiles[3] AS p90_hours, docked_flight_count, never_docked_count, unknown_count,
  left_out_count, flights_count
FROM summary ORDER BY is_all, family""",
    "station_occupancy": f"""
WITH events AS (
  SELECT *, retrieved_at AS latest FROM dockings
  WHERE coalesce(docking <= retrieved_at, true) AND {_COUNTED} AND target_kind = 'station'
    AND flight_id IS NOT NULL),
{_SPANS.format(owner="flight_id, target_id")},
grid AS (SELECT target_name AS grp, start AS begin, retrieved_at FROM spans),
stays AS (SELECT target_name AS grp, later AS start, until FROM once),
{_YEARS.format(by="target_name", days="docked_days", average="average_docked")}""",
    "outcomes_by_family": f"""
WITH {_BEGUN},
counts AS (
  SELECT CASE WHEN grouping(family) THEN 'all' ELSE family END AS family,
    grouping(family) AS is_all, count(*) FILTER (launch_status_id = 3) AS success_count,
    count(*) FILTER (launch_status_id = 7) AS partial_failure_count,
    count(*) FILTER (launch_status_id = 4) AS failure_count, count(*) AS flights_count,
    count(*) FILTER (landing_attempt AND landing_success) AS landed,
    count(*) FILTER (landing_attempt AND landing_success IS NOT NULL) AS landing_attempt_count,
    count(*) FILTER ((landing_attempt IS NULL OR (landing_attempt AND landing_success IS NULL))
      AND NOT is_open) AS landing_unknown_count
  FROM begun GROUP BY GROUPING SETS ((family), ())),
shares AS (
  SELECT *, success_count + partial_failure_count + failure_count AS n,
    1.959963984540054 ** 2 AS square, success_count / nullif(n, 0) AS share,
    (share + square / (2 * n)) / (1 + square / n) AS middle,
    sqrt((share * (1 - share) / n + square / (4 * n * n)) * square) / (1 + square / n) AS spread
  FROM counts)
SELECT family, share AS launch_success_fraction,
  CASE WHEN n > 0 THEN CASE WHEN success_count = 0 THEN 0 ELSE middle - spread END END
    AS low_fraction,
  CASE WHEN n > 0 THEN CASE WHEN success_count = n THEN 1 ELSE middle + spread END END
    AS high_fraction,
  success_count, partial_failure_count, failure_count, flights_count - n AS unknown_count,
  flights_count, landed / nullif(landing_attempt_count, 0) AS landing_success_fraction,
  landing_attempt_count, landing_unknown_count
FROM shares ORDER BY is_all, family""",
    "coverage": f"""
WITH models AS (FROM configurations WHERE type_id <> 5),
listed AS (
  SELECT CASE WHEN grouping(c.name) THEN 'all' ELSE c.name END AS config_name,
    grouping(c.name) AS is_all, count(*) AS flights_count,
    count(DISTINCT spacecraft_id) AS craft_count,
    count(*) FILTER (NOT is_open AND coalesce(mission_end < launch_net, true))
      AS unknown_end_count
  FROM flights f LEFT JOIN models c USING (config_id)
  WHERE NOT is_planned AND {_COUNTED} GROUP BY GROUPING SETS ((c.name), ())),
counted AS (
  SELECT CASE WHEN grouping(name) THEN 'all' ELSE name END AS config_name,
    sum(total_launch_count)::BIGINT AS total_launch_count,
    sum(spacecraft_flown)::BIGINT AS spacecraft_flown
  FROM models GROUP BY GROUPING SETS ((name), ()))
SELECT config_name, coalesce(flights_count, 0) AS flights_count, total_launch_count,
  coalesce(craft_count, 0) AS craft_count, spacecraft_flown,
  coalesce(unknown_end_count, 0) AS unknown_end_count
FROM counted FULL JOIN listed USING (config_name) ORDER BY config_name = 'all', config_name""",
}
