#!/bin/sh
# Includes point one way: every folder of src may include itself, the public header, and the folders
# named here (ARCHITECTURE.md draws the same). The program sees the library through its public header.
set -eu
cd "$1"

allowed() {
    case $1 in
    base) ;;
    schedule) echo base ;;
    workload) echo base ;;
    arch) echo base workload ;;
    mapping) echo base workload arch ;;
    input) echo base workload arch mapping ;;
    cost | oracle) echo base workload arch mapping ;;
    space) echo base workload arch mapping cost ;;
    search) echo base schedule workload arch mapping cost space ;;
    neurospector | tiled) echo base schedule workload arch mapping input cost space search ;;
    network) echo base schedule workload arch mapping input oracle cost space search neurospector tiled ;;
    report) echo base schedule workload arch mapping input cost space search neurospector tiled network ;;
    cli) ;;
    *) return 1 ;;
    esac
}

bad=0
for path in src/*/; do
    folder=$(basename "$path")
    if ! list=$(allowed "$folder"); then
        echo "src/$folder: not in the order of layers: add it to tests/project/includes.sh"
        bad=1
        continue
    fi
    pattern=$(echo "$folder $list tilewright" | sed 's/ /\/|/g')
    if grep -rnE '^#include "' "$path" --include='*.[ch]' | grep -vE "#include \"(\.\./)?($pattern/)"; then
        echo "src/$folder may include only: $folder $list and the public header"
        bad=1
    fi
done
exit $bad
