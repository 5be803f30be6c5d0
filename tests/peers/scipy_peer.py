#!/usr/bin/env python3
"""scipy_peer.py CASES: SciPy's and NumPy's answers to the cases of scipy_test.cpp, as JSON."""
import json
import sys
import warnings

import numpy as np
from scipy import stats
from scipy.spatial import distance
from scipy.special import rel_entr

warnings.simplefilter("error")  # a fallback from exact to asymptotic must not pass unseen


def ks(case):
    a, b = np.array(case["a"]), np.array(case["b"])
    try:
        exact = float(stats.ks_2samp(a, b, method="exact").pvalue)
    except RuntimeWarning:  # the number of paths is beyond a double's range
        exact = None
    # One value on each side are a sample of size 1/2, rounded to 0: SciPy has no answer.
    asymptotic = None if len(a) * len(b) == 1 else float(stats.ks_2samp(a, b, method="asymp").pvalue)
    return [float(stats.ks_2samp(a, b, method="exact" if exact is not None else "asymp").statistic), exact, asymptotic]


def asymptotic_ks(case):
    return float(stats.kstwo.sf(case["x"], case["n"]))


def smirnov(case):
    return float(stats.ksone.sf(case["x"], case["n"]))


def chi_square(case):
    result = stats.chi2_contingency([case["a"], case["b"]], correction=False)
    return [float(result[0]), float(result[1])]


def wasserstein(case):
    return float(stats.wasserstein_distance(case["a"], case["b"]))


def divergences(case):
    p, q = np.array(case["p"], dtype=float), np.array(case["q"], dtype=float)
    js = distance.jensenshannon(p, q)
    p, q = p / p.sum(), q / q.sum()
    kl = float(rel_entr(p, q).sum())
    return [None if np.isinf(kl) else kl, float(js), float(distance.euclidean(np.sqrt(p), np.sqrt(q)) / np.sqrt(2))]


def psi(case):
    """Ten bins at the reference's deciles, one below and one above; shares smoothed by half a row."""
    a, b = np.array(case["a"]), np.array(case["b"])
    ends = np.unique(np.quantile(a, np.arange(1, 11) / 10, method="inverted_cdf"))
    ends = np.concatenate([[np.nextafter(a.min(), -np.inf)], ends])
    counts = [np.bincount(np.searchsorted(ends, side), minlength=len(ends) + 1) for side in (a, b)]
    held = (counts[0] + counts[1]) > 0
    r, c = ((count[held] + 0.5) / (count.sum() + 0.5 * held.sum()) for count in counts)
    return float(np.sum((c - r) * np.log(c / r)))


def mann_whitney(case):
    a, b = np.array(case["a"]), np.array(case["b"])
    result = stats.mannwhitneyu(b, a, method="asymptotic")
    return [float(result.statistic) / (len(a) * len(b)), float(result.pvalue)]


KINDS = {f.__name__: f for f in (ks, asymptotic_ks, smirnov, chi_square, wasserstein, divergences, psi, mann_whitney)}

with open(sys.argv[1], encoding="utf-8") as file:
    asked = json.load(file)
print(json.dumps({kind: [KINDS[kind](case) for case in cases] for kind, cases in asked.items()}))
