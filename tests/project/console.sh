#!/bin/sh
# console.sh PAGE PROGRAM: runs every `$ command` of the page's console blocks, in one scratch folder and in
# order, and compares what it prints with what the page shows. `./run` is the program, with the main job when
# it has no arguments, as in the script of that name. Seconds may differ; a line `...` stands for any lines.
set -eu
page=$1
program=$2
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir "$scratch/bin" "$scratch/work"
ln -s "$program" "$scratch/bin/tilewright"
cat >"$scratch/work/run" <<'RUN'
#!/bin/sh
[ $# -gt 0 ] || set -- map eyeriss resnet50
exec tilewright "$@"
RUN
chmod +x "$scratch/work/run"
export PATH="$scratch/bin:$PATH" LC_ALL=C.UTF-8 # the bars of charts are drawn with block characters
cd "$scratch/work"

# One file a command: the command, then the output that the page shows.
awk -v out="$scratch/case" '
    /^```console$/ { inside = 1; next }
    /^```$/ { inside = 0; next }
    inside && /^\$ / { number++; print substr($0, 3) > (out number); next }
    inside && number { print > (out number) }
' "$page"
[ -e "$scratch/case1" ] || { echo "$page has no console block"; exit 1; }

normal() {
    sed -E 's/[0-9]+(\.[0-9]+)? (s|ms)\b/T s/g; s/ +$//' "$1"
}

bad=0
number=1
while [ -e "$scratch/case$number" ]; do
    file=$scratch/case$number
    command=$(head -n 1 "$file")
    tail -n +2 "$file" >"$scratch/shown"
    normal "$scratch/shown" >"$scratch/expected"
    if ! sh -c "$command" >"$scratch/printed" 2>"$scratch/errors" </dev/null; then
        echo "$page: failed: $command"
        cat "$scratch/errors"
        bad=1
    fi
    normal "$scratch/printed" >"$scratch/actual"
    if grep -qx '\.\.\.' "$scratch/expected"; then
        before=$(grep -nx '\.\.\.' "$scratch/expected" | head -n 1 | cut -d: -f1)
        after=$(($(wc -l <"$scratch/expected") - before))
        { head -n $((before - 1)) "$scratch/actual"; echo ...; tail -n "$after" "$scratch/actual"; } \
            >"$scratch/cut"
        mv "$scratch/cut" "$scratch/actual"
    fi
    if ! diff "$scratch/expected" "$scratch/actual" >"$scratch/diff"; then
        echo "$page: other output than shown: $command"
        cat "$scratch/diff"
        bad=1
    fi
    number=$((number + 1))
done
exit $bad
