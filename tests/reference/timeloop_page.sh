#!/bin/sh
# docs/timeloop-differences.md ends in the table that reference_check makes; after a change:
#     reference_check timeloop ../shared/reference/timeloop --table
set -eu
check=$1 cases=$2 page=$3
[ -d "$cases" ] || { echo "skipped: there is no $cases"; exit 77; }
made=$("$check" timeloop "$cases" --table)
held=$(grep -A1000 '^| case |' "$page")
[ "$made" = "$held" ] || { echo "$page does not hold this table:"; echo "$made"; exit 1; }
