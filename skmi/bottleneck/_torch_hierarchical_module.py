"""A cascade of stochastic codes, each predicting a view, the last one a target."""

from __future__ import annotations

import torch
from torch import nn

from skmi.nn.objectives import BottleneckOutput, CascadeOutput


class CascadeModule(nn.Module):
    """Codes of codes: the first view is encoded, its code again, and so on.

    ``head`` predicts a target from the last code, or, with ``expand``, from the first
    view plus a linear map of that code.
    """

    def __init__(self, columns, backbones, codes, decoders, head=None, expand=None):
        super().__init__()
        self.columns = [_as_slice(column) for column in columns]
        self.backbones = nn.ModuleList(backbones)
        self.codes = nn.ModuleList(codes)
        self.decoders = nn.ModuleList(decoders)
        self.head = head
        self.expand = expand

    def forward(self, x, noise=None):
        """Return the codes at one draw each, and what is predicted from them."""
        first, *others = self.views(x)
        before, stages = first, []
        for backbone, layer, decoder in self._stages():
            code = layer(backbone(before, noise), noise)
            rate, prediction = layer.rate(code), decoder(code.sample)
            stages.append(BottleneckOutput(prediction, rate, code, before))
            before = code.sample
        return CascadeOutput(tuple(stages), tuple(others), self._predict(first, before))

    def views(self, x):
        """Return the columns of each view."""
        return [x[:, columns].contiguous() for columns in self.columns]

    def encode(self, x):
        """Return the mean of the last code, at the means of those before it."""
        code = x[:, self.columns[0]].contiguous()
        for backbone, layer, _ in self._stages():
            code = layer(backbone(code)).mean
        return (code,)

    def predictions(self, x, draws):
        """Return (n, n_draws, n_out) predictions, each at one draw of all codes."""
        *_, (_, _, last) = self.unrolled(x, draws)
        return self._predict(x[:, None, self.columns[0]], last)

    def rates(self, x, draws):
        """Return (n, n_stages) rates, means over the draws of the codes before."""
        rates = [rate.mean(1) for rate, _, _ in self.unrolled(x, draws)]
        return torch.stack(rates, dim=1)

    def unrolled(self, x, draws):
        """Yield rate, prediction of the view and code of each stage.

        All are of (n, n_draws, ...), the rate of the first stage of (n, 1).
        """
        # A module of the user's may know rows only, so draws come after the first.
        hidden = self.backbones[0](x[:, self.columns[0]].contiguous())[:, None]
        widths = [layer.n_out for layer in self.codes]
        parts = draws.to(x).split(widths, dim=1)
        for k, (layer, draw) in enumerate(zip(self.codes, parts, strict=True)):
            code = layer(hidden)
            z = code.mean + code.log_std.exp() * draw
            yield layer.rate(code), self.decoders[k](z), z
            if k + 1 < len(self.codes):
                hidden = self.backbones[k + 1](z)

    def mean_code(self):
        """Return what encodes, as a module from rows to mean codes."""
        return MeanCascade(self)

    def _stages(self):
        """Return what each stage consists of."""
        return zip(self.backbones, self.codes, self.decoders, strict=True)

    def _predict(self, first, code):
        """Return the prediction of the target; of no columns where there is none."""
        if self.head is None:
            return code[..., :0]
        return self.head(code if self.expand is None else first + self.expand(code))


class MeanCascade(nn.Module):
    """The mean of the last code, as a module from rows to codes."""

    def __init__(self, cascade):
        super().__init__()
        self.cascade = cascade

    def forward(self, x):
        """Return the mean codes of the rows."""
        return self.cascade.encode(x)[0]


def _as_slice(columns):
    """Return neighbouring columns as a slice, which is copied fastest."""
    first, n = columns[0], len(columns)
    if columns == list(range(first, first + n)):
        return slice(first, first + n)
    return torch.tensor(columns)
