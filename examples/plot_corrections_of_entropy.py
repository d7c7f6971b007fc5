"""
Corrections of discrete entropy and information
===============================================

The plug-in estimate is too low for an entropy and too high for an information, the more
so the fewer rows there are for each cell. What the corrections make of it, for a
uniform variable of 50 levels and for two independent variables of 10 levels each.
"""

import matplotlib.pyplot as plt
import numpy as np

from skmi.information import CORRECTIONS, entropy, mutual_information

# %%
# Tables of few rows
# ------------------

rng = np.random.default_rng(0)
sizes = np.array([20, 40, 80, 160, 320, 640])
N_DRAWS = 60
bias_h = {name: [] for name in CORRECTIONS}
bias_i = {name: [] for name in CORRECTIONS}
for n in sizes:
    levels = rng.multinomial(n, np.full(50, 1 / 50), size=N_DRAWS)
    tables = rng.multinomial(n, np.full(100, 1 / 100), size=N_DRAWS)
    for name in CORRECTIONS:
        h = [entropy(counts, correction=name) for counts in levels]
        i = [mutual_information(t.reshape(10, 10), correction=name) for t in tables]
        bias_h[name].append(np.mean(h) - np.log(50))
        bias_i[name].append(np.mean(i))

# %%
# The mean error
# --------------
#
# Miller and Madow's term is the first of the bias, and enough once cells hold several
# rows; the others aim at emptier tables. None is best everywhere: James and Stein's
# shrinkage leans towards the uniform and the independent, which is the truth here.

figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4))
for axis, bias, title in (
    (left, bias_h, "entropy, 50 equal levels"),
    (right, bias_i, "information, 10 x 10 levels, independent"),
):
    for name, values in bias.items():
        axis.plot(sizes, values, "o-", label=name)
    axis.axhline(0, color="black", lw=0.8)
    axis.set(xscale="log", xlabel="rows", title=title)
    axis.set_xticks(sizes, sizes)
    axis.minorticks_off()
left.set_ylabel("mean error, nats")
left.legend(frameon=False, fontsize=8)
figure.tight_layout()
