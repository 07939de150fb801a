#!/bin/sh
# Pages do not rot: every relative link of a Markdown page leads to a file or folder of the tree, and
# every `tw_symbol` that a page names stands in the sources.
set -eu
cd "$1"
bad=0

check_links() {
    grep -oE '\]\([^)]+\)' "$1" | sed -E 's/^\]\(//; s/\)$//; s/#.*//' | while read -r target; do
        case $target in
        "" | http://* | https://*) ;;
        *) [ -e "$(dirname "$1")/$target" ] || echo "$1: link to $target, which does not exist" ;;
        esac
    done
}

check_symbols() {
    grep -oE '`tw_[a-z0-9_]+' "$1" | tr -d '\140' | sort -u | while read -r symbol; do
        grep -rqw -- "$symbol" src include tests CMakeLists.txt || echo "$1: no $symbol in the sources"
    done
}

for page in $(find . -name '*.md' -not -path './build*' -not -path './.git/*' | sort); do
    found=$(check_links "$page" && check_symbols "$page")
    if [ -n "$found" ]; then
        echo "$found"
        bad=1
    fi
done
exit $bad
