"""The slow twin of the residual net: one image, one pair of channels, one layer at a time, in float64 numpy.

It imports nothing from `sims` or `theory`, so that the fast path can be held against it: written to be
believed at sight. Basic blocks and the stem of ResNet-18: He, Zhang, Ren, Sun 2016, arXiv 1512.03385, section
3.4 and table 1. Batch normalisation: Ioffe and Szegedy 2015, arXiv 1502.03167, algorithms 1 and 2.

Shapes: images are (n, side, side, channels), kernels (size, size, channels in, channels out). The parameters
of one net come by name:

    w                                  kernel of the stem
    layerS.B.conv1, layerS.B.conv2     of block B = 0, 1, ... of stage S = 1, 2, ...
    layerS.0.downsample                1 x 1 kernel beside the first block of every stage after the first
    NAME.scale, NAME.shift             gamma and beta of the normalisation that follows kernel NAME
    NAME.mean, NAME.variance           its running statistics
    fc, fc.shift                       output layer, one output
"""

import numpy as np
from scipy.signal import correlate2d

EPSILON = 1e-5


def convolve(images, kernel, stride):
    """<kernel, window> at every `stride`-th place of images with a margin of zeros, half the kernel wide."""
    size, _, channels_in, channels_out = kernel.shape
    margin = size // 2
    found = []
    for image in images:
        planes = []
        for o in range(channels_out):
            plane = 0.0
            for i in range(channels_in):
                plane = plane + correlate2d(np.pad(image[:, :, i], margin), kernel[:, :, i, o], mode="valid")
            planes.append(plane[::stride, ::stride])
        found.append(np.stack(planes, axis=-1))
    return np.stack(found)


def largest_of_three(images):
    """The largest value in each 3 x 3 window, at every second place, outside the image not counted."""
    n, side, _, channels = images.shape
    centres = range(0, side, 2)
    found = np.empty((n, len(centres), len(centres), channels))
    for i, row in enumerate(centres):
        for j, column in enumerate(centres):
            window = images[:, max(row - 1, 0) : row + 2, max(column - 1, 0) : column + 2]
            found[:, i, j] = window.max(axis=(1, 2))
    return found


def statistics(z):
    """Mean and variance of each channel over all images and places: (channels,) each."""
    values = z.reshape(-1, z.shape[-1])
    return values.mean(axis=0), ((values - values.mean(axis=0)) ** 2).mean(axis=0)


def forward(params, images, *, stages, blocks, stem, by_batch):
    """f (n,), and what a training step sees: NAME.mean and NAME.variance of this batch, the latter unbiased.

    by_batch: whether to normalise by the statistics of the batch, or by the running ones.
    """
    p = {name: np.asarray(value, np.float64) for name, value in params.items()}
    seen = {}

    def convolve_and_normalise(name, x, stride):
        z = convolve(x, p[name], stride)
        mean, variance = statistics(z)
        m = z.size // z.shape[-1]
        seen[f"{name}.mean"], seen[f"{name}.variance"] = mean, variance * m / (m - 1)
        if not by_batch:
            mean, variance = p[f"{name}.mean"], p[f"{name}.variance"]
        return p[f"{name}.scale"] * (z - mean) / np.sqrt(variance + EPSILON) + p[f"{name}.shift"]

    x = np.maximum(
        convolve_and_normalise("w", np.asarray(images, np.float64), 2 if stem == "imagenet" else 1), 0
    )
    if stem == "imagenet":
        x = largest_of_three(x)
    for stage in range(1, stages + 1):
        for block in range(blocks):
            name = f"layer{stage}.{block}"
            halves = stage > 1 and block == 0
            stride = 2 if halves else 1
            beside = convolve_and_normalise(f"{name}.downsample", x, stride) if halves else x
            inner = np.maximum(convolve_and_normalise(f"{name}.conv1", x, stride), 0)
            x = np.maximum(convolve_and_normalise(f"{name}.conv2", inner, 1) + beside, 0)
    return x.mean(axis=(1, 2)) @ p["fc"] + p["fc.shift"], seen
