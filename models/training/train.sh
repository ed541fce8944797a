#!/bin/sh
# Makes everything in models/ again: builds the data-set tool, generates the data, trains, exports and evaluates both models.
# Needs cmake, ninja, clang++ and a Python with torch, onnx and numpy (on Debian 12: python3-torch python3-onnx).
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
build=$root/build/training
cmake -S "$root" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DALICE_TESTS=OFF \
  -DCMAKE_CXX_COMPILER="${CXX:-clang++-19}" > /dev/null
cmake --build "$build" --target behavior_dataset -j 2
tool=$build/tools/native/behavior_dataset
mkdir -p "$build/data"
"$tool" features --split train --count 120000 --seed 1 --out "$build/data"
"$tool" features --split test --count 60000 --seed 2 --out "$build/data"
exec "${PYTHON:-/usr/bin/python3}" "$root/models/training/train.py" --data "$build/data" --lists "$root/src/behavior" \
  --out "$root/models"
