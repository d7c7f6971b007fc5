"""The network of dynamic selection: predictor and value net on one masked encoder."""

from __future__ import annotations

import math

import torch
from torch import nn
from torch.nn.functional import cross_entropy, softplus

from skmi.feature_selection._dynamic import within
from skmi.nn.objectives import Objective


def bounded(value, log_proba):
    """Return a share of the entropy of the prediction, which no information exceeds."""
    entropy = -(log_proba.exp() * log_proba).sum(-1, keepdim=True)
    return value.sigmoid() * entropy


def positive(value, log_proba):
    """Return a positive number of nats."""
    return softplus(value)


# Name -> function (value (n, u), log_proba (n, k)) -> nats (n, u).
SCALINGS = {"bounded": bounded, "softplus": positive}


class Schedule:
    """When random order ends, and how often a later episode explores.

    Parameters
    ----------
    pretrain_epochs : int
        Epochs in random order.
    max_epochs : int
        Epochs in all.
    epsilon : float
        Share of random steps after ``pretrain_epochs``; falls linearly to 0.
    n_done : int
        Epochs trained before.
    """

    def __init__(self, pretrain_epochs, max_epochs, epsilon, n_done=0):
        self.pretrain_epochs = pretrain_epochs
        self.max_epochs = max_epochs
        self.epsilon = epsilon
        self.n_done = n_done

    def at(self, epoch):
        """Return the share of random steps; None for random order altogether."""
        epoch += self.n_done
        if epoch < self.pretrain_epochs:
            return None
        left = self.max_epochs - epoch
        # Further epochs, of a warm start, go on without exploration.
        return self.epsilon * max(left, 0) / (self.max_epochs - self.pretrain_epochs)

    def rate_at(self, epoch):
        """Return the share of the learning rate: a cosine after the random order.

        Targets of values are differences of two losses, so noisy that a constant rate
        leaves the estimates as far off as the last batches throw them. A warm start
        falls from its first epoch.
        """
        start = max(0, self.pretrain_epochs - self.n_done)
        share = max(0, epoch - start) / max(1, self.max_epochs - start)
        return (1 + math.cos(math.pi * share)) / 2


class AcquisitionModule(nn.Module):
    """Rows to what episodes of acquisition meet: predictions and values.

    Parameters
    ----------
    backbone : nn.Module
        Encodes masked columns beside the mask of the units.
    predictor, value : nn.Module
        From the backbone's code to logits (n, k), and to values (n, u).
    offer : Offer
        Units and costs.
    n_steps : int
        Units acquired in an episode of training.
    scaling : callable
        One of SCALINGS.
    schedule : Schedule
        What happens in which epoch.
    """

    def __init__(self, backbone, predictor, value, offer, n_steps, scaling, schedule):
        super().__init__()
        self.backbone = backbone
        self.predictor = predictor
        self.value = value
        self.n_steps = n_steps
        self.scaling = scaling
        self.schedule = schedule
        self.random_share = schedule.at(0)
        unit_of = torch.tensor(offer.unit_of)
        self.register_buffer("unit_of", unit_of, persistent=False)
        self.register_buffer("costs", torch.tensor(offer.costs), persistent=False)
        self.register_buffer("tells", torch.tensor(offer.tells), persistent=False)

    def begin_epoch(self, epoch):
        """Take what the schedule says of this epoch; the net calls it.

        Returns the share of the learning rate for this epoch.
        """
        self.random_share = self.schedule.at(epoch)
        return self.schedule.rate_at(epoch)

    def read(self, x, mask, noise=None):
        """Return log probabilities (n, k) and CMI (n, u) of rows seen through a mask.

        The mask is an input too: else a column that is hidden looks like its mean.
        """
        # Columns that are known from the start have the last, constant, unit.
        shown = torch.cat([mask, torch.ones_like(mask[:, :1])], 1)[:, self.unit_of]
        code = self.backbone(torch.cat([x * shown, mask], 1), noise)
        log_proba = self.predictor(code).log_softmax(-1)
        cmi = self.scaling(self.value(code), log_proba.detach())
        return log_proba, torch.where(self.tells, cmi, 0.0)

    def forward(self, x, noise=None):
        """Return log probabilities (n, s, k) of states, and CMI (n, s) of their steps.

        The third output says which states have a step: the last of an episode has none.
        States are found without gradients first, and then are one batch. Beside an
        episode there is a step of a random order in every epoch, so that what was
        learnt of states that greedy episodes do not meet is kept.
        """
        random = self.training and noise is not None
        with torch.no_grad():
            plays = [self._random_step(x, noise)] if random else []
            if not (random and self.random_share is None):
                plays.append(self._episode(x, noise))
            masks = torch.cat([masks for masks, _ in plays], 1)
            steps = torch.cat([steps for _, steps in plays], 1)
        n, n_states, n_units = masks.shape
        rows = x[:, None].expand(-1, n_states, -1).flatten(0, 1)
        log_proba, cmi = self.read(rows, masks.flatten(0, 1), noise)
        taken = cmi.view(n, n_states, n_units).gather(2, steps.clamp(min=0)[..., None])
        return log_proba.view(n, n_states, -1), taken[..., 0], steps >= 0

    def _random_step(self, x, noise):
        """Return masks before and after one step in a random order, and their steps."""
        like = x.new_empty(len(x), len(self.costs))
        order = noise.uniform(like).argsort(1)
        rank = order.argsort(1)
        size = (noise.uniform(like[:, :1]) * self.n_steps).long()
        size = size.clamp(max=self.n_steps - 1)
        masks = torch.stack([rank < size, rank <= size], 1).to(x.dtype)
        step = order.gather(1, size)
        return masks, torch.cat([step, torch.full_like(step, -1)], 1)

    def _episode(self, x, noise):
        """Return the masks (n, s, u) and the steps (n, s) of a greedy episode."""
        mask = x.new_zeros(len(x), len(self.costs))
        masks, steps = [mask], []
        for _ in range(self.n_steps):
            score = self.read(x, mask)[1] / self.costs
            step = score.masked_fill(mask > 0, -torch.inf).argmax(1, keepdim=True)
            if self.training and noise is not None:
                chance = noise.uniform(mask).masked_fill(mask > 0, -1.0)
                explore = noise.uniform(mask[:, :1]) < self.random_share
                step = torch.where(explore, chance.argmax(1, keepdim=True), step)
            mask = mask.scatter(1, step, 1.0)
            masks.append(mask)
            steps.append(step)
        steps.append(torch.full_like(step, -1))
        return torch.stack(masks, 1), torch.cat(steps, 1)

    def acquire(self, x, limits):
        """Return log probabilities (n, t+1, k), units (n, t) and their CMI (n, t).

        Units are -1 after the stop, from where the log probabilities stay the same.
        """
        mask = x.new_zeros(len(x), len(self.costs))
        spent = x.new_zeros(len(x), 1)
        active = torch.ones_like(spent, dtype=torch.bool)
        units, values, stages = [], [], []
        for _ in range(limits.n_units):
            if active.any():
                log_proba, cmi = self.read(x, mask)
                closed = (mask > 0) | ~self.tells
                closed |= spent + self.costs > within(limits.budget)
                score = (cmi / self.costs).masked_fill(closed, -torch.inf)
                best, unit = score.max(1, keepdim=True)
                sure = log_proba.max(1, keepdim=True)[0].exp() >= limits.confidence
                active = active & ~sure & best.isfinite() & (best >= limits.penalty)
                mask = mask.scatter_add(1, unit, active.to(x.dtype))
                spent = spent + self.costs[unit] * active
            stages.append(log_proba)
            units.append(torch.where(active, unit, -1))
            values.append(cmi.gather(1, unit))
        stages.append(self.read(x, mask)[0])
        return torch.stack(stages, 1), torch.cat(units, 1), torch.cat(values, 1)


class AllShown(nn.Module):
    """Rows to logits when every column is known, as a module."""

    def __init__(self, module):
        super().__init__()
        self.module = module

    def forward(self, x):
        """Return log probabilities of the classes."""
        mask = x.new_ones(len(x), len(self.module.costs))
        return self.module.read(x, mask)[0]


class AcquisitionObjective(Objective):
    """Cross-entropy along episodes, and the error of the values in nats squared.

    The target of a value is the fall of the loss that its step brought: its mean given
    what was known is the conditional information, if the predictor is right.
    """

    compares_rows = False

    def terms(self, output, target, row_weight=None):
        """Return the loss and its two parts, means over steps and rows."""
        log_proba, cmi, has_step = output
        n, n_states, n_classes = log_proba.shape
        repeated = target.repeat_interleave(n_states)
        losses = cross_entropy(
            log_proba.reshape(-1, n_classes), repeated, reduction="none"
        ).view(n, n_states)
        fall = (losses[:, :-1] - losses[:, 1:]).detach()
        stepped = has_step[:, :-1]
        error = ((cmi[:, :-1] - fall).square() * stepped).sum() / stepped.sum()
        prediction = losses.mean()
        return {
            "loss": prediction + error,
            "cross_entropy": prediction,
            "value_error": error,
        }
