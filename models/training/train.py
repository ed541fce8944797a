"""Trains the behaviour classifiers, exports them to ONNX and writes their model cards. Run it through train.sh."""

import argparse
import hashlib
import pathlib
import re

import numpy as np
import onnx
import torch
from torch import nn
from torch.nn import functional

from int8_simulation import compare_with_int8
from model_card import write_model_card

SEED = 20
BATCH = 1024
LABEL_SMOOTHING = 0.1
VALIDATION_SHARE = 0.1
# The last part of the training sees the weights as INT8 will have them.
QUANTIZED_SHARE = 0.4

MODELS = {
    "behavior-classifier": {"widths": [12, 64, 32, 6], "epochs": 24, "rate": 5e-3},
    "behavior-classifier-large": {"widths": [12, 176, 192, 64, 6], "epochs": 10, "rate": 3e-3},
}


def names(path, macro):
    """The first argument of each entry of an X-macro list."""
    return re.findall(rf"^{macro}\((\w+)", path.read_text(), re.MULTILINE)


def load(folder, split):
    features = np.fromfile(folder / f"{split}-features.f32", "<f4").reshape(-1, 12)
    labels = np.fromfile(folder / f"{split}-labels.u8", "u1").astype(np.int64)
    return torch.from_numpy(features), torch.from_numpy(labels)


def on_int8_grid(weight):
    """The weight rounded to symmetric INT8 with one scale per output channel; its gradient passes through."""
    scale = weight.detach().abs().amax(1, keepdim=True) / 127
    return weight + (torch.round(weight.detach() / scale) * scale - weight.detach())


class Classifier(nn.Module):
    """Gemm, Relu, Gemm, Relu, …, Gemm; logits."""

    def __init__(self, widths):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in zip(widths, widths[1:]))
        self.quantized_weights = False

    def forward(self, x):
        for i, layer in enumerate(self.layers):
            weight = on_int8_grid(layer.weight) if self.quantized_weights else layer.weight
            x = functional.linear(x, weight, layer.bias)
            if i + 1 < len(self.layers):
                x = functional.relu(x)
        return x


class WithSoftmax(nn.Module):
    def __init__(self, classifier):
        super().__init__()
        self.classifier = classifier

    def forward(self, x):
        return functional.softmax(self.classifier(x), dim=-1)


def train(model, features, labels, epochs, rate):
    steps = epochs * len(features) // BATCH
    optimizer = torch.optim.Adam(model.parameters(), rate)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, steps)
    generator = torch.Generator().manual_seed(SEED)
    for step in range(steps):
        model.quantized_weights = step >= steps * (1 - QUANTIZED_SHARE)
        rows = torch.randint(len(features), (BATCH,), generator=generator)
        loss = functional.cross_entropy(model(features[rows]), labels[rows], label_smoothing=LABEL_SMOOTHING)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        if step % 500 == 0:
            print(f"  step {step} of {steps}: loss {loss.item():.4f}", flush=True)
    model.quantized_weights = False
    with torch.no_grad():
        for layer in model.layers:
            layer.weight.copy_(on_int8_grid(layer.weight))


def calibrate(model, features, labels):
    """Folds the temperature with the least cross entropy on held-out data into the last layer (Guo et al. 2017)."""
    with torch.no_grad():
        logits = model(features)
        temperatures = np.geomspace(0.2, 2, 200)
        losses = [functional.cross_entropy(logits / t, labels).item() for t in temperatures]
        temperature = float(temperatures[int(np.argmin(losses))])
        model.layers[-1].weight.div_(temperature)
        model.layers[-1].bias.div_(temperature)
    return temperature


def export(model, path, classes, feature_names):
    torch.onnx.export(
        WithSoftmax(model).eval(),
        torch.zeros(1, 12),
        path,
        input_names=["features"],
        output_names=["probabilities"],
        dynamic_axes={"features": {0: "batch"}, "probabilities": {0: "batch"}},
        opset_version=13,
    )
    exported = onnx.load(path)
    onnx.helper.set_model_props(exported, {"classes": ",".join(classes), "features": ",".join(feature_names)})
    onnx.checker.check_model(exported)
    onnx.save(exported, path)
    return exported


def expected_calibration_error(confidence, right, bins=15):
    """Mean distance of confidence and accuracy over bins of confidence, weighted by their counts."""
    bin_of = np.minimum((confidence * bins).astype(int), bins - 1)
    return sum(
        abs(confidence[bin_of == b].mean() - right[bin_of == b].mean()) * (bin_of == b).mean()
        for b in range(bins)
        if (bin_of == b).any()
    )


def evaluate(layers, features, labels, classes):
    """Figures of the model on unseen trajectories; INT8 on the first 6000 of them and on all."""
    fp32, int8 = compare_with_int8(layers, features)
    predicted = fp32.argmax(1)
    confusion = np.zeros((len(classes), len(classes)), int)
    np.add.at(confusion, (labels, predicted), 1)
    recall = confusion.diagonal() / confusion.sum(1)
    precision = confusion.diagonal() / np.maximum(confusion.sum(0), 1)
    uncertain = classes.index("uncertain")
    cosine = (fp32 * int8).sum(1) / np.linalg.norm(fp32, axis=1) / np.linalg.norm(int8, axis=1)
    differs = predicted != int8.argmax(1)
    return {
        "confusion": confusion,
        "recall": recall,
        "precision": precision,
        "clear_macro_accuracy": np.delete(recall, uncertain).mean(),
        "macro_accuracy": recall.mean(),
        "ece": expected_calibration_error(fp32.max(1), predicted == labels),
        "ece_uncertain": expected_calibration_error(fp32[:, uncertain], labels == uncertain),
        "int8_macro_accuracy": np.mean([(int8.argmax(1)[labels == c] == c).mean() for c in range(len(classes))]),
        "disagreement_6000": differs[:6000].mean(),
        "disagreement": differs.mean(),
        "cosine_mean": cosine.mean(),
        "cosine_worst": cosine.min(),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("--data", "--lists", "--out"):
        parser.add_argument(name, type=pathlib.Path, required=True)
    arguments = parser.parse_args()
    torch.set_num_threads(1)  # these models are too small to share; it also keeps every sum in one order
    torch.use_deterministic_algorithms(True)

    classes = names(arguments.lists / "behavior_classes.inc", "ALICE_BEHAVIOR_CLASS")
    feature_names = names(arguments.lists / "features.inc", "ALICE_BEHAVIOR_FEATURE")
    assert len(classes) == 6 and len(feature_names) == 12
    generator_version = re.search(
        r'kGeneratorVersion = "(.+)"', (arguments.lists / "trajectory_generator.h").read_text()
    ).group(1)
    features, labels = load(arguments.data, "train")
    unseen_features, unseen_labels = load(arguments.data, "test")
    held_out = int(len(features) * VALIDATION_SHARE)

    for name, settings in MODELS.items():
        print(name, flush=True)
        torch.manual_seed(SEED)
        model = Classifier(settings["widths"])
        train(model, features[held_out:], labels[held_out:], settings["epochs"], settings["rate"])
        temperature = calibrate(model, features[:held_out], labels[:held_out])
        path = arguments.out / f"{name}.onnx"
        export(model, path, classes, feature_names)
        layers = [(layer.weight.detach().numpy(), layer.bias.detach().numpy()) for layer in model.layers]
        figures = evaluate(layers, unseen_features.numpy(), unseen_labels.numpy(), classes)
        write_model_card(
            path.with_suffix(".md"),
            name=name,
            classes=classes,
            widths=settings["widths"],
            parameters=sum(p.numel() for p in model.parameters()),
            onnx_bytes=path.stat().st_size,
            sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
            generator_version=generator_version,
            train_count=len(features) - held_out,
            validation_count=held_out,
            test_count=len(unseen_features),
            epochs=settings["epochs"],
            rate=settings["rate"],
            batch=BATCH,
            label_smoothing=LABEL_SMOOTHING,
            quantized_share=QUANTIZED_SHARE,
            seed=SEED,
            temperature=temperature,
            figures=figures,
        )
        print(
            f"  clear classes {figures['clear_macro_accuracy']:.4f}, all {figures['macro_accuracy']:.4f}, "
            f"ECE {figures['ece']:.4f}, INT8 disagrees on {figures['disagreement_6000']:.4%} of 6000 and "
            f"{figures['disagreement']:.4%} of all, cosine {figures['cosine_mean']:.6f}\n{figures['confusion']}",
            flush=True,
        )


if __name__ == "__main__":
    main()
