"""The parameters that bottleneck estimators share: their text, once.

``tools/sync_docstrings.py`` writes it into the docstrings, as it does that of the
training parameters; a test checks that they agree.
"""

# Name -> (type, description); the default is read off each class's signature.
TEXT = {
    "compression": (
        "str or callable",
        "What stands for I(X;Z) in training:\n"
        "\n"
        '- "variational": the rate, mean KL(q(z|x) || r(z)).\n'
        '- "nonlinear": a bound by divergences of all pairs of codes of a batch.\n'
        '- "conditional_entropy": I(X;Z|Y), by a learned backward encoder, weighted so '
        "that beta means the same as in the others.\n"
        '- "club": a contrastive upper bound, from the density of the code.\n'
        '- "mine": the bound of a critic, which is trained against the encoder.\n'
        '- "hsic", "renyi", "cauchy_schwarz": dependence of X and Z by kernels, on '
        "scales of their own, so that other values of beta are useful.\n"
        "\n"
        "A function of a :class:`~skmi.nn.CompressionInput` that returns a value for "
        "each row, or one for the batch, is taken too.",
    ),
    "rate_power": (
        "float",
        "The compression is raised to this power. 2 makes points between the ends of "
        "the curve reachable where the target is a function of X.",
    ),
    "beta_warmup": ("int", "Epochs over which beta grows from 0 to its value."),
    "prior": (
        '{"standard", "learned", "mixture"}',
        "Marginal r(z) against which the rate is measured: N(0, 1), a diagonal "
        "Gaussian that is learned, or a learned mixture of those.",
    ),
    "n_prior_components": ("int", "Gaussians in the mixture."),
    "deterministic": (
        "bool",
        "Whether Z is the mean of q(z|x), without noise. Its rate is infinite then, "
        "and only compressions by kernels apply.",
    ),
    "n_auxiliary": (
        "int",
        "Auxiliary encoders whose codes are added to the main one, each trained to "
        "tell what those before it do not (structured IB). They take a random code, "
        'prior "standard" or "learned", and a compression without a network of its own '
        '(not "conditional_entropy" or "mine").',
    ),
    "independence_weight": (
        "float",
        "Weight of the independence of an auxiliary code from those before it.",
    ),
    "decoder_hidden_layer_sizes": (
        "tuple of int",
        "Widths of the hidden layers between Z and the prediction; ``()`` is linear.",
    ),
    "view_columns": (
        "list or None",
        "Columns of each view as slices, indices, masks or names, the prime view "
        "first. None takes the views of a list; an array is one view then, and its "
        "code is to tell about that view itself.",
    ),
    "stage_weights": (
        "float or sequence of float",
        "Weight of the loss of each stage, one for all or one a stage.",
    ),
    "task_weight": ("float", "Weight of the loss of the target beside the stages'."),
    "residual": (
        "bool",
        "Whether the target is predicted from the prime view plus a linear map of the "
        "last code. The code is not all that predictions know then.",
    ),
    "stage_hidden_layer_sizes": (
        "tuple of int",
        "Widths of the hidden layers from one code to the next.",
    ),
    "n_draws": (
        "int",
        "Draws of z in a mixture; the same for every row and every call.",
    ),
}
