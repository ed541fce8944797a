"""Writes the model card of a behaviour classifier."""


def table(header, rows):
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    return "\n".join(lines + ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows])


def write_model_card(path, *, name, classes, widths, figures, **facts):
    metrics = table(
        ["figure", "value"],
        [
            ["macro accuracy, five clear classes", f"{figures['clear_macro_accuracy']:.2%}"],
            ["macro accuracy, all six classes", f"{figures['macro_accuracy']:.2%}"],
            ["macro accuracy, all six classes, INT8", f"{figures['int8_macro_accuracy']:.2%}"],
            ["expected calibration error (15 bins), top class", f"{figures['ece']:.4f}"],
            ["expected calibration error (15 bins), `uncertain`", f"{figures['ece_uncertain']:.4f}"],
            ["INT8 against FP32: top-1 disagreement, first 6000", f"{figures['disagreement_6000']:.3%}"],
            ["INT8 against FP32: top-1 disagreement, all", f"{figures['disagreement']:.3%}"],
            ["INT8 against FP32: mean cosine of the probabilities", f"{figures['cosine_mean']:.6f}"],
            ["INT8 against FP32: worst cosine", f"{figures['cosine_worst']:.4f}"],
        ],
    )
    by_class = table(
        ["class", "recall", "precision"],
        [[f"`{c}`", f"{r:.2%}", f"{p:.2%}"] for c, r, p in zip(classes, figures["recall"], figures["precision"])],
    )
    confusion = table(
        ["true \\ predicted", *(f"`{c}`" for c in classes)],
        [[f"`{c}`", *row] for c, row in zip(classes, figures["confusion"])],
    )
    layers = " → ".join(str(width) for width in widths)
    path.write_text(
        f"""# {name}

Names what a hand is doing with a pointer, from the 12 features of its last one to two seconds. Written by
`models/training/train.py`; the figures are those of the run that made the file beside it.

- **File:** `{name}.onnx`, {facts['onnx_bytes']} bytes, SHA-256 `{facts['sha256']}`
- **Graph:** {layers}, {facts['parameters']} parameters: Gemm and Relu in turn, Softmax at the end. ONNX operator set 13.
- **Input:** `features`, float32 [batch, 12], each in [0, 1]; their names are in the metadata key `features`
  (`src/behavior/features12.h` defines them).
- **Output:** `probabilities`, float32 [batch, 6]; the classes are in the metadata key `classes`.
- **Licence:** Apache-2.0, as the rest of the project.

## Intended use

To react to the mood of a visitor (offer help, slow down, stay out of the way) inside the visitor's own browser, and to show and
test the quantization engine. It is not for identifying people, for judging them, or for decisions that matter to them.

## Data

Synthetic alone: trajectories of the generator in `src/behavior/trajectory_generator.h`, version {facts['generator_version']},
classes balanced. Nobody's movements were recorded.

- training: {facts['train_count']} trajectories, parameter split `train`, base seed 1; {facts['validation_count']} more of them held out for the temperature
- test: {facts['test_count']} trajectories, parameter split `test`, base seed 2: other seeds, other bands of every main parameter and other
  screens than in training

## Training

Adam with a one-cycle rate up to {facts['rate']}, {facts['epochs']} epochs, batches of {facts['batch']}, label smoothing {facts['label_smoothing']}, seed {facts['seed']}.
The last {facts['quantized_share']:.0%} of the steps see the weights rounded to symmetric INT8 per output channel (straight-through gradient), and the
file holds those rounded weights: INT8 weights lose nothing against it, so that INT8 and FP32 differ by the activations alone. A temperature
of {facts['temperature']:.3f}, fitted on held-out data, is folded into the last layer.

To make it again: `models/training/train.sh`. The same versions of PyTorch and of the C library give the same file.

## Figures on unseen parameters

INT8 here is a simulation in numpy of the engine's dynamic scheme (u8 activations per tensor, s8 weights per channel, one row a call).

{metrics}

{by_class}

{confusion}

## Limits

- `uncertain` is a mixture of the other classes, or hardly a movement: where a blend is mostly one class, no answer is right, and its recall
  is the lowest by construction.
- A single rushed movement without a stop is hard to tell from an aimed one: `urgent_rush` and `precision_snipe` are confused most often.
- It has seen mouse-like sampling of 60–125 Hz (faster devices are thinned by `FeatureWindow`), screens of 820–3440 px and pixel ratios of 1–3.
  Trackpads, touch with inertia, assistive devices and motor impairments are not in the data; people with tremor may well be misread.
- All zeros (no movement) is in the data as `uncertain`.
- The generator's ranges and the training settings were chosen with figures of this same test set in view (its seed and bands, before the
  final run): it is unseen by the weights, not by the design. Synthetic figures say nothing about people until they are measured.
"""
    )
