"""NannyML's answers to the cases of nannyml_test.cpp. Prints JSON.

Only the estimators are wanted. What NannyML imports for plots, usage statistics and tuning is not installed; modules of
that name without content stand in for it, and the package's own __init__ (which imports all of it) is not run.
"""

import importlib.abc
import importlib.machinery
import importlib.metadata
import importlib.util
import json
import logging
import os
import sys
import types
import warnings

os.environ["NML_DISABLE_USAGE_LOGGING"] = "1"
ABSENT = {"dotenv", "flaml", "matplotlib", "plotly", "rich", "seaborn", "segment", "statsmodels"}


class StandIn(types.ModuleType):
    __path__ = []

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (), {})


class StandIns(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, fullname, path, target=None):
        if fullname.split(".")[0] in ABSENT:
            return importlib.machinery.ModuleSpec(fullname, self, is_package=True)
        return None

    def create_module(self, spec):
        return StandIn(spec.name)

    def exec_module(self, module):
        pass


sys.meta_path.insert(0, StandIns())
root = importlib.util.find_spec("nannyml").submodule_search_locations[0]
for name in ("nannyml", "nannyml.performance_estimation"):
    package = types.ModuleType(name)
    package.__path__ = [os.path.join(root, *name.split(".")[1:])]
    package.__version__ = importlib.metadata.version("nannyml")
    sys.modules[name] = package

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
from nannyml import calibration  # noqa: E402
from nannyml._typing import ProblemType  # noqa: E402
from nannyml.chunk import DefaultChunker  # noqa: E402
from nannyml.performance_estimation.confidence_based import metrics as cbpe  # noqa: E402
from nannyml.performance_estimation.direct_loss_estimation import metrics as dle  # noqa: E402
from nannyml.thresholds import ConstantThreshold  # noqa: E402

warnings.filterwarnings("ignore")
logging.disable(logging.CRITICAL)
METRICS = ["accuracy", "precision", "recall", "f1", "roc_auc"]
LOSSES = ["mae", "mse", "rmse"]


def number(value):
    value = float(value)
    return value if np.isfinite(value) else None


def isotonic(case):
    fitted = calibration.IsotonicCalibrator()
    fitted.fit(np.array(case["x"]), np.array(case["y"]))
    probability = np.array(case["x"])
    edges = calibration._get_bin_index_edges(len(probability), 10)
    return {
        "at": list(map(number, fitted.calibrate(np.array(case["at"])))),
        "error": number(
            calibration._calculate_expected_calibration_error(np.array(case["y"]), np.array(case["distinct"]), edges)
        ),
    }


def binary(case):
    score, probability = np.array(case["score"]), np.array(case["probability"])
    said = (score > 0.5).astype(int)
    return {
        "accuracy": number(cbpe.estimate_accuracy(said, probability)),
        "precision": number(cbpe.estimate_precision(said, probability)),
        "recall": number(cbpe.estimate_recall(said, probability)),
        "f1": number(cbpe.estimate_f1(said, probability)),
        "roc_auc": number(cbpe.estimate_roc_auc(probability, score)),
        "confusion": [
            number(np.sum(np.where(said == s, probability if t == 1 else 1 - probability, 0))) for s in (0, 1) for t in (0, 1)
        ],
    }


def frame(scores, probabilities):
    scores, classes = np.array(scores), [f"c{k}" for k in range(len(scores[0]))]
    data = pd.DataFrame({f"p_{c}": np.array(probabilities)[:, k] for k, c in enumerate(classes)})
    for k, c in enumerate(classes):
        data[f"uncalibrated_p_{c}"] = scores[:, k]
    data["said"] = [classes[k] for k in np.argmax(scores, axis=1)]
    return data, {c: f"p_{c}" for c in classes}


def multiclass(case):
    data, columns = frame(case["score"], case["probability"])
    answers = {}
    for metric in METRICS:
        made = cbpe.MetricFactory.create(
            metric,
            ProblemType.CLASSIFICATION_MULTICLASS,
            y_pred_proba=columns,
            y_pred="said",
            y_true="truth",
            chunker=DefaultChunker(),
            threshold=ConstantThreshold(lower=0),
        )
        made.classes = list(columns)
        made.class_probability_columns = list(columns.values())
        made.class_uncalibrated_y_pred_proba_columns = ["uncalibrated_" + c for c in columns.values()]
        answers[metric] = number(made._estimate(data))
    return answers


class Given:
    """A nuisance model whose answers are known."""

    def __init__(self, answers):
        self.answers = np.array(answers)

    def predict(self, X):
        return self.answers


def loss_metric(name):
    return dle.MetricFactory.create(
        name,
        ProblemType.REGRESSION,
        feature_column_names=["a", "b"],
        y_true="truth",
        y_pred="said",
        chunker=DefaultChunker(),
        tune_hyperparameters=False,
        hyperparameter_tuning_config={},
        hyperparameters=None,
        threshold=ConstantThreshold(lower=0),
    )


def losses(case):
    data = pd.DataFrame({"a": case["losses"], "b": case["losses"], "said": case["losses"]})
    answers = {}
    for name in LOSSES:
        metric = loss_metric(name)
        metric._dee_model = Given(case["losses"])
        answers[name] = number(metric._estimate(data))
    return answers


def chosen(reference, seed):
    """Whether CBPE's fit() decides to calibrate. NannyML itself fixes the seed of its random splits at 42."""
    splits = calibration.StratifiedShuffleSplit
    calibration.StratifiedShuffleSplit = lambda **given: splits(**{**given, "random_state": seed})
    try:
        return bool(
            calibration.needs_calibration(reference["truth"], reference["p"], calibration.IsotonicCalibrator())
        )
    finally:
        calibration.StratifiedShuffleSplit = splits


def whole_cbpe(case):
    """What CBPE's fit() and estimate() do to one chunk, without the thresholds of alerts and the table around it. Where
    it decides otherwise about calibration than `calibrated` of the case: what it would have said, and after how many
    other seeds of its splits one decides as the case does (None: none of 500)."""
    reference = pd.DataFrame({"p": case["reference"]["score"], "truth": case["reference"]["truth"]})
    current = pd.DataFrame({"p": case["current"]["score"]})
    for rows in (reference, current):
        rows["said"] = (rows["p"] > 0.5).astype(int)
        rows["uncalibrated_p"] = rows["p"]
    metrics = {}
    for name in METRICS:
        metrics[name] = cbpe.MetricFactory.create(
            name,
            ProblemType.CLASSIFICATION_BINARY,
            y_pred_proba="p",
            y_pred="said",
            y_true="truth",
            chunker=DefaultChunker(),
            threshold=ConstantThreshold(lower=0),
        )
        metrics[name]._fit(reference)

    def estimates(calibrated):
        rows = current.copy()
        if calibrated:
            calibrator = calibration.IsotonicCalibrator()
            calibrator.fit(reference["p"], reference["truth"])
            rows["p"] = calibrator.calibrate(rows["p"])
        return {
            name: {"value": number(metric._estimate(rows)), "error": number(metric._sampling_error(rows))}
            for name, metric in metrics.items()
        }

    calibrated = chosen(reference, 42)
    answers = {"calibrated": calibrated, "estimates": estimates(calibrated)}
    if calibrated != case["calibrated"]:
        answers["otherwise"] = estimates(not calibrated)
        as_we = (seed + 1 for seed in range(500) if chosen(reference, seed) == case["calibrated"])
        answers["seeds"] = next(as_we, None)
    return answers


def whole_dle(case):
    """What DLE's fit() and estimate() do to one chunk. Its model is LightGBM as it ships, here with one thread."""
    reference, current = pd.DataFrame(case["reference"]), pd.DataFrame(case["current"])
    answers, model = {}, None
    for name in LOSSES:
        metric = loss_metric(name)
        metric.hyperparameters = {"n_jobs": 1, "verbose": -1}
        if name == "rmse":  # the same losses as those of mse, so the same model: not fitted again
            metric._train_direct_error_estimation_model = lambda **_: model
        metric._fit(reference)
        model = metric._dee_model
        answers[name] = {"value": number(metric._estimate(current)), "error": number(metric._sampling_error(current))}
    return answers


with open(sys.argv[1]) as file:
    asked = json.load(file)
parts = {
    "isotonic": isotonic,
    "binary": binary,
    "multiclass": multiclass,
    "losses": losses,
    "whole_cbpe": whole_cbpe,
    "whole_dle": whole_dle,
}
json.dump({part: [parts[part](case) for case in cases] for part, cases in asked.items()}, sys.stdout)
