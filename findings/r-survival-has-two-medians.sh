#!/usr/bin/env bash
# Tool and version: R 4.2.2 with survival 3.5-3.
# Behaviour: for one fit the printed table and `quantile()` can have different medians: events at 1
#   and 2 and two censored at 3 and 4 leave the curve at one half to its end. With events at 1, 2,
#   3 and 4 both take the middle between the second and the third.
# Output seen: censored: table 2, quantile 3; not censored: table 2.5, quantile 2.5.
# Why it matters: a comparison of the package's medians (2 in both cases) with R has to say which
#   of R's two it means. Neither gives the first time at which the curve is at most one half twice.
# Needs: Rscript with the package survival (Debian 12: r-base-core and r-cran-survival).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat >check.R <<'R'
library(survival)
stopifnot(
  "needs R 4.2.2" = paste(R.version$major, R.version$minor, sep = ".") == "4.2.2",
  "needs survival 3.5-3" = packageVersion("survival") == "3.5.3"
)
medians <- function(event) {
  fit <- survfit(Surv(1:4, event) ~ 1)
  unname(c(summary(fit)$table["median"], quantile(fit, 0.5)$quantile))
}
seen <- list(censored = medians(c(1, 1, 0, 0)), complete = medians(c(1, 1, 1, 1)))
expected <- list(censored = c(2, 3), complete = c(2.5, 2.5))
cat("seen:", deparse(seen), "\n")
if (!identical(seen, expected)) stop("changed; expected: ", deparse(expected))
R
Rscript check.R
