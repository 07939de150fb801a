#!/bin/sh
# install.sh SOURCE BUILD CC [FLAGS]: installs into a scratch prefix, moves it, and uses it as a stranger
# would: the program with its data, and an example compiled against what pkg-config says, shared and static.
set -eu
source=$1
build=$2
cc=$3
flags=${4:-}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
unset TILEWRIGHT_DATA

cmake --install "$build" --prefix "$scratch/first" >"$scratch/log" || { cat "$scratch/log"; exit 1; }
prefix=$scratch/moved
mv "$scratch/first" "$prefix"
cd "$scratch"

# A built-in that only the installation has shows which data is used.
cp "$prefix/share/tilewright/accelerators/eyeriss.yaml" \
    "$prefix/share/tilewright/accelerators/only-installed.yaml"
"$prefix/bin/tilewright" show only-installed >shown
grep -q . shown

export PKG_CONFIG_PATH
PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name tilewright.pc)")
libdir=$(pkg-config --variable=libdir tilewright)
for example in "$source"/examples/*.c; do
    # shellcheck disable=SC2046,SC2086
    "$cc" -std=c17 $flags "$example" -o shared_example $(pkg-config --cflags --libs tilewright)
    # shellcheck disable=SC2046,SC2086
    "$cc" -std=c17 $flags "$example" -o static_example $(pkg-config --cflags tilewright) \
        "$libdir/libtilewright.a" $(pkg-config --static --libs-only-l tilewright | sed 's/-ltilewright//')
    LD_LIBRARY_PATH=$libdir ./shared_example >shared_out
    ./static_example >static_out
done

# What the shared library shows to the linker is the public interface.
nm -D --defined-only "$libdir/libtilewright.so" | awk '$2 ~ /[TDBR]/ { print $3 }' >symbols
if grep -v '^tw_' symbols || ! grep -q '^tw_map$' symbols; then
    echo "libtilewright.so exports other names than its own"
    exit 1
fi
while read -r symbol; do
    grep -qw "$symbol" "$source/include/tilewright/tilewright.h" ||
        { echo "libtilewright.so exports $symbol, which is not in the public header"; exit 1; }
done <symbols
